#include "core/config/explain.hpp"

#include "sandbox.hpp"

using namespace authhost::config;

namespace {

std::string text(const std::vector<ExplainRow>& rows, const std::string& file) {
  std::string all;
  for (const auto& row : rows) {
    std::string source = row.source;
    if (source.compare(0, file.size(), file) == 0) source.replace(0, file.size(), "FILE");
    all += row.key + " = " + row.value + " # " + source + "\n";
  }
  return all;
}

}  // namespace

TEST_CASE("O73 config show lists every value with its source and no secret") {
  Sandbox box;
  const std::string file = box.user(R"(default_profile = "prod"
[plugins]
directories = ["/opt/plugins"]
[profiles.prod]
endpoint = "dns:///flyte.example.com"
authenticator = "client_credentials"
http_proxy = "http://user:c4n4ry@proxy:3128"
refresh_timeout = "90s"
proxy_authenticator = { authenticator = "command", client = { client_id = "p" }, settings = { token = "c4n4ry", command = ["a", "b"] } }
[profiles.prod.client]
scopes = ["openid", "all"]
[profiles.prod.settings]
client_secret = "c4n4ry"
client_secret_env = "SECRET"
retries = 3
quiet = true
)");
  const auto config = box.load();
  REQUIRE(config.ok());
  CHECK(text(explain(*config), file) ==
        "default_profile = prod # FILE:1\n"
        "plugins.directories = /opt/plugins # FILE:3\n"
        "plugins.policy = any # built-in\n");
  CHECK(text(explain(*config->profile("")), file) ==
        "endpoint = dns:///flyte.example.com # FILE:5\n"
        "authenticator = client_credentials # FILE:6\n"
        "discovery = none # built-in\n"
        "issuer =  # built-in\n"
        "insecure = false # built-in\n"
        "insecure_skip_verify = false # built-in\n"
        "ca_cert_file =  # built-in\n"
        "http_proxy = http://[redacted]@proxy:3128 # FILE:7\n"
        "storage = auto # built-in\n"
        "allow_insecure_http = false # built-in\n"
        "runtime_cache = true # built-in\n"
        "account =  # built-in\n"
        "refresh_timeout = 1m30s # FILE:8\n"
        "client.token_endpoint =  # built-in\n"
        "client.authorization_endpoint =  # built-in\n"
        "client.device_authorization_endpoint =  # built-in\n"
        "client.redirect_uri =  # built-in\n"
        "client.client_id =  # built-in\n"
        "client.scopes = [\"openid\", \"all\"] # FILE:11\n"
        "client.audience =  # built-in\n"
        "client.header_key = authorization # built-in\n"
        "settings.client_secret = [redacted] # FILE:13\n"
        "settings.client_secret_env = SECRET # FILE:14\n"
        "settings.quiet = true # FILE:16\n"
        "settings.retries = 3 # FILE:15\n"
        "proxy_authenticator.authenticator = command # FILE:9\n"
        "proxy_authenticator.client.client_id = p # FILE:9\n"
        "proxy_authenticator.settings.command = [\"a\", \"b\"] # FILE:9\n"
        "proxy_authenticator.settings.token = [redacted] # FILE:9\n");
}

TEST_CASE("a setting whose value came out of a file is not shown, whatever its name") {
  Sandbox box;
  box.write("home/.config/authhost/s", "c4n4ry");
  const auto profile = box.profile("[profiles.p]\nendpoint = \"f\"\n[profiles.p.settings]\nharmless = \"${file:s}\"\n");
  REQUIRE(profile.ok());
  CHECK(explain(*profile).back().value == "[redacted]");
}

TEST_CASE("a source is shown as people know it") {
  CHECK(Source{}.text() == "built-in");
  CHECK(Source{Layer::user, "/a/config.toml", 12}.text() == "/a/config.toml:12");
  CHECK(Source{Layer::system, "/a/config.toml"}.text() == "/a/config.toml");
  CHECK(Source{Layer::environment, "AUTHHOST_PROFILE"}.text() == "$AUTHHOST_PROFILE");
  CHECK(Source{Layer::flag, "--profile"}.text() == "--profile");
  CHECK(Source{Layer::program, "SessionOptions::endpoint"}.text() == "SessionOptions::endpoint");
}

TEST_CASE("default_profile is shown as the files say it, whatever was chosen instead") {
  Sandbox box;
  const std::string file = box.user("default_profile = \"a\"\n[profiles.a]\nendpoint = \"x\"\n[profiles.b]\nendpoint = \"y\"\n");
  auto options = box.options();
  options.profile = "b";
  const auto config = load(options);
  REQUIRE(config.ok());
  CHECK(config->default_profile == "b");
  CHECK(text({explain(*config).front()}, file) == "default_profile = a # FILE:1\n");
}
