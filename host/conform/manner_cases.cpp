// Manners: what a plugin leaves alone in a process that is not its own.
#include "conform/traces.hpp"
#include "conform/ways.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace authhost::conform {

namespace {

template <class T>
Verdict unchanged(Bench& bench, const char* what, T (*look)()) {
  const T before = look();
  static_cast<void>(all_rounds(bench));
  return look() == before ? pass() : fail(std::string(what) + " after its calls than before");
}

Verdict stdout_untouched(Bench& bench) {
  traces::Output output;
  static_cast<void>(all_rounds(bench));
  const auto text = output.text();
  return text.empty() ? pass() : fail("it wrote \"" + text.substr(0, 100) + "\"");
}

Verdict stdin_unread(Bench& bench) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0 || ::write(ends[1], "a line\n", 7) != 7) return skip("no pipe");
  ::dup2(ends[0], STDIN_FILENO);
  ::close(ends[1]);
  static_cast<void>(all_rounds(bench));
  int left = 0;
  ::ioctl(ends[0], FIONREAD, &left);
  return left == 7 ? pass() : fail("it read " + std::to_string(7 - left) + " bytes");
}

Verdict signals_unchanged(Bench& bench) { return unchanged(bench, "other signal handlers are installed", traces::signal_handlers); }
Verdict environment_unchanged(Bench& bench) { return unchanged(bench, "other variables are set", traces::environment); }
Verdict directory_unchanged(Bench& bench) { return unchanged(bench, "another folder is the working directory", traces::working_directory); }
Verdict umask_unchanged(Bench& bench) { return unchanged(bench, "the umask or the locale is another", traces::umask_and_locale); }

// A thread that was told to end may need a moment.
Verdict no_threads_left(Bench& bench) {
  const auto before = traces::threads();
  static_cast<void>(all_rounds(bench));
  for (int i = 0; i < 40 && traces::threads() > before; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const auto now = traces::threads();
  return now <= before ? pass() : fail(std::to_string(now - before) + " threads run on after its instances were destroyed");
}

Verdict no_descriptors_leaked(Bench& bench) {
  static_cast<void>(all_rounds(bench));  // what is opened once, by the host too, is no leak
  const auto before = traces::descriptors();
  static_cast<void>(all_rounds(bench));
  for (const auto& [fd, what] : traces::descriptors()) {
    if (before.count(fd) == 0) return fail("it left open " + what);
  }
  return pass();
}

// The host ends the group of an exec plugin, helpers and all, and leaves their last remains to whoever takes in orphans: what counts
// is who left the group, and lives on.
Verdict no_children_left(Bench& bench) {
  constexpr Milliseconds kToDie{1'000};  // of those that were killed
  static_cast<void>(all_rounds(bench));
  const bool native = bench.kind() == Kind::native;
  const auto left = native ? traces::take_children() : traces::running_children(kToDie);
  if (left > 0) return fail(std::to_string(left) + (native ? " processes are left" : " processes live on") + " after its calls");
  if (native && traces::has_forked()) return fail("it forked: authhost.process/1 is for that");
  return pass();
}

Verdict memory_does_not_grow(Bench& bench) {
  constexpr int kRounds = 500;
  constexpr std::uint64_t kSlack = 64 * 1024;  // of an allocator that keeps house
  World world;
  const auto instance = bench.make_ready(world);
  if (!instance) return skip("it makes no instance: " + instance.error().message);
  const auto rounds = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const auto outcome = bench.run(**instance, world);
      world.requests.clear();
      world.shown.clear();
      world.store.clear();
    }
  };
  rounds(50);
  const auto before = traces::allocated();
  rounds(kRounds);
  const auto now = traces::allocated();
  if (now <= before + kSlack) return pass();
  return fail(std::to_string((now - before) / kRounds) + " bytes more are in use after each call");
}

}  // namespace

std::vector<Case> manner_cases() {
  return {
      {"stdout-untouched", "R31", "It writes nothing to stdout or stderr.", For::native, nullptr, stdout_untouched},
      {"stdin-unread", "R31", "It reads nothing from stdin.", For::native, nullptr, stdin_unread},
      {"signal-handlers-unchanged", "R31", "It installs no signal handlers.", For::native, nullptr, signals_unchanged},
      {"environment-unchanged", "R31", "It changes no environment variable.", For::native, nullptr, environment_unchanged},
      {"working-directory-unchanged", "R31", "It does not change the working directory.", For::native, nullptr, directory_unchanged},
      {"umask-and-locale-unchanged", "R31", "It changes neither the umask nor the locale.", For::native, nullptr, umask_unchanged},
      {"no-threads-left", "R15", "No thread of it runs on once its instance is destroyed.", For::native, nullptr, no_threads_left},
      {"no-descriptors-leaked", "R31", "Its calls leave no descriptor open.", For::native, nullptr, no_descriptors_leaked},
      {"no-children-left", "R31", "It does not fork, and no process lives on after its calls.", For::both, nullptr, no_children_left},
      {"memory-does-not-grow", "R19", "500 calls need no more memory than one.", For::native, nullptr, memory_does_not_grow,
       std::chrono::seconds(60)},
  };
}

}  // namespace authhost::conform
