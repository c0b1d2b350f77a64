// Words for what plugins say of themselves.
#pragma once

#include "core/plugins/authenticator.hpp"

#include <string_view>

namespace authhost::cli {

std::string_view state_name(plugins::PluginState state);

}  // namespace authhost::cli
