// What a call into native code is made of: for the plugins that are loaded, and for those that their own tests call.
#pragma once

#include "core/plugins/call_state.hpp"

#include <authhost/abi.h>

namespace authhost::plugins {

// The C face of a RefreshRequest. Borrows from it; lives until the plugin has returned.
class CRequest {
 public:
  CRequest(const RefreshRequest& request, const Call& call, Arena& arena);
  CRequest(const CRequest&) = delete;
  CRequest& operator=(const CRequest&) = delete;

  [[nodiscard]] const authhost_refresh* get() const { return &refresh_; }

 private:
  void set_previous(const Credentials& credentials, Arena& arena);

  authhost_client_config config_{};
  authhost_credentials previous_{};
  authhost_refresh refresh_{};
};

// Calls into a plugin. A C++ exception that crosses all the same is the plugin's fault, not the end of the process.
template <class Function>
authhost_status enter(authhost_call& call, Function&& function) {
  try {
    return function();
  } catch (...) {
    return call.fail(Status::plugin, "the plugin let an exception out", "tell the plugin's author");
  }
}

// The extension, if there is one and it can be called.
const authhost_revoke* revoker(const authhost_descriptor& descriptor);

}  // namespace authhost::plugins
