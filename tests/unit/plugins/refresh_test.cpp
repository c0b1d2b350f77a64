// The refresh grant and revocation, which the interactive authenticators share.
#include "built_in.hpp"

#include <catch2/catch.hpp>

using namespace built_in;

TEST_CASE("an expired token is refreshed without a person") {
  const std::string flow = GENERATE("pkce", "device_code");
  Host host(flow);
  host.may_interact = false;
  host.set_previous("at-0", "rt-0");
  host.answer(kToken);
  const std::int32_t reason = GENERATE(std::int32_t{AUTHHOST_REASON_EXPIRED}, std::int32_t{AUTHHOST_REASON_REJECTED},
                                       std::int32_t{AUTHHOST_REASON_FORCED});
  REQUIRE(host.refresh(reason).ok());
  const std::map<std::string, std::string> exactly = {
      {"grant_type", "refresh_token"}, {"refresh_token", "rt-0"}, {"client_id", "app"}};
  CHECK(host.requests.at(0).form == exactly);
  CHECK(host.opened.empty());
  CHECK(host.codes.empty());
}

TEST_CASE("O57 a new refresh token replaces the old one") {
  Host host("pkce");
  host.set_previous("at-0", "rt-0");
  host.answer(kToken);
  const auto credentials = host.refresh(AUTHHOST_REASON_EXPIRED);
  REQUIRE(credentials.ok());
  CHECK(text(credentials->refresh_token) == "rt-1");
}

TEST_CASE("O57 keeps the old refresh token when the answer has none") {
  const std::string more = GENERATE("", R"(,"refresh_token":null)", R"(,"refresh_token":"")");
  Host host("pkce");
  host.set_previous("at-0", "rt-0");
  host.answer(R"({"access_token":"at-1","token_type":"Bearer")" + more + "}");
  const auto credentials = host.refresh(AUTHHOST_REASON_EXPIRED);
  REQUIRE(credentials.ok());
  CHECK(text(credentials->refresh_token) == "rt-0");
}

TEST_CASE("a refresh token that the server refuses is reported as such, and no login starts by itself") {
  Host host("pkce");
  host.set_previous("at-0", "rt-0");
  host.answer(R"({"error":"invalid_grant","error_description":"revoked"})", 400);
  const auto result = host.refresh(AUTHHOST_REASON_EXPIRED);
  CHECK(result.status() == Status::invalid_grant);
  CHECK(contains(result.error().message, "revoked"));
  CHECK(host.opened.empty());
  CHECK(host.requests.size() == 1);
}

TEST_CASE("a login does not spend the refresh token") {
  Host host("pkce");
  host.set_previous("at-0", "rt-0");
  host.answer(kToken);
  REQUIRE(host.refresh(AUTHHOST_REASON_LOGIN).ok());
  CHECK(host.requests.at(0).form.at("grant_type") == "authorization_code");
}

TEST_CASE("with nothing to refresh with and nobody to ask, interaction is required") {
  const std::string flow = GENERATE("pkce", "device_code");
  Host host(flow);
  host.may_interact = false;
  host.set_previous("at-0", "");
  CHECK(host.refresh(AUTHHOST_REASON_EXPIRED).status() == Status::interaction_required);
  CHECK(host.requests.empty());
}

TEST_CASE("O58 a refresh token whose fate is unknown is not sent again") {
  Host host("pkce");
  host.set_previous("at-0", "rt-0");
  SECTION("no answer") { host.fail_http(Status::unavailable); }
  SECTION("no answer in time") { host.fail_http(Status::deadline); }
  SECTION("an answer of a broken server") { host.answer("{}", 500); }
  host.answer(kToken);
  CHECK_FALSE(host.refresh(AUTHHOST_REASON_EXPIRED).ok());
  CHECK(host.requests.size() == 1);
}

TEST_CASE("O69 a server that says when to come back gets the refresh token again") {
  Host host("pkce");
  host.set_previous("at-0", "rt-0");
  host.answer("{}", 503).retry_after = seconds(2);
  host.answer(kToken);
  REQUIRE(host.refresh(AUTHHOST_REASON_EXPIRED).ok());
  CHECK(host.requests.at(1).at - host.requests[0].at == seconds(2));
}

TEST_CASE("a public client refreshes, but never with a secret it does not have") {
  Host host("device_code");
  host.set_previous("at-0", "rt-0");
  host.answer(kToken);
  REQUIRE(host.refresh(AUTHHOST_REASON_EXPIRED).ok());
  CHECK(host.requests[0].headers.count("authorization") == 0);
}

TEST_CASE("O64 revocation names the refresh token, and an unknown token is success") {
  const std::string flow = GENERATE("pkce", "device_code");
  Host host(flow);
  host.set_previous("at-0", "rt-0");
  host.answer("", 200).content_type = "text/plain";
  REQUIRE(host.revoke().ok());
  const std::map<std::string, std::string> exactly = {
      {"token", "rt-0"}, {"token_type_hint", "refresh_token"}, {"client_id", "app"}};
  CHECK(host.requests.at(0).form == exactly);
}

TEST_CASE("O64 without a refresh token the access token is revoked") {
  Host host("pkce");
  host.set_previous("at-0", "");
  host.answer("", 200);
  REQUIRE(host.revoke().ok());
  CHECK(host.requests.at(0).form.at("token") == "at-0");
  CHECK(host.requests[0].form.at("token_type_hint") == "access_token");
}

TEST_CASE("O64 no revocation endpoint, or nothing to revoke, is success without a request") {
  Host host("pkce");
  SECTION("no endpoint") {
    host.client_config.revocation_endpoint.clear();
    host.set_previous("at-0", "rt-0");
  }
  SECTION("nothing to revoke") {}
  CHECK(host.revoke().ok());
  CHECK(host.requests.empty());
}

TEST_CASE("O64 a revocation that did not reach the server says so") {
  Host host("pkce");
  host.set_previous("at-0", "rt-0");
  SECTION("no answer") { host.fail_http(Status::unavailable); }
  SECTION("not available") { host.answer("", 503); }
  CHECK(host.revoke().status() == Status::unavailable);
}
