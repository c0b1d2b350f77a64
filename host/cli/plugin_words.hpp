// Words for what plugins say of themselves.
#pragma once

#include "core/plugins/registry.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace authhost::cli {

std::string_view state_name(plugins::PluginState state);
// As a manifest has it: "process", "none"; "" if nobody knows yet.
std::string_view isolation_name(const plugins::PluginRecord& record);
// Services as a manifest has them: "http", …
std::vector<std::string> as_grants(const std::vector<std::string>& services);
std::vector<std::string> grant_names(const plugins::PluginRecord& record);
// "a, b, c"; "none".
std::string joined(const std::vector<std::string>& words);

}  // namespace authhost::cli
