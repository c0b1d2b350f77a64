// Patience: when the caller gives up, so does the plugin.
#include "conform/ways.hpp"

#include <authhost/services.h>

#include <algorithm>
#include <initializer_list>

namespace authhost::conform {

namespace {

constexpr Milliseconds kToReturn{1'000};

// The host itself gives an exec plugin its second, and takes no answer after that: who answered was in time, however long the end of
// its process took.
Verdict judge(const Bench& bench, const Outcome& outcome) {
  const bool in_time = bench.kind() == Kind::exec && outcome.record.status;
  if (!in_time && outcome.took >= kToReturn) return fail("it returned " + std::to_string(outcome.took.count()) + " ms after the caller had given up");
  return outcome.record.threw ? fail("an exception left it") : pass();
}

// `services`: those that have such a step.
Verdict give_up_in(Bench& bench, Step step, std::initializer_list<const char*> services, const char* nothing) {
  if (std::none_of(services.begin(), services.end(), [&](const char* one) { return bench.needs(one); })) return skip(nothing);
  World world;
  world.give_up_in = step;
  const auto outcome = bench.once(world);
  return world.gave_up ? judge(bench, outcome) : skip(nothing);
}

Verdict cancelled_before(Bench& bench) {
  World world;
  world.cancellation->cancel();
  return judge(bench, bench.once(world));
}

Verdict deadline_passed(Bench& bench) {
  World world;
  world.by_deadline = true;
  const auto made = bench.make_ready(world);
  if (!made) return skip("it makes no instance: " + made.error().message);
  world.give_up_at = 1;
  const auto outcome = bench.run(**made, world);
  return world.gave_up ? judge(bench, outcome) : skip("it does nothing in which the time could pass");
}

Verdict during_http(Bench& bench) { return give_up_in(bench, Step::http, {AUTHHOST_SERVICE_HTTP}, "it sent no request"); }
Verdict during_sleep(Bench& bench) {
  return give_up_in(bench, Step::sleep, {AUTHHOST_SERVICE_CLOCK, AUTHHOST_SERVICE_LOOPBACK}, "it did not sleep");
}
Verdict during_wait(Bench& bench) { return give_up_in(bench, Step::wait, {AUTHHOST_SERVICE_LOOPBACK}, "it waited for no browser"); }
Verdict during_question(Bench& bench) { return give_up_in(bench, Step::ask, {AUTHHOST_SERVICE_PROMPT}, "it asked nothing"); }
Verdict during_program(Bench& bench) { return give_up_in(bench, Step::process, {AUTHHOST_SERVICE_PROCESS}, "it ran no program"); }

// At the first step, at the second, … until a call comes to its end undisturbed.
Verdict at_every_step(Bench& bench) {
  constexpr int kMost = 12;
  for (int step = 1; step <= kMost; ++step) {
    World world;
    world.give_up_at = step;
    const auto outcome = bench.once(world);
    if (!world.gave_up) return pass();
    auto verdict = judge(bench, outcome);
    if (verdict.finding == Finding::fail) return fail("at step " + std::to_string(step) + " " + verdict.why);
  }
  return pass();
}

// What it did not get when it was cancelled, it does not hand out.
Verdict works_after_cancellation(Bench& bench) {
  World healthy;
  if (!bench.once(healthy).ok()) return skip("it gets no credentials here");
  World world;
  const auto made = bench.make_ready(world);
  if (!made) return skip("it makes no instance: " + made.error().message);
  world.give_up_at = 1;
  static_cast<void>(bench.run(**made, world));
  world.give_up_at.reset();
  world.gave_up = false;
  world.cancellation = std::make_shared<Cancellation>();
  const auto next = bench.run(**made, world);
  return next.ok() ? pass() : fail("the next call fails: " + next.error->message);
}

}  // namespace

std::vector<Case> patience_cases() {
  const char* const promise = "Cancelled there, it returns within a second.";
  const std::chrono::seconds limit{6};
  return {
      {"cancelled-before", "R17", "Called when all is over already, it returns within a second.", For::native, nullptr, cancelled_before, limit},
      {"cancelled-during-http", "R17", promise, For::both, nullptr, during_http, limit},
      {"cancelled-during-sleep", "R17", promise, For::both, nullptr, during_sleep, limit},
      {"cancelled-during-wait", "R17", promise, For::both, nullptr, during_wait, limit},
      {"cancelled-during-question", "R17", promise, For::both, nullptr, during_question, limit},
      {"cancelled-during-program", "R17", promise, For::both, nullptr, during_program, limit},
      {"cancelled-at-every-step", "R17", "Wherever the caller gives up, it returns within a second.", For::both, nullptr, at_every_step,
       std::chrono::seconds(20)},
      {"deadline-passed", "R17", "Once the deadline has passed, it returns within a second.", For::both, nullptr, deadline_passed, limit},
      {"works-after-cancellation", "R17", "The call after a cancelled one is like any other.", For::both, nullptr, works_after_cancellation, limit},
  };
}

}  // namespace authhost::conform
