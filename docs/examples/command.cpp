// Takes the token that another program prints. Usage: command
#include <authhost/session.hpp>

#include <iostream>
#include <string>
#include <vector>

int main() {
  auto session = authhost::Session::open({
      .endpoint = "your-flyte-endpoint.com",
      .authenticator = "command",
      .settings = {{"command", std::vector<std::string>{"echo", "my_custom_access_token_from_command"}}},
  });
  if (!session) {
    std::cerr << session.error().message << "\nhint: " << session.error().hint << "\n";
    return static_cast<int>(session.status());
  }
  if (auto done = session->refresh_credentials(); !done) {
    std::cerr << done.error().message << "\nhint: " << done.error().hint << "\n";
    return static_cast<int>(done.status());
  }
  std::cout << "Command authentication successful. Access token: " << session->credentials()->access_token.reveal() << "\n";

  // One header for one call; never blocks.
  const authhost::AuthMetadata& header = session->auth_metadata();
  std::cout << header.header_key << " of the credentials " << header.creds_id << "\n";
}
