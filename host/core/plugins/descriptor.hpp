// Descriptor: what a plugin says about itself, checked before any of it is used.
#pragma once

#include "core/plugins/authenticator.hpp"

#include <authhost/abi.h>

#include <string_view>

namespace authhost::plugins {

inline constexpr std::uint32_t kMostAuthenticators = 64;  // in one plugin
inline constexpr std::size_t kMostItems = 256;            // of anything else that is listed

// Whether the exported constant is one this host can work with. `symbol_size` is the size of the symbol in the file. PLUGIN
// with one sentence for each reason (docs/abi.md lists them).
Result<void> check_plugin(const authhost_plugin& plugin, std::uint64_t symbol_size);

// Copies one descriptor into the host's own types. PLUGIN says what is wrong with it.
Result<AuthenticatorInfo> read_descriptor(const authhost_descriptor* descriptor);

// "org.authhost.pkce": reverse DNS (docs/abi.md, R10).
bool is_authenticator_id(std::string_view id);

// Whether what a plugin of either kind says of itself can be: ids and names of settings, their types, services. PLUGIN.
Result<void> check_info(const AuthenticatorInfo& info);

}  // namespace authhost::plugins
