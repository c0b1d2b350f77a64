// RuntimeCache: the short-lived access token alone, for the next process. Light: no OpenSSL, JSON, fmt or Boost here.
#pragma once

#include "core/config/session_key.hpp"

#include <authhost/secret.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace authhost::keyring {

struct CachedToken {
  Secret access_token;
  std::string token_type;
  std::string header_key;
  std::string id;
  std::vector<std::string> scopes;
  std::int64_t refresh_at_ms = 0;  // Unix epoch; from here on the slow path should refresh ahead
  std::int64_t expires_at_ms = 0;  // Unix epoch
};

// Kernel keyring with the token's expiry as time-out, else a 0600 file under $XDG_RUNTIME_DIR/authhost. Entries are bound
// to this state folder (a random id kept in it), so that another HOME never sees them. Every failure is quiet: no cache.
class RuntimeCache {
 public:
  // Reads only: never creates anything.
  static std::optional<CachedToken> get(const config::SessionKey& key);
  // No-op when the state folder does not exist or is not safe.
  static void put(const config::SessionKey& key, const CachedToken& token);
  static void drop(const config::SessionKey& key);
};

}  // namespace authhost::keyring
