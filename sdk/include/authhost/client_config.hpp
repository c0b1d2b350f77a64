// ClientConfig: the OAuth client and its authorization server, as discovery or a person describes them.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace authhost {

// Every field is optional: empty means "not said".
struct ClientConfig {
  std::string issuer = {};
  std::string token_endpoint = {};
  std::string authorization_endpoint = {};
  std::string device_authorization_endpoint = {};
  std::string revocation_endpoint = {};
  std::string userinfo_endpoint = {};
  std::string jwks_uri = {};
  std::string redirect_uri = {};
  std::string client_id = {};
  std::string audience = {};
  std::string header_key = {};  // gRPC and HTTP header for the token; "authorization" when nobody says otherwise
  std::vector<std::string> scopes = {};
  std::vector<std::string> code_challenge_methods = {};
  bool iss_parameter_supported = false;  // RFC 9207

  // This config with every field that `other` says taken from `other`. An empty field never overrides.
  [[nodiscard]] ClientConfig with_override(const ClientConfig& other) const {
    ClientConfig merged = *this;
    constexpr std::string ClientConfig::* kTexts[] = {
        &ClientConfig::issuer,        &ClientConfig::token_endpoint, &ClientConfig::authorization_endpoint,
        &ClientConfig::device_authorization_endpoint, &ClientConfig::revocation_endpoint,
        &ClientConfig::userinfo_endpoint, &ClientConfig::jwks_uri, &ClientConfig::redirect_uri,
        &ClientConfig::client_id,     &ClientConfig::audience,       &ClientConfig::header_key};
    for (const auto field : kTexts) {
      if (!(other.*field).empty()) merged.*field = other.*field;
    }
    if (!other.scopes.empty()) merged.scopes = other.scopes;
    if (!other.code_challenge_methods.empty()) merged.code_challenge_methods = other.code_challenge_methods;
    merged.iss_parameter_supported = iss_parameter_supported || other.iss_parameter_supported;
    return merged;
  }
};

}  // namespace authhost
