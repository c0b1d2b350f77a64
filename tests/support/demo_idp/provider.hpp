// Provider: a small OAuth 2.0 and OpenID Connect server whose every answer can be bent. For tests and demonstrations.
#pragma once

#include "crypto.hpp"
#include "http.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace demo_idp {

// The names by which settings and faults speak of endpoints: "token", "device_authorization", …; "" for a path that
// does not exist.
std::string endpoint_name(std::string_view path);

// Not thread-safe: the server calls it under one lock.
class Provider {
 public:
  explicit Provider(std::string issuer);

  // Merges `settings` (RFC 7396) into the behaviour. An endpoint's fault replaces the one before, null removes it.
  void control(const Json& settings);
  // Forgets tokens, codes and faults; returns to the settings of the start.
  void reset();
  // From now on `reset` returns to the present settings.
  void keep_settings() { initial_ = settings_; }

  // The fault that this request meets, counted; null if none.
  Json take_fault(std::string_view endpoint, const Request& request);
  // Answers as a correct server would, apart from what `fault` asks for inside the answer.
  Response handle(std::string_view endpoint, const Request& request, const Json& fault);

  [[nodiscard]] std::int64_t now() const;  // seconds, with the configured offset

 private:
  // All that came of one person's (or client's) consent; revoked as a whole.
  struct Grant {
    std::string client_id;
    std::string scope;
    std::string nonce;
    std::string audience;
    std::string subject;
    std::int64_t auth_time = 0;
    bool revoked = false;
  };
  struct Code {
    std::int64_t grant = 0;
    std::string redirect_uri;
    std::string challenge;
    bool used = false;
  };
  struct AccessToken {
    std::int64_t grant = 0;
    std::int64_t expires_at = 0;
    bool revoked = false;
  };
  struct RefreshToken {
    std::int64_t grant = 0;
    bool spent = false;
  };
  struct Device {
    std::int64_t grant = 0;
    std::string user_code;
    std::string decision;  // "", "approve", "deny"
    std::int64_t expires_at = 0;
    int polls = 0;
  };
  struct Client {
    std::string id;
    std::optional<Response> refused = {};
  };

  Response discovery() const;
  Response authorize(const Request& request, const Json& fault);
  Response token(const Request& request, const Json& fault);
  Response authorization_code(const Client& client, const Request& request);
  Response refresh_token(const Client& client, const Request& request, const Json& fault);
  Response device_code(const Client& client, const Request& request);
  Response device_authorization(const Request& request);
  Response device_page(const Request& request);
  Response revoke(const Request& request);
  Response introspect(const Request& request) const;
  Response userinfo(const Request& request);
  Response api(const Request& request);
  Response flyte_client() const;
  Response flyte_metadata() const;

  Client authenticate(const Request& request) const;
  std::int64_t new_grant(std::string client_id, const Request& request, const Pairs& parameters);
  Response issue(std::int64_t grant, const std::string& keep_refresh, bool with_refresh);
  std::string id_token(const Grant& grant, const std::string& access_token) const;
  bool bearer_is_valid(const Request& request, std::int64_t& grant) const;
  const AccessToken* living_token(const std::string& access_token) const;  // nullptr: unknown, revoked or expired
  void decide(std::string_view user_code, std::string_view decision);
  bool flyte_version_enabled(std::string_view path) const;

  std::string issuer_;
  Json settings_;
  Json initial_;
  std::map<std::string, Json> faults_;
  SigningKey key_{"demo-1"};
  int key_number_ = 1;
  std::int64_t last_grant_ = 0;
  std::map<std::int64_t, Grant> grants_;
  std::map<std::string, Code> codes_;
  std::map<std::string, AccessToken> access_tokens_;
  std::map<std::string, RefreshToken> refresh_tokens_;
  std::map<std::string, Device> devices_;
};

}  // namespace demo_idp
