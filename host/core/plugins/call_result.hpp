// What a call into a plugin led to, native or exec.
#pragma once

#include "core/plugins/call_state.hpp"

#include <authhost/abi.h>

namespace authhost::plugins {

// After the plugin's refresh said `status`: the credentials that it emitted, or why there are none. Browser pages that wait are told
// of a failure here, of a success by the session.
Result<RefreshOutcome> refresh_result(authhost_call& call, authhost_status status);
// After its revoke said `status`.
Result<void> revoke_result(authhost_call& call, authhost_status status);

}  // namespace authhost::plugins
