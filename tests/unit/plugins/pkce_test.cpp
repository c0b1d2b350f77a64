#include "built_in.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace built_in;

TEST_CASE("O1 every authorization request carries an S256 challenge") {
  Host host("pkce");
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  REQUIRE(host.opened.size() == 1);
  const auto query = query_of(host.opened[0]);
  CHECK(query.at("response_type") == "code");
  CHECK(query.at("code_challenge_method") == "S256");
  CHECK(query.at("code_challenge").size() == 43);
  CHECK(query.at("client_id") == "app");
  CHECK(query.at("scope") == "read write");
}

TEST_CASE("O1 metadata that lists only plain is refused before anything is opened") {
  Host host("pkce");
  host.client_config.code_challenge_methods = {"plain"};
  const auto result = host.refresh();
  CHECK(result.status() == Status::protocol);
  CHECK(host.opened.empty());
  CHECK(host.listened.opened == 0);
  CHECK(host.requests.empty());
}

TEST_CASE("O1 metadata that lists S256 among others is used") {
  Host host("pkce");
  host.client_config.code_challenge_methods = {"plain", "S256"};
  host.answer(kToken);
  CHECK(host.refresh().ok());
}

TEST_CASE("O2 the verifier has 43 unreserved characters, and O3 every attempt has values of its own") {
  Host host("pkce");
  host.client_config.scopes = {"openid"};
  std::set<std::string> seen;
  for (int i = 0; i < 20; ++i) {
    host.answer(R"({"access_token":"t","token_type":"bearer"})");
    REQUIRE(host.refresh().ok());
    const auto& verifier = host.requests.back().form.at("code_verifier");
    CHECK(verifier.size() == 43);
    CHECK(verifier.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") == std::string::npos);
    const auto query = query_of(host.opened.back());
    seen.insert(verifier);
    seen.insert(query.at("state"));
    seen.insert(query.at("nonce"));
    CHECK(query.at("state").size() >= 22);  // O4: 128 bits
    CHECK(query.at("state") == host.listened.state);
  }
  CHECK(seen.size() == 60);
}

TEST_CASE("O39 O40 the token request holds exactly the parameters of the code grant, once each") {
  Host host("pkce");
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  REQUIRE(host.requests.size() == 1);
  const auto& request = host.requests[0];
  CHECK(request.method == "POST");
  CHECK(request.url == "https://idp.example/token");
  CHECK(request.headers.at("content-type") == "application/x-www-form-urlencoded");
  const std::map<std::string, int> exactly = {
      {"grant_type", 1}, {"code", 1}, {"redirect_uri", 1}, {"client_id", 1}, {"code_verifier", 1}};
  CHECK(request.form_count == exactly);
  CHECK(request.form.at("grant_type") == "authorization_code");
  CHECK(request.form.at("code") == "the-code");
  CHECK(request.form.at("redirect_uri") == query_of(host.opened[0]).at("redirect_uri"));
}

TEST_CASE("an audience that is configured goes into both requests") {
  Host host("pkce");
  host.client_config.audience = "https://api.example";
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  CHECK(query_of(host.opened[0]).at("audience") == "https://api.example");
  CHECK(host.requests[0].form.at("audience") == "https://api.example");
}

TEST_CASE("the query of the configured endpoint is kept, and its prompt wins over ours") {
  Host host("pkce");
  host.client_config.authorization_endpoint = "https://idp.example/authorize?tenant=a%20b&prompt=login#part";
  host.client_config.scopes = {"openid", "offline_access"};
  host.answer(R"({"access_token":"t","token_type":"Bearer"})");
  REQUIRE(host.refresh().ok());
  CHECK(contains(host.opened[0], "https://idp.example/authorize?tenant=a%20b&prompt=login&"));
  CHECK(query_of(host.opened[0]).at("prompt") == "login");
  CHECK_FALSE(contains(host.opened[0], "#"));
}

TEST_CASE("offline_access asks for consent, and a nonce is sent only with openid") {
  Host host("pkce");
  host.client_config.scopes = {"offline_access"};
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  const auto query = query_of(host.opened[0]);
  CHECK(query.at("prompt") == "consent");
  CHECK(query.count("nonce") == 0);
}

TEST_CASE("O52 an id token with another nonce ends the login") {
  Host host("pkce");
  host.client_config.scopes = {"openid"};
  // {"alg":"none"} . {"nonce":"other"}
  host.answer(R"({"access_token":"t","token_type":"Bearer","id_token":"eyJhbGciOiJub25lIn0.eyJub25jZSI6Im90aGVyIn0.c2ln"})");
  const auto result = host.refresh();
  CHECK(result.status() == Status::protocol);
  CHECK(host.emitted == 0);
}

TEST_CASE("O6 O7 the listener learns the issuer and whether iss must come") {
  Host host("pkce");
  host.client_config.iss_parameter_supported = true;
  host.settings["redirect_port"] = std::int64_t{53593};
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  CHECK(host.listened.expected_issuer == "https://idp.example");
  CHECK(host.listened.issuer == "https://idp.example");
  CHECK(host.listened.iss_required);
  CHECK(host.listened.port == 53593);
  CHECK(host.listened.timeout == seconds(120));
}

TEST_CASE("O6 a redirect with a wrong issuer ends the login without a token request") {
  Host host("pkce");
  host.loopback.wait_failure = Status::protocol;
  CHECK(host.refresh().status() == Status::protocol);
  CHECK(host.requests.empty());
}

TEST_CASE("an error from the authorization server is shown, cleaned, and ends the login") {
  Host host("pkce");
  host.loopback.error = "access_denied";
  host.loopback.error_description = "No \x1b[31mthanks\u202e";
  const auto result = host.refresh();
  REQUIRE(result.status() == Status::denied);
  CHECK(contains(result.error().message, "access_denied: No [31mthanks"));
  CHECK(host.requests.empty());
  host.loopback.error = "temporarily_unavailable";
  CHECK(host.refresh().status() == Status::unavailable);
}

TEST_CASE("without a browser the address is shown to the person") {
  Host host("pkce");
  host.browser_available = false;
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  REQUIRE(host.notices.size() == 1);
  CHECK(contains(host.notices[0], "https://idp.example/authorize?"));
  CHECK(contains(host.notices[0], host.listened.state));
}

TEST_CASE("when the browser does not start the address is shown to the person") {
  Host host("pkce");
  host.browser_failure = Status::unavailable;
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  CHECK(contains(host.notices.at(0), "https://idp.example/authorize?"));
}

TEST_CASE("with neither browser nor terminal a login ends at once") {
  Host host("pkce");
  host.browser_available = false;
  host.prompt_available = false;
  CHECK(host.refresh().status() == Status::interaction_required);
  CHECK(host.listened.opened == 0);
  CHECK(host.requests.empty());
}

TEST_CASE("O17 where nobody may be asked no browser opens") {
  Host host("pkce");
  host.may_interact = false;
  CHECK(host.refresh().status() == Status::interaction_required);
  CHECK(host.opened.empty());
  CHECK(host.listened.opened == 0);
}

TEST_CASE("nobody finishing the login in time is a deadline of its own") {
  Host host("pkce");
  host.settings["timeout"] = std::int64_t{5000};
  host.loopback.wait_failure = Status::deadline;
  const auto result = host.refresh();
  CHECK(result.status() == Status::deadline);
  CHECK(host.listened.timeout == seconds(5));
  CHECK(contains(result.error().hint, "timeout"));
}

TEST_CASE("the browser setting overrides the machine's browser, even where that has none") {
  Host host("pkce");
  host.browser_available = false;
  host.settings["browser"] = std::string("my-browser");
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  CHECK(host.browser_command == "my-browser");
  CHECK(host.opened.size() == 1);
}

TEST_CASE("time-outs of nothing and ports that are none are errors of the configuration") {
  const auto setting = GENERATE(std::pair<const char*, std::int64_t>{"timeout", 0},
                                std::pair<const char*, std::int64_t>{"timeout", -5},
                                std::pair<const char*, std::int64_t>{"redirect_port", -1},
                                std::pair<const char*, std::int64_t>{"redirect_port", 65536});
  Host host("pkce");
  host.settings[setting.first] = setting.second;
  CHECK(host.refresh().status() == Status::invalid_config);
  CHECK(host.listened.opened == 0);
}

TEST_CASE("a login without endpoints or a client id says which is missing") {
  Host host("pkce");
  host.client_config.authorization_endpoint.clear();
  CHECK(contains(host.refresh().error().message, "authorization_endpoint"));
  host.client_config.client_id.clear();
  const auto result = host.refresh();
  CHECK(result.status() == Status::invalid_config);
  CHECK(contains(result.error().message, "client_id"));
}

TEST_CASE("a port that is taken is reported in the host's own words") {
  Host host("pkce");
  host.loopback.open_failure = Status::unavailable;
  const auto result = host.refresh();
  CHECK(result.status() == Status::unavailable);
  CHECK(result.error().message == "the port is taken");
}

TEST_CASE("an authorization code is never sent twice when nobody knows what became of the first request") {
  Host host("pkce");
  host.fail_http(Status::unavailable);
  host.answer(kToken);
  CHECK(host.refresh().status() == Status::unavailable);
  CHECK(host.requests.size() == 1);
}

TEST_CASE("an authorization code that the server refuses is a denial, not a dead refresh token") {
  Host host("pkce");
  host.answer(R"({"error":"invalid_grant"})", 400);
  CHECK(host.refresh().status() == Status::denied);
}

TEST_CASE("a service that the manifest does not grant is named") {
  Host host("pkce");
  host.not_granted = {"authhost.loopback/1"};
  const auto result = host.refresh();
  CHECK(result.status() == Status::not_permitted);
  CHECK(contains(result.error().message, "authhost.loopback/1"));
  CHECK(contains(result.error().hint, "\"loopback\""));
}

TEST_CASE("a service that the host does not have is named") {
  Host host("pkce");
  host.absent = {"authhost.crypto/1"};
  const auto result = host.refresh();
  CHECK(result.status() == Status::plugin);
  CHECK(contains(result.error().message, "authhost.crypto/1"));
}
