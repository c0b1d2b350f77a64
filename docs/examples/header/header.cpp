#include <authhost/session.hpp>

#include <iostream>

int report(const authhost::Error& error) {
  std::cerr << error.message << "\nhint: " << error.hint << "\n";
  return static_cast<int>(error.status);
}

int main() {
  auto session = authhost::Session::for_profile("prod");
  if (!session) return report(session.error());
  if (auto ready = session->refresh_credentials(); !ready) return report(ready.error());
  const auto& header = session->auth_metadata();  // fresh from now on, and never blocks
  std::cout << header.header_key << " is set\n";
}
