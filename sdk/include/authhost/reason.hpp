// Reason: why new credentials are wanted.
#pragma once

#include <authhost/abi.h>

#include <cstdint>

namespace authhost {

enum class Reason : std::int32_t {
  login = AUTHHOST_REASON_LOGIN,        // there are none, or a fresh login was asked for: do not use the previous ones
  expired = AUTHHOST_REASON_EXPIRED,    // expired, or about to
  rejected = AUTHHOST_REASON_REJECTED,  // a server rejected the previous access token
  forced = AUTHHOST_REASON_FORCED,      // new ones in any case
};

}  // namespace authhost
