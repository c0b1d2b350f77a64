// RequestFields: how a request calls what it passes on, said once for the host, which writes it, and the runner, which reads it.
#pragma once

#include "core/plugins/authenticator.hpp"

#include <array>
#include <concepts>
#include <type_traits>
#include <utility>

namespace authhost::plugins::exec {

inline constexpr std::array<std::pair<Reason, const char*>, 4> kReasonWords{
    {{Reason::login, "login"}, {Reason::expired, "expired"}, {Reason::rejected, "rejected"}, {Reason::forced, "forced"}}};

template <class T, class Of>
concept Either = std::same_as<std::remove_const_t<T>, Of>;  // to be read, or to be written

// `visit(name, member)` for each of them.
template <Either<ClientConfig> Config, class Visit>
void each_field(Config& config, Visit&& visit) {
  visit("issuer", config.issuer);
  visit("token_endpoint", config.token_endpoint);
  visit("authorization_endpoint", config.authorization_endpoint);
  visit("device_authorization_endpoint", config.device_authorization_endpoint);
  visit("revocation_endpoint", config.revocation_endpoint);
  visit("redirect_uri", config.redirect_uri);
  visit("client_id", config.client_id);
  visit("audience", config.audience);
  visit("header_key", config.header_key);
  visit("scopes", config.scopes);
  visit("code_challenge_methods", config.code_challenge_methods);
  visit("iss_parameter_supported", config.iss_parameter_supported);
}

template <Either<Credentials> Previous, class Visit>
void each_field(Previous& credentials, Visit&& visit) {
  visit("access_token", credentials.access_token);
  visit("token_type", credentials.token_type);
  visit("refresh_token", credentials.refresh_token);
  visit("id_token", credentials.id_token);
  visit("expires_at_ms", credentials.expires_at);
  visit("scopes", credentials.scopes);
  visit("id", credentials.id);
}

}  // namespace authhost::plugins::exec
