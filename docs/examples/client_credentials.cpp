// A service logs in with its own secret, which comes from the environment. Usage: client_credentials [AUTHORIZATION_SERVER]
#include <authhost/session.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

int main(int argc, char** argv) {
  const std::string server = argc > 1 ? argv[1] : "https://your-auth-server.com";
  const char* client_id = std::getenv("FLYTE_CLIENT_ID");

  auto session = authhost::Session::open({
      .endpoint = "your-flyte-endpoint.com",
      .authenticator = "client_credentials",
      .client_config = {.token_endpoint = server + "/token",
                        .client_id = client_id != nullptr ? client_id : "YOUR_CLIENT_ID",
                        .audience = "https://your-api-audience.com",
                        .scopes = {"api_scope_1", "api_scope_2"}},
      .settings = {{"client_secret_env", "FLYTE_CLIENT_SECRET"}},  // read when it is needed, never kept
      .allow_insecure_http = true,                                 // http:// endpoints, on loopback only
  });
  if (!session) {
    std::cerr << session.error().message << "\nhint: " << session.error().hint << "\n";
    return static_cast<int>(session.status());
  }
  if (auto done = session->refresh_credentials(); !done) {
    std::cerr << done.error().message << "\nhint: " << done.error().hint << "\n";
    return static_cast<int>(done.status());
  }
  std::cout << "Client credentials authentication successful. Access token id: " << session->credentials()->id << "\n";
}
