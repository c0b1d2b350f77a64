// Credentials: what an authenticator gets and a client uses.
#pragma once

#include <authhost/secret.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace authhost {

// Plain data. An authenticator fills in what the server said; the host adds `expires_at`, `for_endpoint` and `id`.
struct Credentials {
  Secret access_token;
  std::string token_type = "Bearer";
  Secret refresh_token;  // empty from a refresh: the previous one stays (RFC 6749, section 6)
  Secret id_token;
  std::optional<std::chrono::seconds> expires_in;                         // as the server said it
  std::optional<std::chrono::system_clock::time_point> expires_at;        // absolute, UTC
  std::vector<std::string> scopes;                                        // granted
  std::string for_endpoint;
  std::string id;  // MD5 of the access token, lower-case hex; "" for an empty token

  // A deliberate copy, secrets included.
  [[nodiscard]] Credentials clone() const {
    Credentials copy;
    copy.access_token = access_token.clone();
    copy.token_type = token_type;
    copy.refresh_token = refresh_token.clone();
    copy.id_token = id_token.clone();
    copy.expires_in = expires_in;
    copy.expires_at = expires_at;
    copy.scopes = scopes;
    copy.for_endpoint = for_endpoint;
    copy.id = id;
    return copy;
  }
};

}  // namespace authhost
