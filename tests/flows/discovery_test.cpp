// What the server says about itself, and what is configured instead: which addresses are used, which are not.
#include "harness.hpp"

#include <catch2/catch.hpp>

using namespace authhost::test;

namespace {

Finished ask(const Json& discovery_fault, ProfileText profile = service_profile()) {
  const TempHome home;
  home.write_config(profile.toml());
  provider().reset();
  provider().control({{"discovery", discovery_fault}});
  return Cli(home).run({"token"}, {.env = {kSecret}});
}

Finished ask_with(const std::string& issuer, const std::string& client_lines = "", bool insecure = true) {
  const TempHome home;
  auto profile = service_profile();
  profile.issuer = issuer;
  profile.client = client_lines;
  auto toml = profile.toml();
  if (!insecure) toml.replace(toml.find("allow_insecure_http = true"), 26, "allow_insecure_http = false");
  home.write_config(toml);
  provider().reset();
  return Cli(home).run({"token"}, {.env = {kSecret}});
}

}  // namespace

TEST_CASE("O12 metadata of another issuer is refused, and its token endpoint is not used") {
  for (const Json& issuer : {Json("https://evil.example"), Json(provider().issuer() + "/"), Json(provider().issuer() + "/tenant"),
                             Json("HTTP" + provider().issuer().substr(4)), Json(""), Json(nullptr), Json(5),
                             Json(provider().issuer() + " "), Json("\x1b[31mred")}) {
    INFO(issuer.dump());
    failed(ask({{"set", {{"issuer", issuer}}}}), 7);
    CHECK(provider().count("/token") == 0);
  }
  failed(ask({{"omit", {"issuer"}}}), 7);
}

TEST_CASE("O13 an endpoint in the metadata that must not be used is refused, and nothing is sent") {
  const auto port = std::to_string(provider().port());
  for (const char* name : {"token_endpoint", "authorization_endpoint", "device_authorization_endpoint", "revocation_endpoint",
                           "userinfo_endpoint", "jwks_uri"}) {
    for (const std::string& url : std::vector<std::string>{"http://evil.example/token", std::string("file:///etc/passwd"), std::string("ftp://127.0.0.1/token"),
                                   "http://user:pass@127.0.0.1:" + port + "/token", "http://127.0.0.1.evil.example:" + port + "/token",
                                   "http://127.0.0.1@evil.example/token", std::string("javascript:alert(1)"), std::string("//127.0.0.1/token"),
                                   std::string("/token"), "http://127.0.0.1:" + port + "/to ken", "http://127.0.0.1:" + port + "/\r\nX: 1",
                                   "http://2130706433:" + port + "/token", std::string("http://[::ffff:8.8.8.8]/token"), std::string("http://")}) {
      if (std::string(name) != "token_endpoint" && url[0] != 'h') continue;  // the rule is one; its corners once
      INFO(name << " " << url);
      failed(ask({{"set", {{name, url}}}}), 7);
      CHECK(provider().count("/token") == 0);
    }
    INFO(name);
    failed(ask({{"set", {{name, 5}}}}), 7);
  }
}

TEST_CASE("O16 a redirect of the discovery is not followed, and named") {
  for (const int status : {301, 302, 307, 308}) {
    const auto done = ask({{"redirect", provider().url("/api?canary-query")}, {"status", status}});
    const auto message = failed(done, {6, 7});
    CHECK(contains(message, provider().url("/api")));
    CHECK_FALSE(contains(message, "canary-query"));
    CHECK(provider().count("/api") == 0);
    CHECK(provider().count("/token") == 0);
  }
  failed(ask({{"redirect", "file:///etc/passwd"}}), {6, 7});
}

TEST_CASE("O43 a page of HTML in place of the metadata is summarised") {
  std::string page = "<html><head><title>Captive portal</title></head><body>";
  for (int i = 0; i < 2'000; ++i) page += "<p>Pay here</p>";
  const auto done = ask({{"body", page}, {"content_type", "text/html"}});
  CHECK(contains(failed(done, 7), "Captive portal"));
  CHECK(done.err.size() < 700);
  CHECK(provider().count("/token") == 0);
}

TEST_CASE("O42 metadata that is no plain JSON object is refused") {
  for (const std::string& body : {std::string("[]"), std::string("null"), std::string(), std::string("{"), std::string("{\"issuer\":\"a\",\"issuer\":\"b\"}"),
                                  std::string(40, '[') + std::string(40, ']')}) {
    INFO(body);
    failed(ask({{"body", body}}), 7);
  }
  failed(ask({{"endless", "body"}}), {6, 7});
  failed(ask({{"endless", "headers"}}), {6, 7});
  failed(ask({{"raw", "SSH-2.0-x\r\n"}}), {6, 7});
  failed(ask({{"set", {{"code_challenge_methods_supported", "S256"}}}}), {0, 7});
}

TEST_CASE("a discovery that is in trouble is 6, one that does not exist 7") {
  failed(ask({{"status", 503}}), 6);
  failed(ask({{"drop", "before"}}), 6);
  failed(ask({{"status", 404}, {"body", "no"}, {"content_type", "text/plain"}}), 7);
  failed(ask({{"status", 403}}), 7);
  CHECK(provider().count("/token") == 0);
}

TEST_CASE("the metadata of RFC 8414 serves where OpenID Connect's is missing") {
  const auto done = ask({{"path", "/.well-known/openid-configuration"}, {"status", 404}});
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(provider().count("/.well-known/oauth-authorization-server") == 1);
}

TEST_CASE("O13 a configured address that must not be used is 3, and no request is made") {
  const auto port = std::to_string(provider().port());
  const std::vector<std::string> bad = {"file:///etc/passwd", "ftp://127.0.0.1/x", "http://user:pass@127.0.0.1:" + port + "/token",
                                        "https://user@127.0.0.1/token", "http://127.0.0.1.evil.example:" + port + "/token",
                                        "http://localhost.evil.example/token", "http://evil.example/token", "127.0.0.1:" + port + "/token",
                                        "localhost/token", "//127.0.0.1/token", "http:/127.0.0.1/token", "javascript:alert(1)",
                                        "http://127.0.0.1:" + port + "\\@evil.example/token", "http://0x7f.1:" + port + "/token"};
  for (const auto& url : bad) {
    std::string toml;
    for (const char c : url) toml += c == '\\' ? "\\\\" : std::string(1, c);
    for (const char* name : {"token_endpoint", "authorization_endpoint", "device_authorization_endpoint"}) {
      INFO(name << " " << url);
      const auto done = ask_with(provider().issuer(), std::string(name) + " = \"" + toml + "\"\n");
      failed(done, 3);
      CHECK_FALSE(contains(done.err, "user:pass"));
      CHECK(provider().log().empty());
    }
    INFO("issuer " << url);
    failed(ask_with(toml), 3);
    CHECK(provider().log().empty());
  }
}

TEST_CASE("O13 http needs the key that allows it, even on loopback") {
  auto message = failed(ask_with(provider().issuer(), "", false), 3);
  CHECK(contains(message, "http://"));
  CHECK(provider().log().empty());
  failed(ask_with(provider().issuer(), "token_endpoint = \"" + provider().url("/token") + "\"\n", false), 3);
  CHECK(provider().log().empty());
}

TEST_CASE("what is configured wins over what is discovered") {
  const TempHome home;
  auto profile = service_profile();
  profile.client = "token_endpoint = \"" + provider().url("/token") + "\"\n";
  home.write_config(profile.toml());
  provider().control({{"discovery", {{"set", {{"token_endpoint", "https://127.0.0.1:1/token"}}}}}});
  CHECK(Cli(home).run({"token"}, {.env = {kSecret}}).status == 0);
}

TEST_CASE("discovery = none asks nobody but the token endpoint") {
  const TempHome home;
  auto profile = service_profile();
  profile.issuer.clear();
  profile.profile = "discovery = \"none\"\n";
  profile.client = "token_endpoint = \"" + provider().url("/token") + "\"\n";
  home.write_config(profile.toml());
  REQUIRE(Cli(home).run({"token"}, {.env = {kSecret}}).status == 0);
  CHECK(provider().log().size() == 1);
}

TEST_CASE("a Flyte service's metadata is held to the same rules") {
  const TempHome home;
  auto profile = service_profile();
  profile.issuer.clear();
  profile.endpoint = "127.0.0.1:" + std::to_string(provider().port());
  profile.profile = "discovery = \"flyte\"\ninsecure = true\n";
  home.write_config(profile.toml());
  const Cli cli(home);
  const auto asked = [&](const Json& settings) {
    provider().reset();
    provider().control(settings);
    return cli.run({"token", "--refresh"}, {.env = {kSecret}});
  };
  CHECK(asked(Json::object()).status == 0);
  for (const char* url : {"http://evil.example/token", "file:///etc/passwd", "ftp://x/y"}) {
    INFO(url);
    TempHome fresh;
    fresh.write_config(profile.toml());
    provider().reset();
    provider().control({{"flyte_metadata", {{"set", {{"tokenEndpoint", url}}}}}});
    failed(Cli(fresh).run({"token"}, {.env = {kSecret}}), 7);
    CHECK(provider().count("/token") == 0);
  }
  for (const char* key : {"x-evil: 1\r\nx", "a b", "é", ":authority"}) {
    INFO(key);
    TempHome fresh;
    fresh.write_config(profile.toml());
    provider().reset();
    provider().control({{"flyte_client", {{"set", {{"authorizationMetadataKey", key}}}}}});
    failed(Cli(fresh).run({"token"}, {.env = {kSecret}}), 7);
  }
}
