#include "fake_call.hpp"

#include <algorithm>

namespace authhost::testing {
namespace {

// A script may say "never" with a number that the clock's nanoseconds do not hold.
Monotonic point(milliseconds at) {
  constexpr milliseconds kFar = std::chrono::hours{24} * 365 * 100;
  return Monotonic{std::clamp(at, -kFar, kFar)};
}

}  // namespace

FakeClock::FakeClock(FakeHost& host) : host_(host) {
  call_.clock = this;
  call_.cancellation = cancellation_;
  call_.may_interact = host.may_interact;
  look_at_script();
}

void FakeClock::look_at_script() const {
  call_.deadline.reset();
  if (host_.deadline) call_.deadline = point(*host_.deadline);
  if (host_.cancelled_at && host_.monotonic >= *host_.cancelled_at) cancellation_->cancel();
}

WallTime FakeClock::wall() const { return WallTime{host_.wall}; }
Monotonic FakeClock::monotonic() const { return point(host_.monotonic); }

Result<void> FakeClock::check(const Call& call) const {
  look_at_script();
  return call.check();
}

Result<void> FakeClock::pass(Milliseconds duration, const Call& call) const {
  AUTHHOST_CHECK(check(call));
  auto passed = std::min(duration, call.left());
  if (host_.cancelled_at) passed = std::min(passed, *host_.cancelled_at - host_.monotonic);
  passed = std::max(passed, Milliseconds{0});
  host_.wall += passed;
  host_.monotonic += passed;
  return check(call);
}

Result<void> FakeClock::sleep(Milliseconds duration, const Call& call) const {
  host_.sleeps.push_back(duration);
  return pass(duration, call);
}

}  // namespace authhost::testing
