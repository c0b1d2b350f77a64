// SessionOptions as a Profile: what a program says passes the same checks as what a file says.
#pragma once

#include "core/config/api_key.hpp"
#include "core/config/profile.hpp"

#include <authhost/session.hpp>

namespace authhost::config {

// INVALID_CONFIG. ${…} in a program's strings is not replaced; relative paths start at the working directory.
Result<Profile> profile_from_options(const SessionOptions& options);

// The options that differ from `defaults`, apart from the endpoint and may_interact: "storage, settings"; "": none does.
std::string said_options(const SessionOptions& options, const SessionOptions& defaults);

// What a Flyte API key says: client credentials at its endpoint, which says the rest. Over `options`: the key wins.
SessionOptions options_from_api_key(const ApiKey& key, SessionOptions options = {});

// The program's plugin directories under the policy of the system's file; no other file is read.
Result<PluginsConfig> plugins_from_options(const SessionOptions& options, const LoadOptions& load_options = {});

}  // namespace authhost::config
