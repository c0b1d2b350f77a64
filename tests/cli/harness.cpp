#include "harness.hpp"

#define CATCH_CONFIG_EXTERNAL_INTERFACES
#include <catch2/catch.hpp>

#include <algorithm>
#include <optional>

namespace authhost::test {

Said said(const Finished& finished) {
  INFO(finished.err);
  REQUIRE(std::count(finished.err.begin(), finished.err.end(), '\n') == 2);
  REQUIRE(finished.err.starts_with("authhost: "));
  const auto second = finished.err.find("\nhint: ");
  REQUIRE(second != std::string::npos);
  return {finished.err.substr(10, second - 10), finished.err.substr(second + 7, finished.err.size() - second - 8)};
}

namespace {

std::optional<DemoIdp> g_provider;

struct ResetProvider : Catch::TestEventListenerBase {
  using TestEventListenerBase::TestEventListenerBase;
  void testCaseStarting(const Catch::TestCaseInfo&) override {
    if (g_provider) g_provider->reset();
  }
  void testRunEnded(const Catch::TestRunStats&) override { g_provider.reset(); }
};
CATCH_REGISTER_LISTENER(ResetProvider)

}  // namespace

const DemoIdp& provider() {
  if (!g_provider) g_provider.emplace();
  return *g_provider;
}

Finished run_in(const TempHome& home, const std::vector<std::string>& changes, std::vector<std::string> arguments) {
  ChildOptions options;
  options.argv = {"env"};
  options.argv.insert(options.argv.end(), changes.begin(), changes.end());
  options.argv.push_back(Cli::program());
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  options.env = home.env();
  options.directory = home.path("home");
  return Child(options).wait();
}

ProfileText service_profile() {
  ProfileText profile;
  profile.authenticator = "client_credentials";
  profile.issuer = provider().issuer();
  profile.client_id = "demo-service";
  profile.scopes = {"all"};
  profile.settings = "client_secret_env = \"DEMO_SECRET\"\n";
  return profile;
}

ProfileText device_profile() {
  ProfileText profile;
  profile.authenticator = "device_code";
  profile.issuer = provider().issuer();
  profile.scopes = {"openid", "offline_access", "profile", "email"};
  return profile;
}

ProfileText command_profile(const std::string& command) {
  ProfileText profile;
  profile.authenticator = "command";
  profile.settings = "command = " + command + "\n";
  return profile;
}

}  // namespace authhost::test
