#include "core/session/flight.hpp"

namespace authhost {

namespace {

// These say something about the leader's patience, not about the work.
bool gave_up(const Error& error) { return error.status == Status::cancelled || error.status == Status::deadline; }

}  // namespace

Result<bool> SingleFlight::fly(const Call& call, const std::function<bool()>& met,
                               const std::function<Result<void>()>& work) {
  return run(call, met, work, true);
}

Result<void> SingleFlight::fly_alone(const Call& call, const std::function<Result<void>()>& work) {
  auto led = run(call, [] { return false; }, work, false);
  if (!led) return std::move(led).error();
  return {};
}

Result<bool> SingleFlight::run(const Call& call, const std::function<bool()>& met,
                               const std::function<Result<void>()>& work, bool shares) {
  for (;;) {
    std::shared_ptr<Flight> flight;
    bool lead = false;
    {
      const std::lock_guard lock(mutex_);
      if (met()) return false;
      if (!current_) {
        current_ = std::make_shared<Flight>();
        lead = true;
      }
      flight = current_;
    }
    if (!lead) {
      AUTHHOST_CHECK(call.wait_for(flight->landed));
      if (shares && flight->error && !gave_up(*flight->error)) return *flight->error;
      continue;
    }
    // The flight lands whatever happens: a waiter must never sleep on.
    struct Landing {
      SingleFlight& all;
      Flight& flight;
      ~Landing() {
        {
          const std::lock_guard lock(all.mutex_);
          all.current_.reset();
        }
        flight.landed.cancel();
      }
    } const landing{*this, *flight};
    if (shares) flight->error = Error{Status::internal, "the refresh ended without a result", "this is a bug: please report it"};
    auto outcome = work();
    if (!outcome) {
      if (shares) flight->error = outcome.error();
      return std::move(outcome).error();
    }
    flight->error.reset();
    return true;
  }
}

}  // namespace authhost
