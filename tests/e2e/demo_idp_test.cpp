// The embedded provider keeps its own promises (a lenient one would let our faults through), and the command line's logins
// against it, as a person and a script run them.
#include "support/cli.hpp"
#include "support/demo_idp.hpp"
#include "support/eventually.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <csignal>
#include <exception>
#include <thread>

namespace authhost::test {
namespace {

using Json = nlohmann::json;

// RFC 7636, appendix B.
constexpr const char* kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr const char* kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

std::string code_from(const DemoIdp& idp, const std::string& more = "") {
  const auto answer = http_get(idp.url("/authorize?response_type=code&client_id=demo-cli&redirect_uri=http://127.0.0.1:9/cb&state=s"
                                       "&scope=openid&nonce=n&code_challenge_method=S256&code_challenge=") + kChallenge + more);
  const auto start = answer.location.find("code=") + 5;
  return answer.location.substr(start, answer.location.find('&', start) - start);
}

HttpAnswer exchange(const DemoIdp& idp, const std::string& code, const std::string& verifier) {
  return http_post(idp.url("/token"), "grant_type=authorization_code&client_id=demo-cli&redirect_uri=http://127.0.0.1:9/cb&code=" +
                                          code + "&code_verifier=" + verifier);
}

HttpAnswer refresh(const DemoIdp& idp, const std::string& token) {
  return http_post(idp.url("/token"), "grant_type=refresh_token&client_id=demo-cli&refresh_token=" + token);
}

std::string without_newline(std::string text) {
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

TEST_CASE("provider: a code works once, with its own verifier: a second use revokes what the first gave") {
  const DemoIdp idp;
  CHECK(exchange(idp, code_from(idp), "some-other-verifier-some-other-verifier-123").status == 400);
  const std::string code = code_from(idp);
  const auto tokens = exchange(idp, code, kVerifier);
  REQUIRE(tokens.status == 200);
  const std::string access = Json::parse(tokens.body)["access_token"];
  CHECK(idp.api_status(access) == 200);
  CHECK(exchange(idp, code, kVerifier).status == 400);
  CHECK(idp.api_status(access) == 401);
}

TEST_CASE("provider: refresh tokens rotate, and a spent one that comes back revokes the grant") {
  const DemoIdp idp;
  const Json first = Json::parse(exchange(idp, code_from(idp), kVerifier).body);
  const Json second = Json::parse(refresh(idp, first["refresh_token"]).body);
  CHECK(second["refresh_token"] != first["refresh_token"]);
  CHECK(idp.api_status(second["access_token"].get<std::string>()) == 200);
  CHECK(refresh(idp, first["refresh_token"]).status == 400);
  CHECK(refresh(idp, second["refresh_token"]).status == 400);
  CHECK(idp.api_status(second["access_token"].get<std::string>()) == 401);
}

TEST_CASE("provider: an id token has nonce and at_hash, and three parts") {
  const DemoIdp idp;
  const Json tokens = Json::parse(exchange(idp, code_from(idp), kVerifier).body);
  const std::string id_token = tokens["id_token"];
  CHECK(std::count(id_token.begin(), id_token.end(), '.') == 2);
  const Json keys = Json::parse(http_get(idp.url("/jwks")).body);
  CHECK(keys["keys"].size() == 1);
  CHECK(keys["keys"][0]["kty"] == "RSA");
}

TEST_CASE("provider: faults come in the order given, then the endpoint is whole again") {
  const DemoIdp idp;
  idp.control({{"token", {{{"status", 503}, {"retry_after", 2}}, {{"drop", "after"}}, {{"raw", "nonsense\n"}}}}});
  const std::string form = "grant_type=client_credentials&client_id=demo-service&client_secret=demo-secret";
  CHECK(http_post(idp.url("/token"), form).status == 503);
  CHECK(http_post(idp.url("/token"), form).status == 0);
  CHECK(http_post(idp.url("/token"), form).status == 0);
  CHECK(http_post(idp.url("/token"), form).status == 200);
  const Json log = idp.log("/token");
  REQUIRE(log.size() == 4);
  CHECK(log[0]["status"] == 503);
  CHECK(log[1]["status"] == "dropped");
  CHECK(log[1]["answer"]["access_token"].is_string());  // the change of state was done
}

TEST_CASE("provider: sixty-four requests are served at once") {
  const DemoIdp idp;
  idp.control({{"api", {{"delay_ms", 1000}}}});
  std::vector<std::thread> callers;
  std::atomic<int> failed{0};
  for (int i = 0; i < 64; ++i) {
    callers.emplace_back([&] {
      try {
        (void)http_get(idp.url("/api"));
      } catch (const std::exception&) {
        ++failed;
      }
    });
  }
  for (auto& caller : callers) caller.join();
  CHECK(failed == 0);
  CHECK(idp.log("/api").back()["in_progress"] > 1);
  CHECK(idp.count("/api") == 64);
}

TEST_CASE("client credentials: one token request, then the cache: stdout is the token and a newline") {
  const DemoIdp idp;
  const TempHome home;
  home.write_config(ProfileText{.authenticator = "client_credentials", .issuer = idp.issuer(), .client_id = "demo-service",
                                .scopes = {"all"}, .settings = "client_secret_env = \"CORP_SECRET\"\n"}.toml());
  const Cli cli(home);
  const auto first = cli.run({"token"}, {.env = {"CORP_SECRET=demo-secret"}});
  INFO(first.err);
  REQUIRE(first.status == 0);
  CHECK(idp.api_status(without_newline(first.out)) == 200);
  CHECK(cli.run({"token"}, {.env = {"CORP_SECRET=demo-secret"}}).out == first.out);
  CHECK(idp.count("/token") == 1);
  CHECK(idp.log("/token")[0]["form"] == Json({{"grant_type", "client_credentials"}, {"scope", "all"}}));
}

TEST_CASE("authorization code: login in a browser that follows redirects, then a refresh, then logout") {
  const DemoIdp idp;
  const TempHome home;
  home.write_config(ProfileText{.authenticator = "pkce", .issuer = idp.issuer()}.toml());
  const Cli cli(home);
  const std::string page = home.path("page.html");
  const auto login = cli.run({"login"}, {.env = {Cli::fake_browser(page)}});
  INFO(login.err);
  REQUIRE(login.status == 0);
  CHECK(login.out.find("file") != std::string::npos);
  REQUIRE(eventually([&] { return !home.read("page.html").empty(); }));
  const auto token = cli.run({"token"});
  CHECK(idp.api_status(without_newline(token.out)) == 200);
  const auto refreshed = cli.run({"token", "--refresh"});
  CHECK(refreshed.out != token.out);
  CHECK(idp.api_status(without_newline(refreshed.out)) == 200);
  CHECK(cli.run({"logout"}).status == 0);
  CHECK(idp.api_status(without_newline(refreshed.out)) == 401);
  CHECK(cli.run({"token"}).status == 4);
}

TEST_CASE("device code: what a person sees at a terminal") {
  const DemoIdp idp;
  const TempHome home;
  home.write_config(ProfileText{.authenticator = "device_code", .issuer = idp.issuer()}.toml());
  const Cli cli(home);
  auto login = cli.start({"login"}, {.terminal = Terminal::full});
  REQUIRE(idp.wait_for("/token", 1, true));
  const std::string user_code = idp.log("/device_authorization")[0]["answer"]["user_code"];
  CHECK(login.out().find(user_code) != std::string::npos);
  CHECK(login.out().find(idp.url("/device")) != std::string::npos);
  idp.approve(user_code);
  const auto finished = login.wait();
  INFO(finished.out);
  CHECK(finished.status == 0);
}

TEST_CASE("O30 a login that is interrupted ends with 130, and its port is closed") {
  const DemoIdp idp;
  const TempHome home;
  home.write_config(ProfileText{.authenticator = "pkce", .issuer = idp.issuer()}.toml());
  // A browser that goes nowhere: it only keeps the address.
  const std::string browser = home.write("browser", "#!/bin/sh\nprintf %s \"$1\" >\"" + home.path("url") + "\"\n", 0700);
  auto login = Cli(home).start({"login"}, {.env = {"BROWSER=" + browser}});
  REQUIRE(eventually([&] { return home.read("url").find("redirect_uri=") != std::string::npos; }));
  const std::string url = home.read("url");
  const auto at = url.find("127.0.0.1%3A", url.find("redirect_uri="));
  REQUIRE(at != std::string::npos);
  const std::string port = url.substr(at + 12, url.find_first_not_of("0123456789", at + 12) - at - 12);
  REQUIRE(eventually([&] { return http_get("http://127.0.0.1:" + port + "/favicon.ico").status == 204; }));
  login.signal(SIGTERM);
  CHECK(login.wait().status == 130);
  CHECK(http_get("http://127.0.0.1:" + port + "/favicon.ico").status == 0);
  CHECK(idp.count("/token") == 0);
}

}  // namespace authhost::test
