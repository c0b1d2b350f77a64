#include "core/services/call.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <limits>

namespace authhost {

namespace {

// Counts on while the machine sleeps, as lifetimes do; std::chrono's own clock stops.
std::chrono::nanoseconds boot_time() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

}  // namespace

Cancellation::Cancellation() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
Cancellation::~Cancellation() {
  if (fd_ >= 0) ::close(fd_);
}

void Cancellation::cancel() noexcept {
  const int saved = errno;  // a signal handler must not disturb it
  std::int64_t never = 0;
  cancelled_at_ns_.compare_exchange_strong(never, boot_time().count());
  cancelled_.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
  errno = saved;
}

Milliseconds Cancellation::age() const noexcept {
  return std::chrono::floor<Milliseconds>(boot_time() - std::chrono::nanoseconds{cancelled_at_ns_.load()});
}

namespace {

// Longer than this is for ever: a time that is added to must not overflow.
constexpr Milliseconds kForEver = std::chrono::hours{24} * 366 * 100;
// Where no descriptor was left for an event (EMFILE), it is seen by looking.
constexpr Milliseconds kBlindPause{20};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override { return std::chrono::system_clock::now(); }
  [[nodiscard]] Monotonic monotonic() const override { return Monotonic{boot_time()}; }
  Result<void> sleep(Milliseconds duration, const Call& call) const override {
    auto woken = call.wait_fd(-1, 0, duration);
    if (!woken) return std::move(woken).error();
    return {};
  }
};

}  // namespace

const Clock& system_clock() {
  static const auto* const clock = new SystemClock;  // threads may look at it while the program ends
  return *clock;
}

Result<void> Call::check() const {
  if (cancelled()) return Error{Status::cancelled, "cancelled", ""};
  if (deadline && clock->monotonic() >= *deadline) return Error{Status::deadline, "time ran out", ""};
  return {};
}

bool Call::cancelled() const {
  return cancellation && cancellation->cancelled() && (grace <= Milliseconds{0} || cancellation->age() >= grace);
}

int Call::cancel_fd() const { return cancellation && !cancellation->cancelled() ? cancellation->fd() : -1; }

Milliseconds Call::left() const {
  auto rest = Milliseconds::max();
  // Rounded up, so that a wait of what is left ends after the deadline, not just before it.
  if (deadline) rest = std::chrono::ceil<Milliseconds>(*deadline - clock->monotonic());
  if (grace > Milliseconds{0} && cancellation && cancellation->cancelled()) rest = std::min(rest, grace - cancellation->age());
  return std::max(Milliseconds{0}, rest);
}

Call Call::within(Milliseconds limit) const {
  Call shorter = *this;
  if (limit < left() && limit < kForEver) shorter.deadline = clock->monotonic() + limit;
  return shorter;
}

Result<bool> Call::wait_fd(int fd, short events, Milliseconds limit) const {
  const bool limited = limit < kForEver;
  const Monotonic until = limited ? std::chrono::steady_clock::now() + limit : Monotonic::max();
  for (;;) {
    AUTHHOST_CHECK(check());
    Milliseconds pause = left();
    if (limited) {
      const auto rest = std::chrono::ceil<Milliseconds>(until - std::chrono::steady_clock::now());
      if (rest <= Milliseconds{0}) pause = Milliseconds{0};
      else pause = std::min(pause, rest);
    }
    if (cancellation && cancellation->fd() < 0) pause = std::min(pause, kBlindPause);
    struct pollfd fds[2] = {{fd, events, 0}, {cancel_fd(), POLLIN, 0}};
    const auto timeout = std::min<std::int64_t>(pause.count(), std::numeric_limits<int>::max());
    const int ready = ::poll(fds, 2, static_cast<int>(timeout));
    if (ready < 0 && errno != EINTR) return Error{Status::internal, "poll failed", ""};
    if (ready > 0 && fds[0].revents != 0) return true;
    if (limited && std::chrono::steady_clock::now() >= until) {
      AUTHHOST_CHECK(check());
      return false;
    }
  }
}

Result<void> Call::wait_for(const Cancellation& event) const {
  const auto limit = event.fd() < 0 ? kBlindPause : Milliseconds::max();
  while (!event.cancelled()) AUTHHOST_CHECK(wait_fd(event.fd(), POLLIN, limit));
  return {};
}

}  // namespace authhost
