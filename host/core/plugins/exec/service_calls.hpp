// Service calls: what an exec plugin asks of the host, answered by the same tables that a native plugin gets.
#pragma once

#include "core/plugins/call_state.hpp"
#include "core/plugins/exec/frame.hpp"

#include <map>

namespace authhost::plugins::exec {

// What the runner asks when its plugin asks for a secret: "get" with its name. Of no other program's concern: those have their secrets.
inline constexpr const char* kSettings = "authhost.settings/1";

// Of one refresh or revocation. Not thread-safe.
class ServiceCalls {
 public:
  explicit ServiceCalls(authhost_call& call, bool of_runner = false) : call_(call), of_runner_(of_runner) {}

  // The "reply" frame to a "call" frame. Blocks for as long as the service does.
  Frame answer(const Frame& asked);

  // Listeners have numbers outside this process.
  std::int64_t number_of(authhost_loopback* listener);
  authhost_loopback* listener(std::int64_t number) const;
  void forget(std::int64_t number) { listeners_.erase(number); }

 private:
  authhost_call& call_;
  const bool of_runner_;
  std::map<std::int64_t, authhost_loopback*> listeners_;
  std::int64_t last_listener_ = 0;
};

}  // namespace authhost::plugins::exec
