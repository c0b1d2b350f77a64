#include <authhost/session.hpp>

#include <iostream>

int main(int, char** argv) {
  auto session = authhost::Session::open(
      {.endpoint = "api.example.com", .authenticator = "consumer", .storage = "memory", .plugin_directories = {argv[1]}});
  if (!session) {
    std::cerr << session.error().message << "\n";
    return 1;
  }
  if (auto done = session->refresh_credentials(); !done) {
    std::cerr << done.error().message << "\n";
    return 1;
  }
  std::cout << session->credentials()->access_token.reveal() << "\n";
}
