#include "cli/output.hpp"
#include "cli/token_view.hpp"

#include <catch2/catch.hpp>

using namespace authhost;
using namespace authhost::cli;

TEST_CASE("times are RFC 3339 in UTC, rounded down") {
  CHECK(rfc3339(0) == "1970-01-01T00:00:00Z");
  CHECK(rfc3339(1'795'512'600'999) == "2026-11-24T09:30:00Z");
  CHECK(rfc3339(-1) == "1969-12-31T23:59:59Z");
  CHECK(rfc3339(1'709'164'800'000) == "2024-02-29T00:00:00Z");
}

TEST_CASE("JSON strings escape quotes, backslashes and control characters") {
  CHECK(json_string("a\"b\\c\n\x01é") == "\"a\\\"b\\\\c\\u000a\\u0001é\"");
}

TEST_CASE("token and header have a text and a JSON form") {
  const std::vector<std::string> scopes = {"openid", "all"};
  const TokenView view{"tok\"en", "Bearer", "flyte-authorization", "0123", &scopes, 1'795'512'600'000};
  CHECK(token_text(view, Output::text).reveal() == "tok\"en\n");
  CHECK(token_text(view, Output::json).reveal() ==
        R"({"access_token":"tok\"en","token_type":"Bearer","expires_at":"2026-11-24T09:30:00Z",)"
        R"("header_key":"flyte-authorization","scopes":["openid","all"],"id":"0123"})"
        "\n");
  CHECK(header_text(view, Output::text).reveal() == "flyte-authorization: Bearer tok\"en\n");
  CHECK(header_text(view, Output::json).reveal() ==
        "{\"header_key\":\"flyte-authorization\",\"value\":\"Bearer tok\\\"en\",\"id\":\"0123\"}\n");
}

TEST_CASE("a token of unknown life has no expiry in JSON, not an invented one") {
  const std::vector<std::string> none;
  const TokenView view{"t", "Bearer", "authorization", "0", &none, std::nullopt};
  CHECK(token_text(view, Output::json).reveal().find("\"expires_at\":null") != std::string_view::npos);
}
