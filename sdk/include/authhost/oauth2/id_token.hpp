// What an id token, or an access token that is a JWT, says (RFC 7519). The signature is not looked at here.
#pragma once

#include <authhost/context.hpp>

#include <string_view>
#include <utility>

namespace authhost::oauth2 {

// The claims. PROTOCOL if the token is not a JWT.
inline Result<service::JsonValue> jwt_claims(Context& context, std::string_view token) {
  const Error not_a_jwt{Status::protocol, "the token is not a JWT", "", -1};
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return not_a_jwt;
  auto payload = context.crypto().decode_base64url(token.substr(first + 1, second - first - 1));
  if (!payload) return payload.status() == Status::protocol ? not_a_jwt : std::move(payload).error();
  auto claims = context.json().parse(*payload);
  if (!claims) return claims.status() == Status::protocol ? not_a_jwt : std::move(claims).error();
  if (!claims->is_object()) return not_a_jwt;
  return *claims;
}

// OpenID Connect Core, section 3.1.3.7 (11): the id token repeats the nonce of the request. `nonce` empty: none was sent.
inline Result<void> check_nonce(Context& context, const Credentials& credentials, std::string_view nonce) {
  if (nonce.empty() || credentials.id_token.empty()) return {};
  AUTHHOST_TRY(claims, jwt_claims(context, credentials.id_token.reveal()));
  if (claims["nonce"].string() == nonce) return {};
  return Error{Status::protocol, "the id token does not repeat the nonce of this login",
               "log in again; if it happens again, report it to whoever runs the server", -1};
}

}  // namespace authhost::oauth2
