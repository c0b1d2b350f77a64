#include <authhost/testing.hpp>

#include <cstdio>

// Linked together with api_key.cpp: the plugin's symbol is in this program.
int main() {
  authhost::testing::FakeHost host(authhost_plugin_v1);
  host.settings["api_key"] = std::string("k-1");
  host.settings["url"] = std::string("https://keys.example.com/exchange");

  host.answer(R"({"token":"t-1","ttl":60})");
  const auto credentials = host.refresh();
  const bool got_it = credentials.ok() && credentials->access_token.reveal() == "t-1";
  const bool sent_it = host.requests.size() == 1 && host.requests[0].headers["authorization"] == "Key k-1";

  host.answer("{}", 403);
  const bool refused = host.refresh().status() == authhost::Status::denied;

  host.fail_http(authhost::Status::unavailable);
  const bool down = host.refresh().status() == authhost::Status::unavailable;

  host.answer(R"({"token":"two words"})");
  const bool odd = host.refresh().status() == authhost::Status::protocol;

  if (got_it && sent_it && refused && down && odd) return 0;
  std::fprintf(stderr, "got %d, sent %d, refused %d, down %d, odd %d\n", got_it, sent_it, refused, down, odd);
  return 1;
}
