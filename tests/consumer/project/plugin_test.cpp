#include <authhost/testing.hpp>

#include <cstdlib>

int main() {
  authhost::testing::FakeHost host(authhost::testing::load_plugin(PLUGIN));
  const auto credentials = host.refresh();
  return credentials && credentials->access_token.reveal() == "token-of-the-consumer" ? EXIT_SUCCESS : EXIT_FAILURE;
}
