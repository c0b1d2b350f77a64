// Service calls: what an exec plugin asks of the host, answered by the same tables that a native plugin gets.
#pragma once

#include "core/plugins/call_state.hpp"
#include "core/plugins/exec/frame.hpp"

#include <map>

namespace authhost::plugins::exec {

// Of one refresh or revocation. Not thread-safe.
class ServiceCalls {
 public:
  explicit ServiceCalls(authhost_call& call) : call_(call) {}

  // The "reply" frame to a "call" frame. Blocks for as long as the service does.
  Frame answer(const Frame& asked);

  // Listeners have numbers outside this process.
  std::int64_t number_of(authhost_loopback* listener);
  authhost_loopback* listener(std::int64_t number) const;
  void forget(std::int64_t number) { listeners_.erase(number); }

 private:
  authhost_call& call_;
  std::map<std::int64_t, authhost_loopback*> listeners_;
  std::int64_t last_listener_ = 0;
};

}  // namespace authhost::plugins::exec
