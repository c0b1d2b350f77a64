// The authorization code flow. The test is the browser: it decides what comes to the redirect.
#include "harness.hpp"

#include "support/eventually.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cctype>
#include <optional>

using namespace authhost::test;

namespace {

// A login under way, up to the address that the browser was given.
struct Login {
  TempHome home;
  std::optional<Child> child;
  std::string url;  // of the authorization request

  explicit Login(const ProfileText& profile = code_profile()) : Login(profile, Json::object()) {}
  Login(const ProfileText& profile, const Json& settings) {
    provider().reset();
    provider().control(settings);
    recording_browser(home);
    home.write_config(profile.toml());
    start();
  }
  void start() {
    home.write("browser.args", "");
    child.emplace(Cli(home).start({"login"}, {.env = {"BROWSER=" + home.path("browser.sh"), "DEMO_SECRET=canary", "AUTHHOST_ACCESS_TOKEN=canary"}}));
    eventually([&] { return home.read("browser.args").find('\n') != std::string::npos || !child->running(); });
    url = home.read("browser.args");
    if (!url.empty() && url.back() == '\n') url.pop_back();
    INFO(child->err());
    REQUIRE(url.starts_with(provider().url("/authorize?")));
  }
  std::string value(std::string_view name) const { return query_value(url, name); }
  std::string redirect() const { return value("redirect_uri"); }
  // To the redirect, with this query.
  long send(const std::string& query, const std::vector<std::string>& headers = {}) const {
    return http_get(redirect() + "?" + query, headers).status;
  }
  // Where the provider sends the browser.
  std::string answer() const { return http_get(url).location; }
  std::string state() const { return "state=" + value("state"); }
  std::string iss() const { return "iss=" + provider().issuer(); }
  Finished end() { return child->wait(); }
  // The proper answer arrives; the login is good.
  void finish() {
    CHECK(http_get(answer()).status == 200);
    const auto done = end();
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK(provider().count("/token") == 1);
  }
};

// stderr of a login that failed after it said that a browser opens.
std::string last_error(const Finished& done, int status) {
  INFO(done.err);
  CHECK(done.status == status);
  CHECK(done.out.empty());
  CHECK(done.err.size() < 4096);
  const auto at = done.err.rfind("authhost: ");
  REQUIRE(at != std::string::npos);
  const auto hint = done.err.find("\nhint: ", at);
  REQUIRE(hint != std::string::npos);
  CHECK(done.err.find('\n', hint + 1) == done.err.size() - 1);
  return done.err.substr(at, hint - at);
}

bool unreserved(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || std::string_view("-._~").find(static_cast<char>(c)) != std::string_view::npos; });
}

}  // namespace

TEST_CASE("O40 the token request holds exactly what it needs") {
  Login login;
  login.finish();
  const Json request = provider().log("/token")[0];
  CHECK(request["form"].size() == 5);
  CHECK(request["form"]["grant_type"] == "authorization_code");
  CHECK(request["form"]["client_id"] == "demo-cli");
  CHECK(request["form"]["redirect_uri"] == login.redirect());  // O39
  CHECK(request["form"].contains("code"));
  CHECK(request["form"].contains("code_verifier"));
  CHECK_FALSE(request["headers"].contains("authorization"));
  CHECK_FALSE(contains(request["target"].get<std::string>(), "?"));
}

TEST_CASE("O40 a configured audience goes to both endpoints, and nothing else is added") {
  auto profile = code_profile();
  profile.client = "audience = \"https://api.example\"\n";
  Login login(profile);
  CHECK(login.value("audience") == "https://api.example");
  login.finish();
  const Json form = provider().log("/token")[0]["form"];
  CHECK(form.size() == 6);
  CHECK(form["audience"] == "https://api.example");
}

TEST_CASE("O2 the request carries an S256 challenge, and the verifier is long and unreserved") {
  Login login;
  CHECK(login.value("response_type") == "code");
  CHECK(login.value("code_challenge_method") == "S256");
  CHECK(login.value("code_challenge").size() == 43);
  CHECK(login.value("state").size() >= 22);
  CHECK(login.value("nonce").size() >= 22);
  CHECK(login.value("scope") == "openid offline_access");
  login.finish();
  const std::string verifier = provider().log("/token")[0]["form"]["code_verifier"];
  CHECK(verifier.size() >= 43);
  CHECK(verifier.size() <= 128);
  CHECK(unreserved(verifier));
  CHECK_FALSE(contains(login.url, verifier));
}

TEST_CASE("O3 a second login has another state, verifier and nonce") {
  Login first;
  first.finish();
  const Json verifier = provider().log("/token")[0]["form"]["code_verifier"];
  Login second;
  second.finish();
  CHECK(first.value("state") != second.value("state"));
  CHECK(first.value("nonce") != second.value("nonce"));
  CHECK(first.value("code_challenge") != second.value("code_challenge"));
  CHECK(verifier != provider().log("/token")[0]["form"]["code_verifier"]);
}

TEST_CASE("O4 an answer with a missing, empty, wrong, truncated or doubled state is turned away, and the login goes on") {
  Login login;
  const auto state = login.value("state");
  const auto with = [&](const std::string& states) { return "code=stolen&" + login.iss() + states; };
  for (const std::string& states : {std::string(), std::string("&state="), std::string("&state=wrong"), "&state=" + state.substr(1), "&state=" + state.substr(0, state.size() - 1),
                                    "&state=" + state + "x", "&state=" + state + "&state=" + state, "&state=wrong&state=" + state, "&state[]=" + state,
                                    "&State=" + state, "&state=" + state + "%00"}) {
    INFO(states);
    CHECK(login.send(with(states)) == 400);
  }
  CHECK(provider().count("/token") == 0);
  login.finish();
}

TEST_CASE("O25 an answer with doubled or contradicting parameters is turned away, and the login goes on") {
  Login login;
  const auto common = "&" + login.state() + "&" + login.iss();
  for (const std::string& query :
       {"code=a&code=b" + common, "code=a&code=a" + common, "code=a&error=access_denied" + common, common.substr(1), "code=" + common, "error=" + common,
        "code=a&" + login.iss() + common, "error=x&error=y" + common, "code=%0d%0aX" + common, "code=%zz" + common, "code=" + std::string(5'000, 'c') + common,
        "code=%c3%a9" + common, "c%6fde=a&code=b" + common}) {
    INFO(query.substr(0, 60));
    const auto status = login.send(query);
    CHECK((status == 400 || status == 431));
  }
  CHECK(provider().count("/token") == 0);
  login.finish();
}

TEST_CASE("O9 an error with a foreign state or issuer is ignored") {
  Login login;
  CHECK(login.send("error=access_denied&state=wrong&" + login.iss()) == 400);
  CHECK(login.send("error=access_denied&" + login.iss()) == 400);
  CHECK(login.send("error=access_denied&" + login.state() + "&iss=https://evil.example") == 400);
  CHECK(login.send("error=access_denied&" + login.state()) == 400);  // the server said that it sends iss
  login.finish();
}

TEST_CASE("O6 a code from another issuer ends the login with 7, and no token request is made") {
  for (const std::string& iss : {std::string("https://evil.example"), provider().issuer() + "/", std::string(), std::string("HTTP") + provider().issuer().substr(4)}) {
    INFO(iss);
    Login login;
    CHECK(login.send("code=stolen&" + login.state() + "&iss=" + iss) == 400);
    last_error(login.end(), 7);
    CHECK(provider().count("/token") == 0);
  }
}

TEST_CASE("O7 a code without the issuer that was announced ends the login with 7, and no token request is made") {
  Login login;
  CHECK(login.send("code=stolen&" + login.state()) == 400);
  last_error(login.end(), 7);
  CHECK(provider().count("/token") == 0);
}

TEST_CASE("O8 an issuer that is wrong counts even where none was announced, a missing one does not") {
  const Json unannounced = {{"discovery", {{"omit", {"authorization_response_iss_parameter_supported"}}}}};
  {
    Login login(code_profile(), unannounced);
    CHECK(login.send("code=stolen&" + login.state() + "&iss=https://evil.example") == 400);
    last_error(login.end(), 7);
    CHECK(provider().count("/token") == 0);
  }
  Json silent = unannounced;
  silent["authorize"] = {{"iss", nullptr}};
  Login login(code_profile(), silent);
  login.finish();
}

TEST_CASE("O1 a server that lists only plain is refused before any browser opens") {
  for (const Json& methods : {Json::array({"plain"}), Json::array({"plain", "s256"}), Json::array({"S512"})}) {
    INFO(methods.dump());
    const TempHome home;
    recording_browser(home);
    home.write_config(code_profile().toml());
    provider().reset();
    provider().control({{"discovery", {{"set", {{"code_challenge_methods_supported", methods}}}}}});
    const auto done = Cli(home).run({"login"}, {.env = {"BROWSER=" + home.path("browser.sh")}});
    CHECK(contains(failed(done, 7), "S256"));
    CHECK(home.read("browser.env").empty());
    CHECK(provider().count("/authorize") == 0);
  }
}

TEST_CASE("O20 what is not a GET of the very path changes nothing") {
  Login login;
  const auto query = "?code=stolen&" + login.state() + "&" + login.iss();
  const auto root = login.redirect().substr(0, login.redirect().find('/', 8));
  CHECK(http_post(login.redirect() + query, "").status != 200);
  CHECK(http_post(login.redirect(), query.substr(1)).status != 200);
  CHECK(http_get(root + "/" + query).status == 404);  // O24
  CHECK(http_get(login.redirect() + "/" + query).status == 404);
  CHECK(http_get(root + "//" + login.redirect().substr(root.size() + 1) + query).status == 404);
  CHECK(http_get(root + "/favicon.ico").status == 204);
  CHECK(http_get(login.redirect() + query, {"Host: evil.example"}).status == 421);  // O21
  CHECK(http_get(login.redirect() + query, {"Host: 127.0.0.1"}).status == 421);
  CHECK(http_get(login.redirect() + query, {"Host: 127.0.0.1.evil.example:" + root.substr(root.rfind(':') + 1)}).status == 421);
  CHECK(http_get(login.redirect() + query, {"Purpose: prefetch"}).status == 503);  // O22
  CHECK(http_get(login.redirect() + query, {"Sec-Purpose: prefetch;prerender"}).status == 503);
  CHECK(provider().count("/token") == 0);
  login.finish();
}

TEST_CASE("O11 an attempt ends with the endpoints and the client that it began with, whatever the metadata says by then") {
  Login login;
  const auto asked = provider().count("/.well-known/openid-configuration");
  CHECK(asked == 1);
  provider().control({{"discovery", {{"set", {{"token_endpoint", "https://127.0.0.1:1/token"}}}}}});
  login.finish();
  CHECK(provider().count("/.well-known/openid-configuration") == asked);
}

TEST_CASE("O26 a second answer is not a second token request") {
  Login login(code_profile(), {{"token", {{"delay_ms", 1'500}}}});
  const auto answer = login.answer();
  Child browser({.argv = {"curl", "--silent", "--noproxy", "*", "--output", "/dev/null", answer}, .env = base_environment()});
  REQUIRE(provider().wait_for("/token", 1));
  Child second({.argv = {"curl", "--silent", "--noproxy", "*", "--max-time", "20", "--output", "/dev/null", "--write-out", "%{http_code}", answer}, .env = base_environment()});
  const auto done = login.end();
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(second.wait().out != "200");
  CHECK(provider().count("/token") == 1);
}

TEST_CASE("a person who says no ends the login with 5, a server in trouble with 6") {
  for (const auto& [error, status] : {std::pair<const char*, int>{"access_denied", 5}, {"invalid_scope", 5}, {"login_required", 5}, {"server_error", 6}, {"temporarily_unavailable", 6}}) {
    INFO(error);
    Login login(code_profile(), {{"authorize", {{"error", error}, {"error_description", "the words\x1b[31m of \u202e the server"}}}});
    http_get(login.answer());
    const auto message = last_error(login.end(), status);
    CHECK(contains(message, error));
    CHECK(contains(message, "the words"));
    CHECK_FALSE(contains(message, "\x1b"));
    CHECK_FALSE(contains(message, "\u202e"));
    CHECK(provider().count("/token") == 0);
  }
}

TEST_CASE("O52 an id token that does not repeat the nonce ends the login with 7, and nothing is kept") {
  for (const Json& id_token : {Json{{"claims", {{"nonce", "another"}}}}, Json{{"omit_claims", {"nonce"}}}, Json{{"claims", {{"nonce", 5}}}}}) {
    INFO(id_token.dump());
    Login login(code_profile(), {{"id_token", id_token}});
    CHECK(http_get(login.answer()).status == 400);  // O29: no page of success
    CHECK(contains(last_error(login.end(), 7), "nonce"));
    CHECK(Cli(login.home).run({"token"}).status == 4);
  }
}

TEST_CASE("O29 the page of success comes after the tokens, a page of failure instead where they do not") {
  for (const auto& [fault, status] : {std::pair<Json, int>{{{"error", "invalid_grant"}, {"error_description", "no <b>code</b>"}}, 5},
                                      {{{"json", token_answer({{"token_type", "mac"}})}}, 7},
                                      {{{"status", 503}}, 6},
                                      {{{"drop", "before"}}, 6}}) {
    INFO(fault.dump());
    Login login(code_profile(), {{"token", fault}});
    const auto page = http_get(login.answer());
    CHECK(page.status == 400);
    CHECK_FALSE(contains(page.body, "<b>code"));
    last_error(login.end(), status);
    // A code is spent by one request, whatever became of it.
    CHECK(provider().count("/token") == 1);
    CHECK(Cli(login.home).run({"token"}).status == 4);
  }
}

TEST_CASE("offline_access carries prompt=consent, and only that") {
  {
    Login login;
    CHECK(login.value("prompt") == "consent");
  }
  {
    auto profile = code_profile();
    profile.scopes = {"openid"};
    Login login(profile);
    CHECK_FALSE(contains(login.url, "prompt="));
    CHECK_FALSE(login.value("nonce").empty());
  }
  {
    auto profile = code_profile();
    profile.scopes = {"all"};
    Login login(profile);
    CHECK_FALSE(contains(login.url, "nonce="));
  }
  auto profile = code_profile();
  profile.client = "authorization_endpoint = \"" + provider().url("/authorize?prompt=login&tenant=a%20b") + "\"\n";
  Login login(profile);
  CHECK(login.value("prompt") == "login");
  CHECK(login.value("tenant") == "a b");
  CHECK_FALSE(contains(login.url, "consent"));
  CHECK(std::count(login.url.begin(), login.url.end(), '?') == 1);
}

TEST_CASE("the browser gets one argument, no secret in its environment, and no descriptor of ours") {
  Login login;
  const auto arguments = login.home.read("browser.args");
  CHECK(std::count(arguments.begin(), arguments.end(), '\n') == 1);
  CHECK_FALSE(contains(login.home.read("browser.env"), "canary"));
  CHECK_FALSE(contains(login.home.read("browser.env"), login.value("state")));
  const auto descriptors = login.home.read("browser.fds");
  INFO(descriptors);
  // A shell keeps the script that it reads, and what it redirected, at 10 and above.
  for (const char* beyond : {"\n3\n", "\n4\n", "\n5\n", "\n6\n", "\n7\n", "\n8\n", "\n9\n"}) CHECK_FALSE(contains(descriptors, beyond));
  login.finish();
}

TEST_CASE("O19 the redirect is a literal of this machine on a free port, with a path of the issuer's own") {
  Login login;
  CHECK(login.redirect().starts_with("http://127.0.0.1:"));
  const DemoIdp other;
  auto profile = code_profile();
  profile.issuer = other.issuer();
  const TempHome home;
  recording_browser(home);
  home.write_config(profile.toml());
  auto second = Cli(home).start({"login"}, {.env = {"BROWSER=" + home.path("browser.sh")}});
  REQUIRE(eventually([&] { return !home.read("browser.args").empty(); }));
  const auto redirect = query_value(home.read("browser.args"), "redirect_uri");
  const auto path = [](const std::string& uri) { return uri.substr(uri.find('/', 8)); };
  CHECK(path(redirect) != path(login.redirect()));  // O10
  second.signal(15);
  CHECK(second.wait().status == 130);
  login.finish();
}

TEST_CASE("a redirect_port that is taken ends the login with 6 and says what to do") {
  for (const bool as_uri : {false, true}) {
    const TempHome home;
    recording_browser(home);
    auto profile = code_profile();
    const auto port = std::to_string(provider().port());
    if (as_uri) profile.client = "redirect_uri = \"http://127.0.0.1:" + port + "/cb\"\n";
    else profile.settings = "redirect_port = " + port + "\n";
    home.write_config(profile.toml());
    const auto done = Cli(home).run({"login"}, {.env = {"BROWSER=" + home.path("browser.sh")}});
    CHECK(contains(failed(done, 6), port));
    CHECK(contains(done.err, "redirect_"));
    CHECK(home.read("browser.env").empty());
  }
}

TEST_CASE("a redirect_uri that leads away from this machine is 3") {
  for (const char* uri : {"https://evil.example/cb", "http://evil.example/cb", "http://127.0.0.1.evil.example/cb", "http://user@127.0.0.1/cb", "http://127.0.0.1/cb#x",
                          "custom:/cb", "http://0.0.0.0/cb", "http://127.0.0.1:99999/cb"}) {
    INFO(uri);
    const TempHome home;
    recording_browser(home);
    auto profile = code_profile();
    profile.client = std::string("redirect_uri = \"") + uri + "\"\n";
    home.write_config(profile.toml());
    failed(Cli(home).run({"login"}, {.env = {"BROWSER=" + home.path("browser.sh")}}), 3);
    CHECK(home.read("browser.env").empty());
  }
}

TEST_CASE("a person who never answers ends the login with 11") {
  auto profile = code_profile();
  profile.settings = "timeout = \"1s\"\n";
  Login login(profile);
  last_error(login.end(), 11);
  CHECK(provider().count("/token") == 0);
}

TEST_CASE("O3 the answer to an earlier login is no answer to this one") {
  Login login;
  const auto old = login.answer();
  login.child->signal(15);
  CHECK(login.end().status == 130);
  login.start();
  const auto stale = login.redirect() + old.substr(old.find('?'));
  CHECK(http_get(stale).status == 400);
  login.finish();
}
