// Backoff: how long callers are kept off a server that just failed.
#pragma once

#include "core/services/call.hpp"

#include <authhost/result.hpp>

#include <cstdint>
#include <mutex>
#include <optional>

namespace authhost {

// 1 s doubling to 30 s, each with jitter down to half, or what Retry-After said if that is longer. Thread-safe.
class Backoff {
 public:
  // `seed` differs between processes, so that a fleet does not come back in step.
  explicit Backoff(std::uint64_t seed) : state_(seed | 1) {}

  void failed(const Error& error, Monotonic now);
  void succeeded();
  // The last error while it is too early to ask again.
  [[nodiscard]] std::optional<Error> holding(Monotonic now) const;
  [[nodiscard]] Monotonic until() const;

 private:
  mutable std::mutex mutex_;
  std::uint64_t state_;
  int failures_ = 0;
  Monotonic until_{};
  std::optional<Error> last_;
};

}  // namespace authhost
