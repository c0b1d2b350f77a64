#include "sandbox.hpp"

#include <algorithm>

using namespace authhost::config;
using authhost::Status;

namespace {

std::string where(const Profile& profile, const std::string& key) { return profile.sources.at(key).text(); }

}  // namespace

TEST_CASE("later layers win, key by key, and every value remembers the line that said it") {
  Sandbox box;
  const std::string system = box.system(
      "[profiles.prod]\nendpoint = \"system.com\"\nstorage = \"file\"\naccount = \"system\"\n"
      "[profiles.prod.client]\nclient_id = \"system\"\naudience = \"system\"\n");
  const std::string user = box.user(
      "[profiles.prod]\naccount = \"user\"\nendpoint = \"user.com\"\n[profiles.prod.client]\n"
      "client_id = \"user\"\n[profiles.prod.settings]\ntimeout = \"5m\"\n");
  const std::string project = box.project("[profiles.prod]\n\nendpoint = \"project.com\"\n");
  const auto config = box.load();
  REQUIRE(config.ok());
  REQUIRE(config->files.size() == 3);
  CHECK(config->files[0].text() == system);
  CHECK(config->files[1].text() == user);
  CHECK(config->files[2].text() == project);
  const auto profile = config->profile("prod", Config::Purpose::show);
  REQUIRE(profile.ok());
  CHECK(profile->endpoint == "project.com");
  CHECK(where(*profile, "endpoint") == project + ":3");
  CHECK(profile->account == "user");
  CHECK(where(*profile, "account") == user + ":2");
  CHECK(profile->storage == Storage::file);
  CHECK(where(*profile, "storage") == system + ":3");
  CHECK(profile->client.client_id == "user");
  CHECK(where(*profile, "client.client_id") == user + ":5");
  CHECK(profile->client.audience == "system");
  CHECK(where(*profile, "settings.timeout") == user + ":7");
  CHECK(profile->sources.at("endpoint").layer == Layer::project);
  CHECK(profile->sources.count("issuer") == 0);
}

TEST_CASE("every key of a profile is read") {
  Sandbox box;
  box.write("home/.config/authhost/ca.pem", "x");
  const auto profile = box.profile(R"(
default_profile = "prod"
[profiles.prod]
endpoint = "dns:///flyte.example.com"
authenticator = "pkce"
discovery = "oidc"
issuer = "https://login"
insecure = true
insecure_skip_verify = true
ca_cert_file = "ca.pem"
http_proxy = "http://proxy:3128"
storage = "secret-service"
allow_insecure_http = true
runtime_cache = false
account = "work"
refresh_timeout = "1m30s"
[profiles.prod.client]
token_endpoint = "https://t"
authorization_endpoint = "https://a"
device_authorization_endpoint = "https://d"
redirect_uri = "http://127.0.0.1/cb"
client_id = "id"
scopes = ["openid", "all"]
audience = "aud"
header_key = "Flyte-Authorization"
[profiles.prod.settings]
text = "t"
number = 7
switch = true
list = ["a", "b"]
)");
  REQUIRE(profile.ok());
  CHECK(profile->name == "prod");
  CHECK(profile->endpoint == "dns:///flyte.example.com");
  CHECK(profile->authenticator == "pkce");
  CHECK(profile->discovery == Discovery::oidc);
  CHECK(profile->issuer == "https://login");
  CHECK(profile->client.issuer == "https://login");
  CHECK(profile->insecure);
  CHECK(profile->insecure_skip_verify);
  CHECK(profile->ca_cert_file == box.path("home/.config/authhost/ca.pem"));
  CHECK(profile->http_proxy == "http://proxy:3128");
  CHECK(profile->storage == Storage::secret_service);
  CHECK(profile->allow_insecure_http);
  CHECK_FALSE(profile->runtime_cache);
  CHECK(profile->account == "work");
  CHECK(profile->refresh_timeout == std::chrono::seconds(90));
  CHECK(profile->client.token_endpoint == "https://t");
  CHECK(profile->client.authorization_endpoint == "https://a");
  CHECK(profile->client.device_authorization_endpoint == "https://d");
  CHECK(profile->client.redirect_uri == "http://127.0.0.1/cb");
  CHECK(profile->client.client_id == "id");
  CHECK(profile->client.scopes == std::vector<std::string>{"openid", "all"});
  CHECK(profile->client.audience == "aud");
  CHECK(profile->client.header_key == "flyte-authorization");
  CHECK(std::get<std::string>(profile->settings.at("text").value) == "t");
  CHECK(std::get<std::int64_t>(profile->settings.at("number").value) == 7);
  CHECK(std::get<bool>(profile->settings.at("switch").value));
  CHECK(std::get<std::vector<std::string>>(profile->settings.at("list").value) == std::vector<std::string>{"a", "b"});
  CHECK(profile->settings.at("number").source.line == 28);
}

TEST_CASE("the flag --config, and $AUTHHOST_CONFIG after it, replace the user's and the project's file, not the system's") {
  Sandbox box;
  box.system("[profiles.s]\nendpoint = \"s\"\n");
  box.user("[profiles.u]\nendpoint = \"u\"\n");
  box.project("[profiles.p]\nendpoint = \"p\"\n");
  const std::string flag = box.write("other/flag.toml", "[profiles.f]\nendpoint = \"f\"\n");
  box.set("AUTHHOST_CONFIG", box.write("other/env.toml", "[profiles.e]\nendpoint = \"e\"\n"));
  auto names = [](const Config& config) {
    std::string all;
    for (const auto& [name, profile] : config.profiles) all += name;
    return all;
  };
  CHECK(names(*box.load()) == "es");
  auto options = box.options();
  options.config_file = flag;
  CHECK(names(*load(options)) == "fs");
  options.config_file = "../other/flag.toml";
  CHECK(names(*load(options)) == "fs");
  CHECK(load(options)->files.back().file == box.path("work/../other/flag.toml"));
  box.set("AUTHHOST_CONFIG", "");
  CHECK(names(*box.load()) == "psu");
}

TEST_CASE("a file named with --config or $AUTHHOST_CONFIG must exist: the message says who named it") {
  Sandbox box;
  auto options = box.options();
  options.config_file = "none.toml";
  auto missing = load(options);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.status() == Status::invalid_config);
  CHECK(missing.error().message == "--config: " + box.path("work/none.toml") + ": no such file");
  box.set("AUTHHOST_CONFIG", box.path("gone/config.toml"));
  missing = box.load();
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().message.find("$AUTHHOST_CONFIG: ") == 0);
  options.config_file = "";
  CHECK(load(options).status() == Status::invalid_config);
}

TEST_CASE("without any file the configuration is empty, and asking for a profile says what to write where") {
  Sandbox box;
  const auto config = box.load();
  REQUIRE(config.ok());
  CHECK(config->files.empty());
  const auto profile = config->profile("");
  REQUIRE_FALSE(profile.ok());
  CHECK(profile.status() == Status::invalid_config);
  CHECK(profile.error().message == "no profile is configured");
  CHECK(profile.error().hint.find("config.toml") != std::string::npos);
}

TEST_CASE("the profile that is meant: --profile, $AUTHHOST_PROFILE, default_profile, the only one") {
  Sandbox box;
  const std::string two =
      "[profiles.a]\nendpoint = \"a\"\n[profiles.b]\nendpoint = \"b\"\n[profiles.c]\nendpoint = \"c\"\n";
  box.user("[profiles.only]\nendpoint = \"only\"\n");
  CHECK(box.load()->profile("")->name == "only");
  box.user(two);
  const auto none = box.load()->profile("");
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().message == "no profile is chosen: there are a, b, c");
  CHECK(none.error().hint.find("--profile") != std::string::npos);
  const std::string user = box.user("default_profile = \"a\"\n" + two);
  CHECK(box.load()->profile("")->name == "a");
  CHECK(box.load()->default_profile_source.text() == user + ":1");
  box.set("AUTHHOST_PROFILE", "b");
  CHECK(box.load()->profile("")->name == "b");
  CHECK(box.load()->default_profile_source.text() == "$AUTHHOST_PROFILE");
  auto options = box.options();
  options.profile = "c";
  CHECK(load(options)->profile("")->name == "c");
  CHECK(load(options)->default_profile_source.text() == "--profile");
  CHECK(load(options)->profile("a")->name == "a");
  options.profile = "";
  CHECK(load(options).status() == Status::invalid_config);
}

TEST_CASE("an unknown profile is refused with the known ones and the one that was meant") {
  Sandbox box;
  box.user("[profiles.dev]\nendpoint = \"d\"\n[profiles.prod]\nendpoint = \"p\"\n");
  const auto unknown = box.load()->profile("prd");
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.status() == Status::invalid_config);
  CHECK(unknown.error().message == "there is no profile `prd`; known profiles: dev, prod");
  CHECK(unknown.error().hint == "did you mean `prod`?");
  box.set("AUTHHOST_PROFILE", "zzzzzz");
  CHECK(box.load()->profile("").error().message.find("$AUTHHOST_PROFILE: there is no profile") == 0);
}

TEST_CASE("a user's or a project's file may tighten the plugin policy of the system's, never loosen it") {
  Sandbox box;
  const std::string system = box.system("[plugins]\npolicy = \"allowlist\"\n");
  const std::string user = box.user("[plugins]\npolicy = \"any\"\n");
  auto config = box.load();
  REQUIRE(config.ok());
  CHECK(config->plugins.policy == PluginPolicy::allowlist);
  CHECK(config->plugins.sources.at("policy").text() == system + ":2");
  REQUIRE(config->warnings.size() == 1);
  CHECK(config->warnings[0] == user + ":2: `policy` is looser than at " + system + ":2, so it has no effect");
  box.user("[plugins]\npolicy = \"none\"\n");
  CHECK(box.load()->plugins.policy == PluginPolicy::none);
  auto options = box.options();
  options.config_file = box.write("other/flag.toml", "[plugins]\npolicy = \"any\"\n");
  CHECK(load(options)->plugins.policy == PluginPolicy::allowlist);
}

TEST_CASE("the plugin directories of all files count, each relative to its own file") {
  Sandbox box;
  box.system("[plugins]\ndirectories = [\"/opt/plugins\"]\n");
  const std::string user = box.user("[plugins]\ndirectories = [\"plugins.d\", \"~/plugins\", \"/opt/plugins\"]\n");
  const auto config = box.load();
  REQUIRE(config.ok());
  CHECK(config->plugins.directories == std::vector<std::string>{"/opt/plugins",
                                                                box.path("home/.config/authhost/plugins.d"),
                                                                box.path("home/plugins")});
  REQUIRE(config->plugins.directory_sources.size() == 3);
  CHECK(config->plugins.directory_sources[1].text() == user + ":2");
}

TEST_CASE("the proxy's authenticator inherits the service, the store and the network, and nothing of the first flow") {
  Sandbox box;
  const std::string user = box.user(R"(
[profiles.p]
endpoint = "foo.com"
authenticator = "pkce"
discovery = "oidc"
issuer = "https://login"
storage = "file"
account = "me"
http_proxy = "http://proxy:3128"
runtime_cache = false
proxy_authenticator = { authenticator = "command", settings = { command = ["token"] } }
[profiles.p.client]
client_id = "cli"
[profiles.p.settings]
timeout = "5m"
)");
  const auto profile = box.load()->profile("p");
  REQUIRE(profile.ok());
  REQUIRE(profile->proxy_authenticator != nullptr);
  const Profile& proxy = *profile->proxy_authenticator;
  CHECK(proxy.endpoint == "foo.com");
  CHECK(proxy.authenticator == "command");
  CHECK(proxy.storage == Storage::file);
  CHECK(proxy.account == "me");
  CHECK(proxy.http_proxy == "http://proxy:3128");
  CHECK_FALSE(proxy.runtime_cache);
  CHECK(proxy.discovery == Discovery::none);
  CHECK(proxy.issuer.empty());
  CHECK(proxy.client.client_id.empty());
  CHECK(proxy.proxy_authenticator == nullptr);
  CHECK(proxy.settings.size() == 1);
  CHECK(where(proxy, "settings.command") == user + ":11");
  CHECK(where(proxy, "endpoint") == user + ":3");
}

TEST_CASE(
    "a secret that stands in a file itself is allowed, with a warning that names the line and what to use instead") {
  Sandbox box;
  const std::string user = box.user(
      "[profiles.p]\nendpoint = \"f\"\n[profiles.p.settings]\nclient_secret = \"c4n4ry\"\n"
      "client_secret_env = \"X\"\npassword = \"${env:PW}\"\ntoken_type = \"x\"\n");
  const auto config = box.load();
  REQUIRE(config.ok());
  REQUIRE(config->warnings.size() == 1);
  CHECK(config->warnings[0] ==
        user +
            ":4: `client_secret` holds the secret itself: use `client_secret_env`, `client_secret_file` or "
            "`client_secret_command` instead");
}

TEST_CASE("the search lists every place, lowest layer first") {
  Sandbox box;
  auto found = search(box.options());
  REQUIRE(found.ok());
  REQUIRE(found->size() == 3);
  CHECK((*found)[0].path == box.path("etc/config.toml"));
  CHECK((*found)[1].path == box.path("home/.config/authhost/config.toml"));
  CHECK((*found)[2].path == box.path("work/authhost.toml"));
  CHECK(std::none_of(found->begin(), found->end(), [](const Candidate& file) { return file.required; }));
}
