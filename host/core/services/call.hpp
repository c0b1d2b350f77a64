// Call: what every blocking operation is told about its caller: how long it may take, and whether it still matters.
#pragma once

#include <authhost/result.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

namespace authhost {

using Milliseconds = std::chrono::milliseconds;
using Monotonic = std::chrono::steady_clock::time_point;  // for lifetimes, deadlines, back-off
using WallTime = std::chrono::system_clock::time_point;   // for display and for what rests on disk

// A switch that is thrown once. `cancel` may be called from any thread and from a signal handler.
class Cancellation {
 public:
  Cancellation();
  ~Cancellation();
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  void cancel() noexcept;
  [[nodiscard]] bool cancelled() const noexcept { return cancelled_.load(std::memory_order_acquire); }
  // How long ago that was; meaningless before.
  [[nodiscard]] std::chrono::milliseconds age() const noexcept;
  // Readable for poll(2) from the moment of cancellation on; never drained. Owned by this object. -1 where the process has
  // no descriptor left: Call's waits look from time to time then.
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  std::atomic<std::int64_t> cancelled_at_ns_{0};
  std::atomic<bool> cancelled_{false};
  int fd_;
};

struct Call;

// Time, so that it can be an argument. SystemClock is the real one, FakeClock (tests) the other.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime wall() const = 0;
  [[nodiscard]] virtual Monotonic monotonic() const = 0;
  // Sleeps, or ends early with DEADLINE or CANCELLED.
  virtual Result<void> sleep(Milliseconds duration, const Call& call) const = 0;
};

// The real clock; lives as long as the process.
const Clock& system_clock();

// Cheap to copy. `clock` outlives the call.
struct Call {
  const Clock* clock = &system_clock();
  std::optional<Monotonic> deadline;                  // none: as long as it takes
  std::shared_ptr<const Cancellation> cancellation;   // null: cannot be cancelled
  bool may_interact = false;                          // whether a person may be asked
  Milliseconds grace{0};  // work that cannot be taken back goes on for so long after a cancellation

  [[nodiscard]] bool cancelled() const;
  // For poll(2): readable once the call may have been cancelled; -1 where there is nothing (more) to wait for.
  [[nodiscard]] int cancel_fd() const;

  // OK, CANCELLED or DEADLINE.
  [[nodiscard]] Result<void> check() const;
  // Time left, never negative; Milliseconds::max() without a deadline. After a cancellation, what is left of `grace`.
  [[nodiscard]] Milliseconds left() const;
  // The same call with a deadline no later than `limit` from now; over a hundred years is no limit.
  [[nodiscard]] Call within(Milliseconds limit) const;
  // Waits until `fd` has `events` (poll(2)), at most `limit`. true: it has. false: the limit passed. Or DEADLINE,
  // CANCELLED. fd -1 waits for the time alone.
  [[nodiscard]] Result<bool> wait_fd(int fd, short events, Milliseconds limit) const;
  // Waits until `event` is thrown; what was written before is then seen. DEADLINE, CANCELLED.
  [[nodiscard]] Result<void> wait_for(const Cancellation& event) const;
};

}  // namespace authhost
