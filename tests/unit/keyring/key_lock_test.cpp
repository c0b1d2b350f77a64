#include "core/keyring/safe_file.hpp"

#include "scratch.hpp"

#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

using namespace authhost;
using namespace authhost::keyring;

namespace {

PrivateFolder open_folder(const std::string& path) {
  auto folder = PrivateFolder::open(path, true);
  REQUIRE(folder.ok());
  return std::move(**folder);
}

Call with_deadline(Milliseconds limit) { return Call{}.within(limit); }

// How many descriptors of this process lead to the file.
int open_count(const std::string& path) {
  int count = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    if (std::filesystem::read_symlink(entry.path(), ignored) == path) ++count;
  }
  return count;
}

// Adds one to the number in a file, in two steps that only a lock makes one.
bool increment(const PrivateFolder& folder, const std::string& path) {
  const auto lock = KeyLock::acquire(folder, "lock", {});
  if (!lock || !lock->warning().empty()) return false;
  const int value = std::stoi(slurp(path));
  std::this_thread::yield();
  spill(path, std::to_string(value + 1));
  return true;
}

}  // namespace

TEST_CASE("O75 of 64 contending processes one holds the lock at a time, and all get it") {
  const Scratch scratch;
  const auto folder = open_folder(scratch / "f");
  const std::string counter = scratch / "counter";
  spill(counter, "0");
  std::vector<pid_t> children;
  for (int i = 0; i < 64; ++i) {
    children.push_back(spawn([&] {
      for (int n = 0; n < 3; ++n) {
        if (!increment(folder, counter)) return 1;
      }
      return 0;
    }));
  }
  for (const pid_t child : children) CHECK(reap(child) == 0);
  CHECK(slurp(counter) == "192");
}

TEST_CASE("O75 the threads of one process exclude each other too") {
  const Scratch scratch;
  const auto folder = open_folder(scratch / "f");
  const std::string counter = scratch / "counter";
  spill(counter, "0");
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 4; ++n) {
        if (!increment(folder, counter)) ++failures;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failures == 0);
  CHECK(slurp(counter) == "64");
}

TEST_CASE("O75 a killed holder frees the lock") {
  const Scratch scratch;
  const auto folder = open_folder(scratch / "f");
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t holder = spawn([&] {
    const auto lock = KeyLock::acquire(folder, "lock", {});
    if (!lock || ::write(ready[1], "x", 1) != 1) return 1;
    ::pause();
    return 2;
  });
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK(KeyLock::acquire(folder, "lock", with_deadline(Milliseconds{30})).status() == Status::deadline);
  ::kill(holder, SIGKILL);
  CHECK(reap(holder) == -SIGKILL);
  CHECK(KeyLock::acquire(folder, "lock", {}).ok());
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("O75 a wait for the lock ends with the deadline or the cancellation, and says what it waited for") {
  const Scratch scratch;
  const auto folder = open_folder(scratch / "f");
  const auto held = KeyLock::acquire(folder, "lock", {});
  REQUIRE(held.ok());
  const auto late = KeyLock::acquire(folder, "lock", with_deadline(Milliseconds{20}));
  REQUIRE(late.status() == Status::deadline);
  CHECK_THAT(late.error().message, Catch::Contains("waiting for the lock"));
  Call call;
  const auto cancellation = std::make_shared<Cancellation>();
  call.cancellation = cancellation;
  std::thread canceller([&] { cancellation->cancel(); });
  CHECK(KeyLock::acquire(folder, "lock", call).status() == Status::cancelled);
  canceller.join();
}

TEST_CASE("O75 locks of different names do not meet") {
  const Scratch scratch;
  const auto folder = open_folder(scratch / "f");
  const auto one = KeyLock::acquire(folder, "one.lock", {});
  CHECK(KeyLock::acquire(folder, "two.lock", with_deadline(Milliseconds{1000})).ok());
}

TEST_CASE("O75 the lock file holds nothing and stays: a program that is started does not inherit the lock") {
  const Scratch scratch;
  const auto folder = open_folder(scratch / "f");
  pid_t sleeper = 0;
  int stdin_pipe[2];
  REQUIRE(::pipe2(stdin_pipe, O_CLOEXEC) == 0);
  int started[2];
  REQUIRE(::pipe2(started, O_CLOEXEC) == 0);
  {
    const auto lock = KeyLock::acquire(folder, "lock", {});
    REQUIRE(lock.ok());
    sleeper = ::fork();
    if (sleeper == 0) {
      ::dup2(stdin_pipe[0], 0);
      ::execlp("cat", "cat", nullptr);
      ::_exit(99);
    }
    ::close(started[1]);  // its copy closes when the program has been started
    char byte = 0;
    CHECK(::read(started[0], &byte, 1) == 0);
  }
  CHECK(KeyLock::acquire(folder, "lock", with_deadline(Milliseconds{1000})).ok());
  ::close(stdin_pipe[1]);
  CHECK(reap(sleeper) == 0);
  ::close(stdin_pipe[0]);
  ::close(started[0]);
  CHECK(slurp(scratch / "f/lock").empty());
  CHECK(std::filesystem::exists(scratch / "f/lock"));
}

TEST_CASE("O75 whoever waits on a lock file that a person removed ends up with the new one") {
  const Scratch scratch;
  const auto folder = open_folder(scratch / "f");
  std::optional<KeyLock> first(std::move(*KeyLock::acquire(folder, "lock", {})));
  std::atomic<bool> done{false};
  std::thread waiter([&] {
    const auto lock = KeyLock::acquire(folder, "lock", {});
    // Holding it: nobody else can get the file of that name.
    done = lock.ok() && KeyLock::acquire(folder, "lock", with_deadline(Milliseconds{10})).status() == Status::deadline;
  });
  while (open_count(scratch / "f/lock") < 2) std::this_thread::yield();  // it waits on the file of now
  REQUIRE(::unlink((scratch / "f/lock").c_str()) == 0);
  first.reset();
  waiter.join();
  CHECK(done);
}

TEST_CASE("O75 a child that was forked while the lock was held does not hold it on") {
  const Scratch scratch;
  const auto folder = open_folder(scratch / "f");
  int never[2];
  REQUIRE(::pipe(never) == 0);
  pid_t child = 0;
  {
    const auto lock = KeyLock::acquire(folder, "lock", {});
    REQUIRE(lock.ok());
    child = spawn([&] {
      ::close(never[1]);
      char byte = 0;
      return static_cast<int>(::read(never[0], &byte, 1));
    });
  }
  CHECK(KeyLock::acquire(folder, "lock", with_deadline(Milliseconds{1000})).ok());
  ::close(never[1]);
  CHECK(reap(child) == 0);
  ::close(never[0]);
}
