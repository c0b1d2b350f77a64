// Refresher: gets a session's credentials for callers that cannot wait: gRPC's threads.
#pragma once

#include "core/session/session_impl.hpp"

#include <authhost/session.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace authhost::clientset {

class Refresher : public std::enable_shared_from_this<Refresher> {
 public:
  explicit Refresher(std::shared_ptr<Session::Impl> session) : session_(std::move(session)) {}

  // Null: there are credentials now.
  using Done = std::function<void(const Error* error)>;

  // Gets credentials other than those of `rejected_id` (""; none were sent), and calls `done` once, on another thread. Whoever
  // asks while that is under way shares its outcome. What it does goes on when the caller has lost patience: a refresh token that
  // was sent is worth the wait. Never blocks. [any-thread]
  void want(std::string rejected_id, bool may_interact, Done done);

  [[nodiscard]] Session::Impl& session() const { return *session_; }

 private:
  struct Waiter {
    std::string rejected_id;
    bool may_interact;
    Done done;
  };
  void work(const Call& call);
  // Those who are served by the outcome for `first`.
  std::vector<Waiter> take(const Waiter& first, bool succeeded);

  const std::shared_ptr<Session::Impl> session_;
  std::mutex mutex_;
  std::vector<Waiter> waiters_;
  bool working_ = false;
};

}  // namespace authhost::clientset
