// Ahead: the one background thread of a session. It sleeps until a refresh is due and does it.
#pragma once

#include "core/services/call.hpp"

#include <sys/types.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace authhost {

class Ahead {
 public:
  // `work` runs on the thread when the time has come and says when it wants to run next (none: not until told).
  using Work = std::function<std::optional<Monotonic>(const Call& call)>;
  explicit Ahead(Work work);
  ~Ahead();  // cancels work that is under way and waits for it
  Ahead(const Ahead&) = delete;
  Ahead& operator=(const Ahead&) = delete;

  // From now on, the next run is due at `when`. Starts the thread the first time. [any-thread]
  void set_due(Monotonic when);

 private:
  void run();

  const Work work_;
  const pid_t process_;  // whose thread it is
  const std::shared_ptr<Cancellation> stop_ = std::make_shared<Cancellation>();
  std::mutex mutex_;
  std::optional<Monotonic> due_;
  std::shared_ptr<Cancellation> moved_ = std::make_shared<Cancellation>();  // thrown when due_ changes
  std::thread thread_;
};

}  // namespace authhost
