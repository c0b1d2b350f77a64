// Lifecycle: instances come and go, one after the other and many at once.
#include "conform/traces.hpp"
#include "conform/ways.hpp"

#include <algorithm>
#include <memory>
#include <thread>

namespace authhost::conform {

namespace {

using Instance = std::unique_ptr<plugins::Authenticator>;

Verdict create_gives_an_instance(Bench& bench) {
  World world;
  const auto made = bench.make(world);
  return made ? pass() : fail("create said: " + made.error().message);
}

// The best of a few: the machine may be busy, the plugin may not.
Verdict create_is_quick(Bench& bench) {
  auto best = Milliseconds::max();
  for (int i = 0; i < 5; ++i) {
    World world;
    const auto begin = std::chrono::steady_clock::now();
    const auto made = bench.make(world);
    best = std::min(best, std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - begin));
  }
  return best < Milliseconds{100} ? pass() : fail("it took " + std::to_string(best.count()) + " ms");
}

Verdict create_does_no_io(Bench& bench) {
  World world;
  static_cast<void>(bench.make(world));  // what the run-time library reads once is not the plugin's doing
  traces::reads_and_writes();
  const auto first = traces::reads_and_writes();
  const auto cost = traces::reads_and_writes() - first;
  Record record;
  const auto descriptors = traces::descriptors().size();
  const auto before = traces::reads_and_writes();
  record_here(&record);
  const auto made = bench.make(world);
  record_here(nullptr);
  const auto spent = traces::reads_and_writes() - before;
  if (!record.settings.empty()) return fail("it asked for the setting " + record.settings.front());
  if (spent > cost) return fail("it read or wrote " + std::to_string(spent - cost) + " times");
  if (traces::descriptors().size() != descriptors) return fail("it opened a descriptor");
  return world.steps == 0 ? pass() : fail("it used a service that blocks");
}

Verdict destroy_after_create(Bench& bench) {
  for (int i = 0; i < 20; ++i) {
    World world;
    const auto made = bench.make(world);
    if (!made) return skip("it makes no instance: " + made.error().message);
  }
  return pass();
}

Verdict hundred_instances(Bench& bench) {
  World world;
  std::vector<Instance> all;
  for (int i = 0; i < 100; ++i) {
    auto made = bench.make_ready(world);
    if (!made) return i == 0 ? skip("it makes no instance: " + made.error().message) : fail("no instance after " + std::to_string(i) + ": " + made.error().message);
    all.push_back(*std::move(made));
  }
  const auto first = bench.run(*all.front(), world);
  World other;
  const auto last = bench.run(*all.back(), other);
  if (first.ok() != last.ok()) return fail("the first one and the hundredth do not do the same: " + (first.ok() ? last : first).error->message);
  std::reverse(all.begin(), all.end());
  return pass();
}

bool shows(const Outcome& outcome, const std::string& text) {
  return outcome.credentials && outcome.credentials->access_token.reveal().find(text) != std::string_view::npos;
}

// Everything in a world has its name in it.
Verdict two_instances_independent(Bench& bench) {
  World ants("of-the-ants");
  World bees("of-the-bees");
  auto first = bench.make_ready(ants);
  auto second = bench.make_ready(bees);
  if (!first || !second) return skip("it makes no two instances");
  for (int i = 0; i < 3; ++i) {
    if (shows(bench.run(**first, ants), bees.tag)) return fail("one instance handed out what belongs to the other");
    if (shows(bench.run(**second, bees), ants.tag)) return fail("one instance handed out what belongs to the other");
  }
  return pass();
}

Verdict two_threads_at_once(Bench& bench) {
  constexpr int kRounds = 50;
  World worlds[] = {World("of-the-ants"), World("of-the-bees")};
  Instance instances[2];
  for (int i = 0; i < 2; ++i) {
    auto made = bench.make_ready(worlds[i]);
    if (!made) return skip("it makes no two instances");
    instances[i] = *std::move(made);
  }
  std::string wrong[2];
  const auto work = [&](int mine) {
    for (int i = 0; i < kRounds; ++i) {
      const auto outcome = bench.run(*instances[mine], worlds[mine]);
      if (shows(outcome, worlds[1 - mine].tag)) wrong[mine] = "one instance handed out what belongs to the other";
      if (const auto odd = oddness(outcome); !odd.empty()) wrong[mine] = odd;
    }
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  for (const auto& why : wrong) {
    if (!why.empty()) return fail(why);
  }
  return pass();
}

// One call after the other, each on a thread of its own; destroyed on a third.
Verdict moves_between_threads(Bench& bench) {
  World world;
  auto made = bench.make_ready(world);
  if (!made) return skip("it makes no instance: " + made.error().message);
  Outcome outcomes[2];
  for (auto& outcome : outcomes) std::thread([&] { outcome = bench.run(**made, world); }).join();
  std::thread([&] { made->reset(); }).join();
  if (outcomes[0].ok() != outcomes[1].ok()) return fail("on another thread it does not do the same: " + (outcomes[0].ok() ? outcomes[1] : outcomes[0]).error->message);
  const auto odd = oddness(outcomes[1]);
  return odd.empty() ? pass() : fail(odd);
}

Verdict rounds_repeat(Bench& bench) {
  World world;
  const auto made = bench.make_ready(world);
  if (!made) return skip("it makes no instance: " + made.error().message);
  const auto first = bench.run(**made, world);
  for (int i = 2; i <= 10; ++i) {
    const auto next = bench.run(**made, world);
    if (next.ok() != first.ok()) return fail("call " + std::to_string(i) + " does not end like the first: " + (next.ok() ? first : next).error->message);
  }
  return pass();
}

Verdict calls_on_its_thread(Bench& bench) {
  for (const auto& [what, outcome] : all_rounds(bench)) {
    if (!outcome.record.strays.empty()) return fail("in " + what + " it used the call: " + outcome.record.strays.front());
  }
  // A thread that it left running may still come.
  std::this_thread::sleep_for(Milliseconds{30});
  const auto after = strays_after_the_end();
  return after.empty() ? pass() : fail("it used a call that was over: " + after.front());
}

std::string copy_of(const authhost_plugin& plugin) {
  std::string out(reinterpret_cast<const char*>(&plugin), sizeof plugin);
  for (std::uint32_t i = 0; i < plugin.n_authenticators; ++i) {
    const auto& one = *plugin.authenticators[i];
    out.append(reinterpret_cast<const char*>(&one), std::min(one.size, sizeof one));
    for (const char* text : {one.id, one.name, one.version, one.summary}) out.append(text != nullptr ? text : "");
    for (std::size_t n = 0; n < one.n_settings; ++n) {
      out.append(reinterpret_cast<const char*>(one.settings[n]), sizeof(authhost_setting)).append(one.settings[n]->name);
    }
    for (std::size_t n = 0; n < one.n_services_needed; ++n) out.append(one.services_needed[n]);
  }
  return out;
}

Verdict descriptor_stays(Bench& bench) {
  const auto& plugin = *bench.subject().library()->plugin;
  const auto before = copy_of(plugin);
  static_cast<void>(all_rounds(bench));
  return copy_of(plugin) == before ? pass() : fail("after its calls its descriptor says something else");
}

}  // namespace

std::vector<Case> lifecycle_cases() {
  return {
      {"create-gives-an-instance", "R13", "create makes an instance.", For::native, nullptr, create_gives_an_instance},
      {"create-is-quick", "R13", "create returns within 100 ms.", For::native, nullptr, create_is_quick},
      {"create-does-no-io", "R13", "create reads and writes nothing, and asks for no setting.", For::native, nullptr, create_does_no_io},
      {"destroy-after-create", "R13", "An instance that was never called can be destroyed.", For::native, nullptr, destroy_after_create},
      {"hundred-instances", "R14", "A hundred instances live side by side.", For::both, nullptr, hundred_instances},
      {"two-instances-independent", "R14", "An instance hands out nothing that belongs to another.", For::both, nullptr, two_instances_independent},
      {"two-threads-at-once", "R14", "Two instances are called at the same time.", For::native, nullptr, two_threads_at_once},
      {"moves-between-threads", "R14", "The calls into one instance come from different threads.", For::native, nullptr, moves_between_threads},
      {"rounds-repeat", "R18", "The tenth call ends like the first: nothing borrowed is used later.", For::both, nullptr, rounds_repeat},
      {"calls-on-its-thread", "R15", "It uses a call on that call's thread alone, and not after its end.", For::native, nullptr, calls_on_its_thread},
      {"descriptor-stays", "R2", "Its descriptor is the same after its calls.", For::native, nullptr, descriptor_stays},
  };
}

}  // namespace authhost::conform
