// Description: what a program says of its authenticators, in both directions.
#pragma once

#include "core/plugins/authenticator.hpp"
#include "core/plugins/exec/frame.hpp"

#include <cstdint>
#include <vector>

namespace authhost::plugins::exec {

// PLUGIN: what it says cannot be.
Result<std::vector<AuthenticatorInfo>> read_description(const Frame& frame);
Frame write_description(const std::vector<AuthenticatorInfo>& all, std::int64_t id);

}  // namespace authhost::plugins::exec
