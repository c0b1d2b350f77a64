#include <authhost/testing.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace {

bool all_well = true;
void check(bool holds, const char* what) {
  if (!holds) std::fprintf(stderr, "not so: %s\n", what);
  all_well = all_well && holds;
}

}  // namespace

int main() {
  using authhost::Status;
  authhost::testing::FakeHost host(authhost_plugin_v1);
  const auto nothing = host.refresh();
  check(nothing.status() == Status::denied, "where nothing is configured the answer is no");

  host.settings["metadata_url"] = std::string("https://metadata.example.com/token");
  host.settings["command"] = std::vector<std::string>{"get-token"};
  host.process.output = "from-command\n";
  host.answer("{}", 404);
  const auto third = host.refresh();
  check(third.ok() && third->access_token.reveal() == "from-command", "the first place that has a token gives it");

  host.process.exit_code = 4;
  host.process.error_tail = "no key";
  host.answer("<html>");
  const auto none = host.refresh();
  check(!none.ok(), "none has one");
  for (const char* cause : {"setting: not configured", "metadata: https://metadata.example.com/token answered no JSON", "command: get-token ended with 4: no key"}) {
    check(!none.ok() && none.error().message.find(cause) != std::string::npos, cause);
  }
  host.fail_http(Status::unavailable);
  check(host.refresh().status() == Status::unavailable, "a place that is down is no refusal");

  host.settings["token_file"] = std::string("/nowhere/token");
  const auto words = host.refresh();
  check(!words.ok() && words.error().message.find("/nowhere/token") != std::string::npos, "what the host says of a failure is kept");
  host.settings.erase("token_file");

  host.settings["token"] = std::string("here");
  const auto first = host.refresh();
  check(first.ok() && first->access_token.reveal() == "here" && host.requests.size() == 4, "who comes first is not passed over");
  return all_well ? 0 : 1;
}
