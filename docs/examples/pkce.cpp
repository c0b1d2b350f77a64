// Logs a person in through the system browser and uses the credentials. Usage: pkce [AUTHORIZATION_SERVER]
#include <authhost/session.hpp>

#include <iostream>
#include <string>

int main(int argc, char** argv) {
  const std::string server = argc > 1 ? argv[1] : "https://your-auth-server.com";

  auto session = authhost::Session::open({
      .endpoint = "your-flyte-endpoint.com",
      .authenticator = "pkce",
      .client_config = {.token_endpoint = server + "/token",
                        .authorization_endpoint = server + "/authorize",
                        .client_id = "demo-cli",
                        .audience = "https://your-api-audience.com",
                        .scopes = {"openid", "profile", "email", "offline_access"}},
      .settings = {{"timeout", "120s"}},
      .allow_insecure_http = true,  // http:// endpoints, on loopback only
      .may_interact = true,         // this program may open a browser
  });
  if (!session) {
    std::cerr << session.error().message << "\nhint: " << session.error().hint << "\n";
    return static_cast<int>(session.status());
  }

  // Finds the login of last time, refreshes it, or asks the person.
  if (auto done = session->refresh_credentials(); !done) {
    std::cerr << done.error().message << "\nhint: " << done.error().hint << "\n";
    return static_cast<int>(done.status());
  }
  std::cout << "PKCE authentication successful. Access token id: " << session->credentials()->id << "\n";
}
