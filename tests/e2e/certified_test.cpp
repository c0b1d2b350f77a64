// The command line against a certified provider that knows nothing of this project.
#include "support/cli.hpp"
#include "support/demo_idp.hpp"
#include "support/eventually.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <regex>

namespace authhost::test {
namespace {

using Json = nlohmann::json;

Json token_json(const Finished& finished) {
  INFO(finished.err);
  REQUIRE(finished.status == 0);
  return Json::parse(finished.out);
}

// A service of the provider; its secret is in the environment as CORP_SECRET.
ProfileText service(const CertifiedIdp& idp, const std::string& client_id, const std::string& more = "") {
  return {.authenticator = "client_credentials", .issuer = idp.issuer(), .client_id = client_id, .scopes = {"all"},
          .settings = "client_secret_env = \"CORP_SECRET\"\n" + more};
}

// Logs in with the device flow; the person approves.
Finished device_login(const CertifiedIdp& idp, const TempHome& home) {
  home.write_config(ProfileText{.authenticator = "device_code", .issuer = idp.issuer()}.toml());
  idp.approve();
  return Cli(home).run({"login"}, {.terminal = Terminal::full});
}

// Chromium as $BROWSER. What it saw last lies in build/…/artifacts/NAME.{png,json}.
struct Chromium {
  Chromium(const TempHome& home, const std::string& name, const std::string& answer)
      : output(std::string(AUTHHOST_BUILD_DIR "/artifacts/") + name) {
    std::filesystem::create_directories(AUTHHOST_BUILD_DIR "/artifacts");
    std::filesystem::remove(output + ".json");
    program = home.write("browser", "#!/bin/sh\nexec node '" AUTHHOST_SOURCE_DIR "/tests/e2e/browser.mjs' " + answer + " '" +
                                        output + "' \"$1\" >\"" + home.path("browser.log") + "\" 2>&1\n", 0700);
  }
  [[nodiscard]] std::string variable() const { return "BROWSER=" + program; }
  [[nodiscard]] Json page() const {
    REQUIRE(eventually([&] { return std::filesystem::exists(output + ".json"); }));
    Json seen;
    REQUIRE(eventually([&] {
      std::ifstream in(output + ".json");
      seen = Json::parse(in, nullptr, false);
      return !seen.is_discarded();
    }));
    return seen;
  }
  std::string output;
  std::string program;
};

}  // namespace

TEST_CASE("client credentials: Basic, post, and a secret that must be form-encoded") {
  const CertifiedIdp idp;
  const TempHome home;
  const struct {
    std::string client_id, secret, settings;
  } clients[] = {{"demo-service", "demo-secret", ""},
                 {"demo-service-post", "demo-secret", "auth_method = \"post\"\n"},
                 {"client", "a+b c/%~:", ""}};
  for (const auto& client : clients) {
    INFO(client.client_id);
    home.write_config(service(idp, client.client_id, client.settings).toml());
    const Json token = token_json(Cli(home).run({"--output", "json", "token"}, {.env = {"CORP_SECRET=" + client.secret}}));
    CHECK(token["token_type"] == "Bearer");
    CHECK(token["access_token"].get<std::string>().size() > 20);
  }
  CHECK(idp.count("/token") == 3);
}

TEST_CASE("client credentials: a wrong secret is denied, and appears nowhere") {
  const CertifiedIdp idp;
  const TempHome home;
  home.write_config(service(idp, "demo-service").toml());
  const auto finished = Cli(home).run({"token"}, {.env = {"CORP_SECRET=the-wrong-canary"}});
  CHECK(finished.status == 5);
  CHECK(finished.out.empty());
  CHECK(finished.err.find("canary") == std::string::npos);
}

TEST_CASE("O49 device flow: the person sees code and address, approves, and the token works") {
  const CertifiedIdp idp;
  const TempHome home;
  const auto finished = device_login(idp, home);
  INFO(finished.out);
  REQUIRE(finished.status == 0);
  CHECK(std::regex_search(finished.out, std::regex("[A-Z]{4}-[A-Z]{4}")));
  CHECK(finished.out.find(idp.url("/device")) != std::string::npos);
  const auto token = Cli(home).run({"token"});
  REQUIRE(token.status == 0);
  CHECK(idp.userinfo_status(token.out.substr(0, token.out.size() - 1)) == 200);
}

TEST_CASE("device flow: a person who says no is exit 5") {
  const CertifiedIdp idp;
  const TempHome home;
  home.write_config(ProfileText{.authenticator = "device_code", .issuer = idp.issuer()}.toml());
  idp.deny();
  CHECK(Cli(home).run({"login"}, {.terminal = Terminal::full}).status == 5);
}

TEST_CASE("O45 slow_down: polls go on, less often, and the login succeeds") {
  const CertifiedIdp idp;
  const TempHome home;
  idp.control({{"token", {{"error", "slow_down"}, {"times", 1}}}});
  const auto finished = device_login(idp, home);
  INFO(finished.out);
  REQUIRE(finished.status == 0);
  const Json polls = idp.log("/token");
  REQUIRE(polls.size() == 2);
  // An interval of 1 s, and 5 s more from the slow_down on (RFC 8628, section 3.5).
  CHECK(polls[1]["t_ms"].get<int>() - polls[0]["t_ms"].get<int>() >= 5'900);
}

TEST_CASE("O57 refresh: the rotated refresh token is the one that is sent next") {
  const CertifiedIdp idp;
  const TempHome home;
  REQUIRE(device_login(idp, home).status == 0);
  const Cli cli(home);
  const auto first = token_json(cli.run({"--output", "json", "token", "--refresh"}));
  const auto second = token_json(cli.run({"--output", "json", "token", "--refresh"}));
  CHECK(first["access_token"] != second["access_token"]);
  std::vector<std::string> sent;
  for (const auto& request : idp.log("/token"))
    if (request["form"]["grant_type"] == "refresh_token") sent.push_back(request["form"]["refresh_token"]);
  REQUIRE(sent.size() == 2);
  CHECK(sent[0] != sent[1]);  // oidc-provider revokes the whole grant when a spent one comes back
  CHECK(idp.userinfo_status(second["access_token"].get<std::string>()) == 200);
}

TEST_CASE("O64 logout: the refresh token is revoked, nothing is left, a new token needs a login") {
  const CertifiedIdp idp;
  const TempHome home;
  REQUIRE(device_login(idp, home).status == 0);
  const Cli cli(home);
  CHECK(cli.run({"logout"}).status == 0);
  const Json revocations = idp.log("/revoke");
  REQUIRE(revocations.size() == 1);
  CHECK(revocations[0]["status"] == 200);
  CHECK(revocations[0]["form"].contains("token"));
  CHECK(cli.run({"token"}).status == 4);
}

TEST_CASE("browser: authorization code with PKCE, end to end in Chromium") {
  const CertifiedIdp idp;
  const TempHome home;
  home.write_config(ProfileText{.authenticator = "pkce", .issuer = idp.issuer()}.toml());
  const Chromium chromium(home, "login-success", "approve");
  const auto finished = Cli(home).run({"login"}, {.env = {chromium.variable()}, .deadline = std::chrono::seconds(90)});
  INFO(finished.err << home.read("browser.log"));
  REQUIRE(finished.status == 0);
  const Json page = chromium.page();
  INFO(page.dump(2));
  CHECK(page["status"] == 200);
  CHECK(page["foreign"].empty());
  CHECK(page["headers"]["cache-control"].get<std::string>().find("no-store") != std::string::npos);
  CHECK(page["headers"]["referrer-policy"] == "no-referrer");
  CHECK(page["headers"]["content-security-policy"].get<std::string>().find("default-src 'none'") != std::string::npos);
  const Json request = idp.log("/token").at(0);
  for (const auto& [name, value] : request["form"].items())
    CHECK(std::string("grant_type code redirect_uri client_id code_verifier").find(name) != std::string::npos);
  const Json authorize = idp.log("/auth").at(0)["query"];
  CHECK(authorize["code_challenge_method"] == "S256");
  CHECK(authorize["redirect_uri"] == request["form"]["redirect_uri"]);
  const auto token = Cli(home).run({"token"});
  CHECK(idp.userinfo_status(token.out.substr(0, token.out.size() - 1)) == 200);
}

TEST_CASE("O29 browser: when the provider takes the code back, the page says that the login failed") {
  const CertifiedIdp idp;
  const TempHome home;
  home.write_config(ProfileText{.authenticator = "pkce", .issuer = idp.issuer()}.toml());
  idp.control({{"token", {{"error", "invalid_grant"}, {"times", 1}}}});
  const Chromium chromium(home, "login-failure", "approve");
  const auto finished = Cli(home).run({"login"}, {.env = {chromium.variable()}, .deadline = std::chrono::seconds(90)});
  INFO(finished.err << home.read("browser.log"));
  CHECK(finished.status != 0);
  const Json page = chromium.page();
  INFO(page.dump(2));
  CHECK(page["text"].get<std::string>().find("fail") != std::string::npos);
  CHECK(home.files_with("refresh").empty());
}

TEST_CASE("browser: a person who denies is exit 5, and the page says so") {
  const CertifiedIdp idp;
  const TempHome home;
  home.write_config(ProfileText{.authenticator = "pkce", .issuer = idp.issuer()}.toml());
  const Chromium chromium(home, "login-denied", "deny");
  const auto finished = Cli(home).run({"login"}, {.env = {chromium.variable()}, .deadline = std::chrono::seconds(90)});
  INFO(finished.err << home.read("browser.log"));
  CHECK(finished.status == 5);
  CHECK(chromium.page()["text"].get<std::string>().find("fail") != std::string::npos);
  CHECK(idp.count("/token") == 0);
}

}  // namespace authhost::test
