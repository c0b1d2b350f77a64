#include "built_in.hpp"

#include <catch2/catch.hpp>

using namespace built_in;

namespace {
struct ProgramHost : Host {
  ProgramHost() : Host("client_credentials") {
    settings["client_secret"] = std::string("s3cret");
    may_interact = false;
  }
};
}  // namespace

TEST_CASE("O38 Basic form-encodes the id and the secret") {
  ProgramHost host;
  host.client_config.client_id = "client";
  host.settings["client_secret"] = std::string("a+b c/%~\u00e9");
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  CHECK(host.requests[0].headers.at("authorization") == "Basic Y2xpZW50OmElMkJiK2MlMkYlMjV+JUMzJUE5");
  CHECK(host.requests[0].form.count("client_secret") == 0);
  CHECK(host.requests[0].form.count("client_id") == 0);
}

TEST_CASE("client_secret_post sends id and secret in the body, and no header") {
  ProgramHost host;
  host.settings["auth_method"] = std::string("post");
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  CHECK(host.requests[0].headers.count("authorization") == 0);
  CHECK(host.requests[0].form.at("client_id") == "app");
  CHECK(host.requests[0].form.at("client_secret") == "s3cret");
}

TEST_CASE("scope and audience are sent where they are configured, and nothing else is") {
  ProgramHost host;
  host.client_config.audience = "https://api.example";
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  const std::map<std::string, std::string> exactly = {
      {"grant_type", "client_credentials"}, {"scope", "read write"}, {"audience", "https://api.example"}};
  CHECK(host.requests[0].form == exactly);
  host.client_config.scopes.clear();
  host.client_config.audience.clear();
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  CHECK(host.requests[1].form == std::map<std::string, std::string>{{"grant_type", "client_credentials"}});
}

TEST_CASE("client credentials need no person and keep no refresh token") {
  ProgramHost host;
  host.answer(kToken);
  const auto credentials = host.refresh(AUTHHOST_REASON_EXPIRED);
  REQUIRE(credentials.ok());
  CHECK(credentials->refresh_token.empty());
  CHECK(credentials->expires_in == seconds(3600));
}

TEST_CASE("a missing secret, client id or token endpoint is an error of the configuration, without a request") {
  ProgramHost host;
  SECTION("secret") { host.settings.erase("client_secret"); }
  SECTION("client id") { host.client_config.client_id.clear(); }
  SECTION("token endpoint") { host.client_config.token_endpoint.clear(); }
  CHECK(host.refresh().status() == Status::invalid_config);
  CHECK(host.requests.empty());
}

TEST_CASE("a request that spends nothing is tried three times in all when the network fails") {
  ProgramHost host;
  host.fail_http(Status::unavailable);
  host.answer("{}", 503);
  host.answer(kToken);
  CHECK(host.refresh().ok());
  CHECK(host.requests.size() == 3);
  host.requests.clear();
  CHECK(host.refresh().status() == Status::unavailable);
  CHECK(host.requests.size() == 3);
}

TEST_CASE("O69 a short Retry-After is waited for, a long one ends the attempt with the server's wish") {
  ProgramHost host;
  host.answer("{}", 429).retry_after = seconds(7);
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  CHECK(host.requests[1].at - host.requests[0].at == seconds(7));
  host.requests.clear();
  host.answer("{}", 503).retry_after = seconds(60);
  CHECK(host.refresh().status() == Status::unavailable);
  CHECK(host.requests.size() == 1);
}

TEST_CASE("O41 all attempts together stay under thirty seconds") {
  ProgramHost host;
  for (int i = 0; i < 3; ++i) host.answer("{}", 503).takes = seconds(14);
  const auto start = host.monotonic;
  CHECK_FALSE(host.refresh().ok());
  CHECK(host.monotonic - start <= seconds(30));
}

TEST_CASE("what a server says about a wrong client is a denial") {
  const std::string code = GENERATE("invalid_client", "unauthorized_client", "access_denied", "invalid_grant", "invalid_scope");
  ProgramHost host;
  host.answer(R"({"error":")" + code + R"(","error_description":"not you"})", 401);
  const auto result = host.refresh();
  CHECK(result.status() == Status::denied);
  CHECK(contains(result.error().message, code + ": not you"));
  CHECK(host.requests.size() == 1);
}

TEST_CASE("O64 client credentials can revoke their access token") {
  ProgramHost host;
  host.set_previous("at-9", "");
  host.answer("", 200).content_type = "";
  REQUIRE(host.can_revoke());
  REQUIRE(host.revoke().ok());
  CHECK(host.requests[0].url == "https://idp.example/revoke");
  CHECK(host.requests[0].form.at("token") == "at-9");
  CHECK(host.requests[0].headers.count("authorization") == 1);
}
