// SessionKey: what makes two profiles share one session, one lock and one stored item.
#pragma once

#include "core/config/profile.hpp"

#include <string>
#include <string_view>

namespace authhost::config {

enum class Role { main, proxy };

// Computed from configuration alone, so that it is known before any network or plugin is.
struct SessionKey {
  std::string text;     // canonical, one field a line; holds no secret
  std::string digest;   // 32 lower-case hex digits of SHA-256(text): the name of files and items
  std::string service;  // keyring service name: the endpoint without its scheme
  std::string account;
};

// key = (endpoint, authenticator, issuer or token endpoint, client id, sorted scopes, audience, account, role). For the
// command authenticator, whose identity is its command, the settings count too.
SessionKey session_key(const Profile& profile, Role role);

}  // namespace authhost::config
