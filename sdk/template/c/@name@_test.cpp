// The plugin in a scripted host. Both are in this program: its symbol is the plugin's own.
#include <authhost/testing.hpp>

#include <cstdio>

int main() {
  authhost::testing::FakeHost host(authhost_plugin_v1);
  const bool missed = host.refresh().status() == authhost::Status::invalid_config;

  host.settings["token"] = std::string("t-1");
  const auto credentials = host.refresh();
  const bool got_it = credentials.ok() && credentials->access_token.reveal() == "t-1";

  if (missed && got_it) return 0;
  std::fprintf(stderr, "missed %d, got %d\n", missed, got_it);
  return 1;
}
