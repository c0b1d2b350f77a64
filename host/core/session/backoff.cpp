#include "core/session/backoff.hpp"

#include <algorithm>

namespace authhost {

void Backoff::failed(const Error& error, Monotonic now) {
  constexpr Milliseconds kFirst{1'000};
  constexpr Milliseconds kMost{30'000};
  const std::lock_guard lock(mutex_);
  const Milliseconds base = std::min<Milliseconds>(kFirst * (1 << std::min(failures_, 5)), kMost);
  ++failures_;
  state_ ^= state_ << 13, state_ ^= state_ >> 7, state_ ^= state_ << 17;  // xorshift: jitter needs no secrecy
  const Milliseconds jittered = base / 2 + Milliseconds{static_cast<std::int64_t>(state_ % (base.count() / 2 + 1))};
  until_ = now + std::max(jittered, Milliseconds{error.retry_after_ms});
  last_ = error;
}

void Backoff::succeeded() {
  const std::lock_guard lock(mutex_);
  failures_ = 0;
  last_.reset();
}

std::optional<Error> Backoff::holding(Monotonic now) const {
  const std::lock_guard lock(mutex_);
  return last_ && now < until_ ? last_ : std::nullopt;
}

Monotonic Backoff::until() const {
  const std::lock_guard lock(mutex_);
  return until_;
}

}  // namespace authhost
