// What a plugin emits, judged before anything else sees it.
#pragma once

#include "core/services/call.hpp"

#include <authhost/abi.h>
#include <authhost/credentials.hpp>
#include <authhost/result.hpp>

#include <optional>
#include <string_view>

namespace authhost::plugins {

struct EmissionPlace {
  WallTime now;
  std::optional<WallTime> server_date = {};  // of the last HTTP answer
  std::string_view endpoint = {};
};

// The check of emit_credentials: the host's own copy, with an absolute expiry and an id, or what is wrong (PROTOCOL). O31, O33,
// O34, O35. `raw` has at least the fields of the first version.
Result<Credentials> check_emitted(const authhost_credentials& raw, const EmissionPlace& place);

}  // namespace authhost::plugins
