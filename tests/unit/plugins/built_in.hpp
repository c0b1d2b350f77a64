// A scripted host around a built-in authenticator.
#pragma once

#include <authhost/testing.hpp>

#include <string>
#include <string_view>

namespace built_in {

using authhost::Status;
using authhost::testing::FakeHost;
using authhost::testing::query_of;
using std::chrono::milliseconds;
using std::chrono::seconds;

inline constexpr auto kToken = R"({"access_token":"at-1","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-1"})";

inline const authhost_plugin& plugin(const std::string& flow) {
  return authhost::testing::load_plugin(std::string(AUTHHOST_BUILD_DIR) + "/lib/authhost/plugins/authhost-" + flow + ".so");
}

// A host that knows everything an authorization server tells about itself.
struct Host : FakeHost {
  explicit Host(const std::string& flow) : FakeHost(plugin(flow)) {
    client_config.issuer = "https://idp.example";
    client_config.token_endpoint = "https://idp.example/token";
    client_config.authorization_endpoint = "https://idp.example/authorize";
    client_config.device_authorization_endpoint = "https://idp.example/device";
    client_config.revocation_endpoint = "https://idp.example/revoke";
    client_config.client_id = "app";
    client_config.scopes = {"read", "write"};
  }
};

inline std::string text(const authhost::Secret& secret) { return std::string(secret.reveal()); }

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace built_in
