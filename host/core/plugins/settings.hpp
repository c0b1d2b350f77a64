// Settings: the values of `[profiles.X.settings]`, read as the descriptor declares them.
#pragma once

#include "core/plugins/authenticator.hpp"
#include "core/services/process.hpp"

#include <authhost/secret.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace authhost::plugins {

// NAME of the keys NAME_env, NAME_file and NAME_command; empty for any other.
std::string_view secret_of_key(std::string_view key);

// Whether the settings fit the descriptor: INVALID_CONFIG names file, line, key and "did you mean". Secrets are not read.
Result<void> check_settings(const AuthenticatorInfo& info, const config::Settings& settings);

// The configured value, else the declared default. A secret is fetched from where the configuration says it is: variable,
// file, command (run by `process`, which may be null if none is configured). INVALID_CONFIG names setting, place and what
// is wrong; DEADLINE, CANCELLED from a command. Shows no value of a secret.
Result<ResolvedSetting> resolve_setting(const SettingInfo& setting, const config::Settings& settings, Process* process,
                                        const Call& call);

}  // namespace authhost::plugins
