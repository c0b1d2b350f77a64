// However many ask, in however many processes: one request.
#include "support/cli.hpp"
#include "support/demo_idp.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <vector>

using namespace authhost::test;

namespace {

constexpr std::size_t kProcesses = 64;

std::string service_profile(const DemoIdp& idp) {
  ProfileText text;
  text.authenticator = "client_credentials";
  text.issuer = idp.issuer();
  text.client_id = "demo-service";
  text.scopes = {};
  text.settings = "client_secret_env = \"DEMO_SECRET\"";
  return text.toml();
}

std::vector<Finished> run_all(const Cli& cli, const std::vector<std::string>& arguments) {
  const RunOptions options{.env = {"DEMO_SECRET=demo-secret"}, .deadline = std::chrono::seconds(240)};
  std::vector<Child> children;
  for (std::size_t i = 0; i < kProcesses; ++i) children.push_back(cli.start(arguments, options));
  std::vector<Finished> finished;
  for (auto& child : children) finished.push_back(child.wait(options.deadline));
  return finished;
}

std::set<std::string> outputs(const std::vector<Finished>& finished, int status) {
  std::set<std::string> different;
  for (const auto& one : finished) {
    INFO(one.err);
    CHECK(one.status == status);
    different.insert(one.out);
  }
  return different;
}

}  // namespace

TEST_CASE("64 processes without a token make one token request and print the same token") {
  const DemoIdp idp;
  const TempHome home;
  home.write_config(service_profile(idp));
  idp.control({{"token", {{"delay_ms", 50}}}});
  const auto tokens = outputs(run_all(Cli(home), {"token"}), 0);
  CHECK(tokens.size() == 1);
  CHECK(idp.count("/token") == 1);
}

TEST_CASE("64 processes with an expired token and a rotating refresh token make one token request") {
  const DemoIdp idp;
  const TempHome home;
  ProfileText text;
  text.authenticator = "device_code";
  text.issuer = idp.issuer();
  text.settings = "open_browser = false\nqr = false";
  home.write_config(text.toml());
  const Cli cli(home);
  idp.control({{"device", {{"auto", "approve"}}}, {"access_token", {{"ttl", 1}}}});
  REQUIRE(cli.run({"login"}).status == 0);
  idp.control({{"access_token", {{"ttl", 300}}}, {"token", {{"delay_ms", 50}}}, {"expire_access_tokens", true}});
  idp.clear_log();
  // A life of one second is over, or so near its end that the margin counts it as over, before the first of them reads it.
  REQUIRE(idp.count("/token") == 0);
  const auto tokens = outputs(run_all(cli, {"token", "--min-ttl", "30s"}), 0);
  CHECK(tokens.size() == 1);
  CHECK(idp.count("/token") == 1);
  CHECK(idp.api_status(tokens.begin()->substr(0, tokens.begin()->size() - 1)) == 200);
}

TEST_CASE("64 processes whose refresh fails all say why, and those that waited for it ask nobody") {
  const DemoIdp idp;
  const TempHome home;
  home.write_config(service_profile(idp));
  // Held until the others have come: each of them overlaps with this request.
  idp.control({{"token", {{"delay_ms", 4000}, {"status", 400}, {"error", "invalid_client"},
                          {"error_description", "the account is closed"}}}});
  const auto finished = run_all(Cli(home), {"token"});
  for (const auto& one : finished) {
    CHECK(one.status == 5);
    CHECK(one.err.find("the account is closed") != std::string::npos);
  }
  CHECK(idp.count("/token") <= 4);  // a process that came after the failure was written asks for itself
}
