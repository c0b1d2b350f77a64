#include "core/config/options.hpp"

#include "core/config/session_key.hpp"

#include "sandbox.hpp"

using namespace authhost::config;
using authhost::SessionOptions;
using authhost::Status;

TEST_CASE("what a program says becomes the profile that a file with the same words would make") {
  Sandbox box;
  const auto from_file = box.profile(
      "[profiles.p]\nendpoint = \"foo.com\"\nauthenticator = \"pkce\"\nissuer = \"https://login\"\n"
      "storage = \"memory\"\naccount = \"me\"\n[profiles.p.client]\nclient_id = \"cli\"\n"
      "scopes = [\"openid\"]\nheader_key = \"X-Auth\"\n[profiles.p.settings]\ntimeout = \"120s\"\n");
  const auto profile = profile_from_options(
      {.endpoint = "foo.com",
       .authenticator = "pkce",
       .client_config = {.issuer = "https://login", .client_id = "cli", .header_key = "X-Auth", .scopes = {"openid"}},
       .settings = {{"timeout", "120s"}},
       .storage = "memory",
       .account = "me"});
  REQUIRE(from_file.ok());
  REQUIRE(profile.ok());
  CHECK(session_key(*profile, Role::main).text == session_key(*from_file, Role::main).text);
  CHECK(profile->storage == Storage::memory);
  CHECK(profile->client.header_key == "x-auth");
  CHECK(profile->issuer == "https://login");
  CHECK(std::get<std::string>(profile->settings.at("timeout").value) == "120s");
  CHECK(profile->sources.at("endpoint").layer == Layer::program);
}

TEST_CASE("what a program says wrongly is refused like in a file, by its member's name") {
  struct Bad {
    SessionOptions options;
    const char* message;
  };
  for (const Bad& bad :
       {Bad{{.endpoint = "foo", .discovery = "flite"}, "option discovery: `discovery` must be one of"},
        Bad{{.endpoint = "foo", .storage = "disk"}, "option storage: `storage` must be one of"},
        Bad{{.endpoint = "http://foo"}, "option endpoint: the endpoint is http://"},
        Bad{{}, "the session has no endpoint"},
        Bad{{.endpoint = "foo", .discovery = "oidc"},
            "option discovery: discovery = \"oidc\" needs an issuer"},
        Bad{{.endpoint = "foo", .ca_cert_file = "/none"}, "option ca_cert_file: `ca_cert_file` /none"},
        Bad{{.endpoint = "foo", .client_config = {.header_key = "a\nb"}}, "option client_config.header_key: "},
        Bad{{.endpoint = "foo", .refresh_timeout = std::chrono::milliseconds(0)},
            "option refresh_timeout: "}}) {
    INFO(bad.message);
    const auto profile = profile_from_options(bad.options);
    REQUIRE_FALSE(profile.ok());
    CHECK(profile.status() == Status::invalid_config);
    CHECK(profile.error().message.find(bad.message) == 0);
    CHECK_FALSE(profile.error().hint.empty());
  }
}

TEST_CASE("a program's strings are taken literally") {
  const auto profile =
      profile_from_options({.endpoint = "foo", .settings = {{"x", "${file:/etc/hostname}"}}, .account = "${env:HOME}"});
  REQUIRE(profile.ok());
  CHECK(profile->account == "${env:HOME}");
  CHECK(std::get<std::string>(profile->settings.at("x").value) == "${file:/etc/hostname}");
}

TEST_CASE("a program's plugin directories are under the system's policy, and no other file counts") {
  Sandbox box;
  box.system("[plugins]\npolicy = \"allowlist\"\ndirectories = [\"/opt/system\"]\n");
  box.user("this is not TOML");
  const auto plugins = plugins_from_options({.plugin_directories = {"mine", "/opt/system"}}, box.options());
  REQUIRE(plugins.ok());
  CHECK(plugins->policy == PluginPolicy::allowlist);
  CHECK(plugins->directories == std::vector<std::string>{"/opt/system", box.path("work/mine")});
}
