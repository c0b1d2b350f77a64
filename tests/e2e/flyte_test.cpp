// The command line, which links no gRPC, against a Flyte server that speaks nothing else.
#include "support/cli.hpp"
#include "support/flyte_server.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace authhost::test {
namespace {

using Json = nlohmann::json;

const DemoIdp& provider() {
  static const DemoIdp idp;
  return idp;
}

// A profile whose endpoints the server has to name.
std::string profile(const FlyteServer& server, const std::string& authenticator, const std::string& more = "") {
  std::string text = "[profiles.demo]\nauthenticator = \"" + authenticator + "\"\nendpoint = \"" + server.target() +
                     "\"\ndiscovery = \"flyte\"\nallow_insecure_http = true\nstorage = \"file\"\n" + more;
  if (authenticator == "client_credentials") {
    text += "[profiles.demo.client]\nclient_id = \"demo-service\"\nscopes = [\"all\"]\n[profiles.demo.settings]\n"
            "client_secret_env = \"DEMO_SECRET\"\n";
  }
  return text;
}

std::string trusting(const FlyteServer& server) { return "ca_cert_file = \"" + server.ca_file() + "\"\n"; }

Finished run(const TempHome& home, std::vector<std::string> words, Terminal terminal = Terminal::none) {
  return Cli(home).run(std::move(words), {.env = {"DEMO_SECRET=demo-secret"}, .terminal = terminal});
}

// The gRPC calls of one procedure; a POST of JSON is none.
Json calls(const FlyteServer& server, const std::string& path) {
  Json found = Json::array();
  for (const auto& call : server.log(path)) {
    if (call["metadata"].value("content-type", "") == "application/grpc") found.push_back(call);
  }
  return found;
}

// Two lines, short, and nothing on stdout.
std::string message_of(const Finished& done) {
  INFO(done.err);
  CHECK(done.out.empty());
  CHECK(std::count(done.err.begin(), done.err.end(), '\n') == 2);
  CHECK(done.err.substr(0, 10) == "authhost: ");
  CHECK(done.err.size() < 1'000);
  return done.err.substr(10, done.err.find('\n') - 10);
}

}  // namespace

TEST_CASE("a token for a server of gRPC alone, over TLS and in plaintext, of today's and the older package") {
  provider().reset();
  for (const auto certificate : {Certificate::good, Certificate::none}) {
    for (const std::string package : {"flyteidl2.auth", "flyteidl.service"}) {
      INFO(package << (certificate == Certificate::none ? " in plaintext" : " over TLS"));
      const std::string other = package == "flyteidl.service" ? "flyteidl2.auth" : "none";
      const FlyteServer server(provider(), {.certificate = certificate, .settings = {{"unimplemented", {other}}}});
      const TempHome home;
      home.write_config(profile(server, "client_credentials",
                                certificate == Certificate::none ? "insecure = true\n" : trusting(server)));
      const auto done = run(home, {"token"});
      INFO(done.err);
      CHECK(done.status == 0);
      CHECK(done.err.empty());
      CHECK(provider().api_status(done.out.substr(0, done.out.size() - 1)) == 200);
      const std::string service = "/" + package + ".AuthMetadataService/";
      CHECK(calls(server, service + "GetOAuth2Metadata").size() == 1);
      CHECK(calls(server, service + "GetPublicClientConfig").size() == 1);
      for (const auto& call : server.log()) CHECK_FALSE(call["metadata"].contains("authorization"));
    }
  }
}

TEST_CASE("whoami asks the IdentityService over gRPC alone, with the header that the server names") {
  provider().reset();
  provider().control({{"device", {{"auto", "approve"}}}, {"flyte", {{"header_key", "flyte-authorization"}}}});
  for (const std::string package : {"flyteidl2.auth", "flyteidl.service"}) {
    INFO(package);
    const std::string other = package == "flyteidl.service" ? "flyteidl2.auth" : "none";
    const FlyteServer server(provider(), {.certificate = Certificate::good, .header_key = "flyte-authorization",
                                          .settings = {{"unimplemented", {other}}}});
    const TempHome home;
    home.write_config(profile(server, "device_code", trusting(server)));
    REQUIRE(run(home, {"login"}, Terminal::person).status == 0);
    const auto done = run(home, {"whoami"});
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK(done.out == "sub    alice\nname   Alice Example\nemail  alice@example.com\n");
    const auto asked = calls(server, "/" + package + ".IdentityService/UserInfo");
    REQUIRE(asked.size() == 1);
    CHECK(asked[0]["metadata"]["flyte-authorization"].get<std::string>().substr(0, 7) == "Bearer ");
    CHECK_FALSE(asked[0]["metadata"].contains("authorization"));
    CHECK(provider().count("/userinfo") == 1);  // the server's own question
    provider().clear_log();
    CHECK(Json::parse(run(home, {"--output", "json", "whoami"}).out)["sub"] == "alice");
    provider().clear_log();
  }
}

TEST_CASE("O59 a token that the IdentityService rejects is refreshed once, and asked about once more") {
  provider().reset();
  const FlyteServer server(provider());
  const TempHome home;
  home.write_config(profile(server, "client_credentials", "insecure = true\n"));
  REQUIRE(run(home, {"whoami"}).status == 0);
  server.make_tokens_stale();
  provider().clear_log();
  server.clear_log();
  const auto done = run(home, {"whoami"});
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(provider().count("/token") == 1);
  CHECK(calls(server, "/flyteidl2.auth.IdentityService/UserInfo").size() == 2);
  server.control({{"reject", "always"}});
  provider().clear_log();
  server.clear_log();
  const auto refused = run(home, {"whoami"});
  CHECK(refused.status == 5);
  CHECK(message_of(refused) == "http://" + server.target() + " rejects the token: token rejected, and a new one, too");
  CHECK(provider().count("/token") == 1);
  CHECK(calls(server, "/flyteidl2.auth.IdentityService/UserInfo").size() == 2);
}

TEST_CASE("a server that says nothing in either package gives a sentence") {
  const FlyteServer server({.settings = {{"unimplemented", {"GetOAuth2Metadata"}}}});
  const TempHome home;
  home.write_config(profile(server, "client_credentials", "insecure = true\n"));
  const auto done = run(home, {"token"});
  CHECK(done.status == 7);
  CHECK(message_of(done) == "logging in to 'demo': http://" + server.target() + " says nothing about its OAuth endpoints");
}

TEST_CASE("a web page where the gRPC server should be is quoted, and the program for gRPC is not asked") {
  const FlyteServer server({.certificate = Certificate::good, .settings = {{"html", true}}});
  const TempHome home;
  home.write_config(profile(server, "client_credentials", trusting(server)));
  const auto done = run(home, {"token"});
  CHECK(done.status == 7);
  CHECK(message_of(done).find("answered with an HTML page: Sign in") != std::string::npos);
  CHECK(calls(server, "GetOAuth2Metadata").empty());
}

TEST_CASE("O14 a certificate that does not verify stays 7 for a server of gRPC alone") {
  for (const auto certificate : {Certificate::expired, Certificate::wrong_host, Certificate::good}) {
    const FlyteServer server({.certificate = certificate});
    const TempHome home;
    // Good, but nobody said that its authority is to be trusted.
    home.write_config(profile(server, "client_credentials", certificate == Certificate::good ? "" : trusting(server)));
    const auto done = run(home, {"token"});
    CHECK(done.status == 7);
    CHECK(message_of(done).find("certificate") != std::string::npos);
    CHECK(server.log().empty());
  }
}

TEST_CASE("a server of gRPC alone that is in trouble or gone is 6, with its address") {
  const FlyteServer server;
  const TempHome home;
  home.write_config(profile(server, "client_credentials", "insecure = true\n"));
  server.control({{"status", {{"code", 14}, {"message", "going down"}}}});
  auto done = run(home, {"token"});
  CHECK(done.status == 6);
  CHECK(message_of(done) == "logging in to 'demo': http://" + server.target() + ": UNAVAILABLE: going down");
  server.go_down();
  done = run(home, {"token"});
  CHECK(done.status == 6);
  CHECK(message_of(done).find("no connection to " + server.target()) != std::string::npos);
}

TEST_CASE("the second role's token goes before a server of gRPC alone, too") {
  provider().reset();
  const FlyteServer server(provider());
  const TempHome home;
  home.write_config(profile(server, "client_credentials",
                            "insecure = true\nproxy_authenticator = { authenticator = \"command\", settings = { command = "
                            "[\"echo\", \"proxy-token\"] } }\n"));
  const auto done = run(home, {"whoami"});
  INFO(done.err);
  CHECK(done.status == 0);
  const auto asked = calls(server, "UserInfo");
  REQUIRE(asked.size() == 1);
  CHECK(asked[0]["metadata"]["proxy-authorization"] == "Bearer proxy-token");
  CHECK(calls(server, "GetOAuth2Metadata")[0]["metadata"]["proxy-authorization"] == "Bearer proxy-token");
}

TEST_CASE("the environment's proxy does not carry off what stays on this machine") {
  provider().reset();
  const FlyteServer server(provider());
  const TempHome home;
  home.write_config(profile(server, "client_credentials", "insecure = true\n"));
  const auto done = Cli(home).run({"token"}, {.env = {"DEMO_SECRET=demo-secret", "http_proxy=http://127.0.0.1:1", "https_proxy=http://127.0.0.1:1"}});
  INFO(done.err);
  CHECK(done.status == 0);
}

}  // namespace authhost::test
