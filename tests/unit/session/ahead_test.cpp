#include "core/session/ahead.hpp"

#include <catch2/catch.hpp>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

using namespace authhost;

TEST_CASE("work that throws on the background thread does not end the program") {
  Cancellation done;
  Ahead ahead([&](const Call&) -> std::optional<Monotonic> {
    done.cancel();
    throw std::runtime_error("out of memory");
  });
  ahead.set_due(Monotonic{});
  REQUIRE(Call{}.wait_for(done).ok());
}

TEST_CASE("a forked child can end a session without its thread, and leaves the parent's alone") {
  Cancellation done;
  auto* ahead = new Ahead([&](const Call&) -> std::optional<Monotonic> {
    done.cancel();
    return std::nullopt;
  });
  ahead->set_due(Monotonic::max());
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::alarm(60);  // instead of waiting for ever
    ahead->set_due(Monotonic{});
    delete ahead;
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  CHECK_FALSE(done.cancelled());
  ahead->set_due(Monotonic{});
  CHECK(Call{}.wait_for(done).ok());
  delete ahead;
}

TEST_CASE("a limit of nearly for ever is for ever, not a time in the past") {
  const Call call = Call{}.within(Milliseconds::max() - Milliseconds{1});
  CHECK_FALSE(call.deadline.has_value());
  CHECK(call.check().ok());
}
