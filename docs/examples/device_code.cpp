// Logs a person in with a code that is confirmed on any device. Usage: device_code [AUTHORIZATION_SERVER]
#include <authhost/session.hpp>

#include <iostream>
#include <string>

int main(int argc, char** argv) {
  const std::string server = argc > 1 ? argv[1] : "https://your-auth-server.com";

  auto session = authhost::Session::open({
      .endpoint = "your-flyte-endpoint.com",
      .authenticator = "device_code",
      .client_config = {.token_endpoint = server + "/token",
                        .device_authorization_endpoint = server + "/device_authorization",
                        .client_id = "demo-cli",
                        .audience = "https://your-api-audience.com",
                        .scopes = {"openid", "profile", "offline_access"}},
      .settings = {{"open_browser", false}, {"qr", true}},
      .allow_insecure_http = true,  // http:// endpoints, on loopback only
      .may_interact = true,         // the code is shown on stderr
  });
  if (!session) {
    std::cerr << session.error().message << "\nhint: " << session.error().hint << "\n";
    return static_cast<int>(session.status());
  }
  if (auto done = session->refresh_credentials(); !done) {
    std::cerr << done.error().message << "\nhint: " << done.error().hint << "\n";
    return static_cast<int>(done.status());
  }
  std::cout << "Device code authentication successful. Access token id: " << session->credentials()->id << "\n";
}
