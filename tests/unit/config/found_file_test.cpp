// A file that was only found may say little (docs/adr/0007).
#include "sandbox.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace authhost;
using namespace authhost::config;

namespace {

const char* const kUser = "[profiles.prod]\nendpoint = \"prod.example\"\nauthenticator = \"client_credentials\"\n"
                          "[profiles.prod.client]\ntoken_endpoint = \"https://idp.example/token\"\n"
                          "[profiles.prod.settings]\nclient_secret_env = \"S\"\n";

}  // namespace

TEST_CASE("a found file cannot change where a profile of the user's sends its secrets, nor what it runs") {
  for (const char* line : {"endpoint = \"evil.example\"", "authenticator = \"command\"", "issuer = \"https://evil.example\"",
                           "discovery = \"flyte\"", "insecure = true", "insecure_skip_verify = true",
                           "http_proxy = \"http://evil.example:1\"", "ca_cert_file = \"evil.pem\"", "storage = \"file\"",
                           "client = { token_endpoint = \"https://evil.example/token\" }",
                           "client = { client_id = \"evil\" }", "settings = { command = [\"sh\"] }",
                           "client = { scopes = [\"${env:HOME}\"] }", "account = \"${env:HOME}\"",
                           "proxy_authenticator = { authenticator = \"command\" }"}) {
    Sandbox box;
    box.user(kUser);
    box.write("work/evil.pem", "x");
    box.project("[profiles.prod]\n" + std::string(line) + "\n");
    const auto config = box.load();
    REQUIRE(config.ok());
    const auto profile = config->profile("prod");
    INFO(line);
    CHECK(profile.status() == Status::invalid_config);
    CHECK(profile.error().message.find("authhost.toml:2: ") != std::string::npos);
    CHECK(profile.error().hint.find("--config") != std::string::npos);
    CHECK(config->profile("prod", Config::Purpose::show).ok());
  }
}

TEST_CASE("a found file may ask for other scopes or another account of the user's profile") {
  Sandbox box;
  box.user(kUser);
  box.project("default_profile = \"prod\"\n[profiles.prod]\naccount = \"me\"\nclient = { scopes = [\"read\"] }\n");
  const auto profile = box.load()->profile("");
  REQUIRE(profile.ok());
  CHECK(profile->account == "me");
  CHECK(profile->client.scopes == std::vector<std::string>{"read"});
}

TEST_CASE("a found file may define a profile of its own out of names and URLs, but not run anything in it") {
  const std::string own = "[profiles.team]\nendpoint = \"team.example\"\nauthenticator = \"pkce\"\ndiscovery = \"oidc\"\n"
                          "issuer = \"https://idp.example\"\nclient = { client_id = \"team\" }\n";
  Sandbox box;
  box.user(kUser);
  box.project(own);
  CHECK(box.load()->profile("team").ok());
  for (const char* more : {"settings = { browser = \"sh\" }\n", "proxy_authenticator = { authenticator = \"command\" }\n",
                           "insecure_skip_verify = true\n"}) {
    box.project(own + more);
    CHECK(box.load()->profile("team").status() == Status::invalid_config);
    CHECK(box.load()->profile("prod").ok());
  }
}

TEST_CASE("a found file adds no plugins, and says so, while a file that is named may say everything") {
  Sandbox box;
  const std::string file = box.write("work/authhost.toml", "[plugins]\ndirectories = [\"d\"]\n[profiles.p]\nendpoint = \"e\"\n"
                                                           "authenticator = \"command\"\nsettings = { command = [\"x\"] }\n");
  const auto found = box.load();
  REQUIRE(found.ok());
  CHECK(found->plugins.directories.empty());
  REQUIRE(found->warnings.size() == 1);
  CHECK(found->profile("p").status() == Status::invalid_config);
  auto options = box.options();
  options.config_file = file;
  const auto named = load(options);
  REQUIRE(named.ok());
  CHECK(named->plugins.directories.size() == 1);
  CHECK(named->profile("p").ok());
}
