// Randomness, digests and the signing key of the demo provider.
#pragma once

#include "http.hpp"

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace demo_idp {

std::string random_token(std::string_view prefix);  // 192 random bits, base64url
std::string random_user_code();                     // RFC 8628, section 6.1: XXXX-XXXX without vowels
std::string sha256(std::string_view data);          // 32 raw bytes
std::string base64url(std::string_view data);
std::string base64_decode(std::string_view text);   // standard alphabet; "" if it is not base64

// An RSA key that signs JSON Web Tokens with RS256.
class SigningKey {
 public:
  explicit SigningKey(std::string kid);

  [[nodiscard]] Json jwk() const;
  // `options` bends the token: {"alg": "none", "kid": …, "bad_signature": true, "header": {…}}.
  [[nodiscard]] std::string sign(const Json& claims, const Json& options = Json::object()) const;

 private:
  std::string kid_;
  std::shared_ptr<evp_pkey_st> key_;
};

// A throw-away certificate authority and a server certificate for 127.0.0.1, ::1 and localhost, as PEM.
struct Certificates {
  std::string authority;
  std::string certificate;
  std::string key;
};
Certificates make_certificates();

}  // namespace demo_idp
