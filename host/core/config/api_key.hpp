// A Flyte API key: an endpoint and a client that may use it, in one string.
#pragma once

#include <authhost/result.hpp>
#include <authhost/secret.hpp>

#include <string>
#include <string_view>

namespace authhost::config {

struct ApiKey {
  std::string endpoint;  // as written; parse_endpoint accepts it
  std::string client_id;
  Secret client_secret;
  std::string org;  // "": none
};

// Standard base64 of endpoint:client_id:client_secret:org. The endpoint may have a scheme and a port. Blanks around the
// key are ignored. INVALID_CONFIG never shows the key, nor a part of it.
Result<ApiKey> decode_api_key(std::string_view key);

}  // namespace authhost::config
