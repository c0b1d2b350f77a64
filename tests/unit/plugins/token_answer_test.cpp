// What a token endpoint may answer, and what becomes of it.
#include "built_in.hpp"

#include <catch2/catch.hpp>

using namespace built_in;

namespace {

// The refresh grant is the shortest way to a token answer.
struct AnswerHost : Host {
  AnswerHost() : Host("pkce") { set_previous("at-0", "rt-0"); }
  authhost::Result<authhost::Credentials> ask(std::string body, int status = 200) {
    answer(std::move(body), status);
    return refresh(AUTHHOST_REASON_EXPIRED);
  }
};

std::string token_with(const std::string& members) { return R"({"access_token":"t","token_type":"Bearer",)" + members + "}"; }

}  // namespace

TEST_CASE("O31 bearer is understood in any case, nothing else is") {
  AnswerHost host;
  CHECK(host.ask(R"({"access_token":"t","token_type":"bEaReR"})").ok());
  for (const char* body : {R"({"access_token":"t"})", R"({"access_token":"t","token_type":"mac"})",
                           R"({"access_token":"t","token_type":7})", R"({"access_token":"t","token_type":null})",
                           R"({"access_token":"t","token_type":"Bearer "})"}) {
    INFO(body);
    CHECK(host.ask(body).status() == Status::protocol);
  }
}

TEST_CASE("O32 unknown fields are ignored") {
  AnswerHost host;
  CHECK(host.ask(token_with(R"("extra":{"a":[1,2]},"scope":"read")")).ok());
}

TEST_CASE("O33 a life is a positive whole number, in digits at most") {
  AnswerHost host;
  CHECK(host.ask(token_with(R"("expires_in":60)"))->expires_in == seconds(60));
  CHECK(host.ask(token_with(R"("expires_in":"3599")"))->expires_in == seconds(3599));
  CHECK(host.ask(token_with(R"("expires_in":3600.0)"))->expires_in == seconds(3600));
  for (const char* life : {"-1", "0", "1e400", "1e300", "1.5", "{}", "[]", "true", "\"\"", "\"1e3\"", "\"-5\"", "\"soon\"",
                           "\"99999999999999999999\""}) {
    INFO(life);
    CHECK(host.ask(token_with(std::string(R"("expires_in":)") + life)).status() == Status::protocol);
  }
}

TEST_CASE("O33 no life is longer than ten years") {
  AnswerHost host;
  CHECK(host.ask(token_with(R"("expires_in":99999999999)"))->expires_in == std::chrono::hours(24 * 365 * 10));
}

TEST_CASE("O34 a missing life is left for the host to judge") {
  AnswerHost host;
  CHECK_FALSE(host.ask(R"({"access_token":"t","token_type":"Bearer"})")->expires_in.has_value());
  CHECK_FALSE(host.ask(token_with(R"("expires_in":null)"))->expires_in.has_value());
}

TEST_CASE("O35 an access token is visible ASCII, and not endless") {
  AnswerHost host;
  for (const std::string& token :
       {std::string("null"), std::string("7"), std::string("\"\""), std::string("\"a b\""), std::string("\"a\\r\\nx: y\""),
        std::string("\"a\\u0000b\""), std::string("\"\\u00e9\""), "\"" + std::string(1 << 20, 'a') + "\""}) {
    INFO(token.substr(0, 40));
    CHECK(host.ask(R"({"access_token":)" + token + R"(,"token_type":"Bearer"})").status() == Status::protocol);
  }
  CHECK(host.ask(R"({"token_type":"Bearer"})").status() == Status::protocol);
  CHECK(host.emitted == 0);
}

TEST_CASE("O35 refresh and id tokens are held to the same rule") {
  AnswerHost host;
  CHECK(host.ask(token_with(R"("refresh_token":7)")).status() == Status::protocol);
  CHECK(host.ask(token_with(R"("refresh_token":"a\nb")")).status() == Status::protocol);
  CHECK(host.ask(token_with(R"("id_token":[])")).status() == Status::protocol);
}

TEST_CASE("O37 granted scopes are recorded") {
  AnswerHost host;
  CHECK(host.ask(token_with(R"("scope":"read  write")"))->scopes == std::vector<std::string>{"read", "write"});
  CHECK(host.ask(token_with(R"("scope":["read"])")).status() == Status::protocol);
}

TEST_CASE("O42 only a JSON object without duplicates and trailing data is an answer") {
  AnswerHost host;
  for (const char* body : {"", "[]", "null", "\"t\"", R"({"access_token":"t","access_token":"u","token_type":"Bearer"})",
                           R"({"access_token":"t","token_type":"Bearer"} x)", R"({"access_token":"t")", "\xff\xfe"}) {
    INFO(body);
    CHECK(host.ask(body).status() == Status::protocol);
  }
}

TEST_CASE("O43 anything but application/json is refused, and a page is summarised") {
  AnswerHost host;
  host.answer("<html><head><title>Log in</title><style>b{}</style></head><body><script>evil()</script><b>Corp\x1b[31m portal</b>" +
              std::string(100'000, 'x') + "</body></html>")
      .content_type = "text/html; charset=utf-8";
  const auto result = host.refresh(AUTHHOST_REASON_EXPIRED);
  REQUIRE(result.status() == Status::protocol);
  CHECK(contains(result.error().message, "text/html"));
  CHECK(contains(result.error().message, "Log in"));
  CHECK_FALSE(contains(result.error().message, "evil"));
  CHECK_FALSE(contains(result.error().message, "<"));
  CHECK_FALSE(contains(result.error().message, "\x1b"));
  CHECK(result.error().message.size() < 500);
  for (const char* type : {"", "text/plain", "application/jsonp", "application/jwt"}) {
    host.answer(kToken).content_type = type;
    CHECK(host.refresh(AUTHHOST_REASON_EXPIRED).status() == Status::protocol);
  }
  host.answer(kToken).content_type = "Application/JSON;charset=UTF-8";
  CHECK(host.refresh(AUTHHOST_REASON_EXPIRED).ok());
}

TEST_CASE("O15 a redirect is not followed, and its target is named without its query") {
  AnswerHost host;
  host.answer("", 302).headers["Location"] = "https://elsewhere.example/login?token=x";
  const auto result = host.refresh(AUTHHOST_REASON_EXPIRED);
  CHECK(result.status() == Status::protocol);
  CHECK(contains(result.error().message, "https://elsewhere.example/login"));
  CHECK_FALSE(contains(result.error().message, "token=x"));
  CHECK(host.requests.size() == 1);
}

TEST_CASE("O44 error texts are shown without control and direction characters") {
  AnswerHost host;
  const auto result = host.ask("{\"error\":\"invalid_request\",\"error_description\":\"a\\u001b[31mb\\u202ec\\u0000d\\ne\\u200b\"}", 400);
  REQUIRE(result.status() == Status::denied);
  CHECK(contains(result.error().message, "invalid_request: a [31mbc d e"));
}

TEST_CASE("an error that comes with status 200 is an error") {
  AnswerHost host;
  CHECK(host.ask(R"({"error":"invalid_grant"})").status() == Status::invalid_grant);
}

TEST_CASE("trouble of the server is UNAVAILABLE, whatever it looks like") {
  AnswerHost host;
  CHECK(host.ask("{}", 500).status() == Status::unavailable);
  CHECK(host.ask(R"({"error":"invalid_grant"})", 500).status() == Status::unavailable);
  CHECK(host.ask(R"({"error":"temporarily_unavailable"})", 400).status() == Status::unavailable);
  host.answer("<h1>Bad gateway</h1>", 502).content_type = "text/html";
  const auto result = host.refresh(AUTHHOST_REASON_EXPIRED);
  CHECK(result.status() == Status::unavailable);
  CHECK(contains(result.error().message, "HTTP 502: Bad gateway"));
}

TEST_CASE("a refusal without an OAuth error is nonsense") {
  AnswerHost host;
  CHECK(host.ask("{}", 400).status() == Status::protocol);
  CHECK(host.ask(R"({"error":7})", 400).status() == Status::protocol);
  CHECK(host.ask(kToken, 201).status() == Status::protocol);
}
