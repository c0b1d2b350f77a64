// Proof Key for Code Exchange (RFC 7636), S256 only.
#pragma once

#include <authhost/context.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace authhost::oauth2 {

struct PkcePair {
  Secret verifier;
  std::string challenge;
};

// RFC 7636, section 4.2: BASE64URL(SHA256(verifier)).
inline Result<std::string> s256_challenge(Context& context, std::string_view verifier) {
  AUTHHOST_TRY(digest, context.crypto().sha256(verifier));
  AUTHHOST_TRY(encoded, context.crypto().base64url({reinterpret_cast<const char*>(digest.data()), digest.size()}));
  return std::string(encoded.reveal());
}

// A fresh pair: 256 random bits, 43 characters.
inline Result<PkcePair> make_pkce_pair(Context& context) {
  PkcePair pair;
  AUTHHOST_TRY(verifier, context.crypto().random_text(32));
  AUTHHOST_TRY(challenge, s256_challenge(context, verifier.reveal()));
  pair.verifier = std::move(verifier);
  pair.challenge = std::move(challenge);
  return pair;
}

// RFC 9700, section 2.1.1: a server whose metadata lists methods, but not S256, is not one to hand a code to.
inline Result<void> check_s256_supported(const Context& context) {
  const auto& methods = context.client_config().code_challenge_methods;
  if (methods.empty() || std::find(methods.begin(), methods.end(), "S256") != methods.end()) return {};
  return Error{Status::protocol, "the authorization server does not support PKCE with S256 (RFC 7636)",
               "ask whoever runs the server to enable S256, or use another authenticator", -1};
}

}  // namespace authhost::oauth2
