// Profile: the settings and the client configuration that the cases give to a plugin: its author's, or plausible ones.
#pragma once

#include "core/config/profile.hpp"
#include "core/plugins/authenticator.hpp"

#include <authhost/client_config.hpp>

#include <optional>
#include <string>

namespace authhost::conform {

// What `[profiles.check]` of the author's file says; none without a file. INVALID_CONFIG.
Result<std::optional<config::Profile>> read_profile(const std::string& file);

struct Configured {
  std::string endpoint;
  ClientConfig client;
  config::Settings settings;
};

// Settings that the author did not give, but the plugin requires, and secrets get values; the server's addresses lead to the fake provider.
// Secrets that are made up hold `tag`.
Configured configure(const plugins::AuthenticatorInfo& info, const std::optional<config::Profile>& profile, const std::string& tag);

// The values of its secret settings.
std::vector<std::string> secrets_of(const plugins::AuthenticatorInfo& info, const config::Settings& settings);

}  // namespace authhost::conform
