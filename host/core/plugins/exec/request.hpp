// What the host sends: requests as frames.
#pragma once

#include "core/plugins/call_state.hpp"
#include "core/plugins/exec/frame.hpp"

namespace authhost::plugins::exec {

inline constexpr std::int64_t kRequestId = 1;  // one request a process

Frame describe_request();
Frame cancel_request();
// `type`: "refresh" or "revoke". With the settings of `call.info`, and `with_secrets` the secrets among them, fetched now. INVALID_CONFIG,
// as resolve_setting.
Result<Frame> credentials_request(const char* type, authhost_call& call, bool with_secrets = true);

}  // namespace authhost::plugins::exec
