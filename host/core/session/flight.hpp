// SingleFlight: of all who want the same thing at once, one works and the others share the outcome.
#pragma once

#include "core/services/call.hpp"

#include <authhost/result.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace authhost {

class SingleFlight {
 public:
  // Until `met` says yes: joins the flight that is under way, or leads one by calling `work`. A failure is shared with all
  // who waited for it; a leader that merely gave up (CANCELLED, DEADLINE) hands over to the next. Each waiter obeys its own
  // deadline and cancellation. `met` is called under a short lock. true: this caller led.
  Result<bool> fly(const Call& call, const std::function<bool()>& met, const std::function<Result<void>()>& work);
  // Lets the flight that is under way end, however it does, then calls `work` while no other is. Its outcome is this caller's
  // alone: for what is of another kind, but must not happen at the same time.
  Result<void> fly_alone(const Call& call, const std::function<Result<void>()>& work);

 private:
  Result<bool> run(const Call& call, const std::function<bool()>& met, const std::function<Result<void>()>& work, bool shares);

  struct Flight {
    Cancellation landed;          // as a one-shot event that poll(2) can wait for
    std::optional<Error> error;   // for those who waited; written before `landed`
  };
  std::mutex mutex_;
  std::shared_ptr<Flight> current_;
};

}  // namespace authhost
