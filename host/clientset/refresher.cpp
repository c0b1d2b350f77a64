#include "clientset/refresher.hpp"

#include "clientset/background.hpp"

#include <exception>
#include <optional>
#include <utility>

namespace authhost::clientset {

void Refresher::want(std::string rejected_id, bool may_interact, Done done) {
  {
    const std::lock_guard lock(mutex_);
    waiters_.push_back({std::move(rejected_id), may_interact, std::move(done)});
    if (std::exchange(working_, true)) return;
  }
  if (run_in_background([self = shared_from_this()](const Call& call) { self->work(call); })) return;
  std::vector<Waiter> all;
  {
    const std::lock_guard lock(mutex_);
    all.swap(waiters_);
    working_ = false;
  }
  const Error error{Status::internal, "no thread could be started to get credentials", "this process has too many threads"};
  for (const auto& waiter : all) waiter.done(&error);
}

void Refresher::work(const Call& call) {
  for (;;) {
    Waiter first;
    {
      const std::lock_guard lock(mutex_);
      if (waiters_.empty()) {
        working_ = false;
        return;
      }
      first = {waiters_.front().rejected_id, waiters_.front().may_interact, nullptr};
    }
    Call own = call;
    own.may_interact = first.may_interact;
    Result<void> outcome;
    try {
      outcome = session_->reject(first.rejected_id, own);
    } catch (const std::exception& error) {
      outcome = Error{Status::internal, std::string("unexpected: ") + error.what(), "this is a bug: please report it"};
    }
    for (const auto& waiter : take(first, outcome.ok())) waiter.done(outcome.ok() ? nullptr : &outcome.error());
  }
}

// A new token serves everybody who did not have that very one rejected; a failure those who wanted the same.
std::vector<Refresher::Waiter> Refresher::take(const Waiter& first, bool succeeded) {
  const std::string now = succeeded ? session_->auth_metadata().creds_id : std::string();
  std::vector<Waiter> served;
  std::vector<Waiter> others;
  const std::lock_guard lock(mutex_);
  for (auto& waiter : waiters_) {
    const bool same = waiter.rejected_id == first.rejected_id && waiter.may_interact == first.may_interact;
    (same || (succeeded && waiter.rejected_id != now) ? served : others).push_back(std::move(waiter));
  }
  waiters_ = std::move(others);
  return served;
}

}  // namespace authhost::clientset
