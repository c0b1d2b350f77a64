// What the token endpoint may answer, and what comes of it.
#include "harness.hpp"

#include <catch2/catch.hpp>

using namespace authhost::test;

namespace {

// `authhost token` with a provider that answers the token request like this.
Finished ask(const Json& fault, const std::string& profile_lines = "") {
  const TempHome home;
  auto profile = service_profile();
  profile.profile = profile_lines;
  home.write_config(profile.toml());
  provider().reset();
  provider().control({{"token", fault}});
  return Cli(home).run({"--output", "text", "token"}, {.env = {kSecret}});
}
Finished ask_body(const std::string& body) { return ask({{"body", body}}); }
Finished ask_json(const Json& patch) { return ask({{"json", token_answer(patch)}}); }

// A good answer to the same question, as JSON.
Json good(const Json& fault) {
  const TempHome home;
  home.write_config(service_profile().toml());
  provider().reset();
  provider().control({{"token", fault}});
  const auto done = Cli(home).run({"--output", "json", "token"}, {.env = {kSecret}});
  INFO(done.err);
  REQUIRE(done.status == 0);
  CHECK(done.err.empty());
  return Json::parse(done.out);
}

// Refused, by a single request, and nothing was kept that a later run would hand out.
void refused(const Finished& done) {
  failed(done, 7);
  CHECK(provider().count("/token") == 1);
}

}  // namespace

TEST_CASE("O31 a token type that is not Bearer is refused, Bearer is taken in any case") {
  for (const Json& type : {Json(nullptr), Json("mac"), Json("DPoP"), Json("N_A"), Json(5), Json(true), Json(""), Json::array({"Bearer"}),
                           Json(" Bearer"), Json("Bearer\r\n"), Json::object({{"a", "Bearer"}})}) {
    INFO(type.dump());
    refused(ask_json({{"token_type", type}}));
  }
  refused(ask_body(R"({"access_token":"t","token_type":null,"expires_in":300})"));
  for (const char* type : {"Bearer", "bearer", "BEARER"}) {
    INFO(type);
    CHECK(good({{"json", token_answer({{"token_type", type}})}})["token_type"] == "Bearer");
  }
}

TEST_CASE("O32 members that nobody knows are ignored") {
  const auto token = good({{"json", token_answer({{"expires_on", "1"}, {"ext_expires_in", -5}, {"x", {{"y", {1, 2, nullptr}}}}})}});
  CHECK(token["access_token"] == "t0k3n-of-the-test");
}

TEST_CASE("O33 an expires_in that is no positive number is never a token for ever") {
  for (const char* life : {"-1", "-300", "0", "1e400", "-1e400", "{}", "[]", "[300]", "true", "false", "1.5", "0.1", "1e18", "\"\"",
                           "\"-5\"", "\"0\"", "\"1e9\"", "\"soon\"", "\" 300\"", "\"300s\"", "\"0x12c\"", "{\"seconds\":300}",
                           "99999999999999999999999999", "\"99999999999999999999999999\""}) {
    INFO(life);
    const TempHome home;
    home.write_config(service_profile().toml());
    provider().reset();
    provider().control({{"token", {{"body", std::string(R"({"access_token":"t","token_type":"Bearer","expires_in":)") + life + "}"}}}});
    const auto done = Cli(home).run({"--output", "json", "token"}, {.env = {kSecret}});
    INFO(done.out << done.err);
    if (done.status == 0) CHECK(seconds_until(Json::parse(done.out)["expires_at"]) <= 300);
    else CHECK(done.status == 7);
  }
}

TEST_CASE("O33 a string of digits is a lifetime") {
  const double left = seconds_until(good({{"json", token_answer({{"expires_in", "120"}})}})["expires_at"]);
  CHECK(left <= 120);
  CHECK(left > 20);
}

TEST_CASE("O33 nothing lives longer than ten years") {
  for (const Json& life : {Json(999'999'999'999), Json("999999999999"), Json(4'102'444'800)}) {
    INFO(life.dump());
    CHECK(seconds_until(good({{"json", token_answer({{"expires_in", life}})}})["expires_at"]) <= 3653.0 * 86'400);
  }
}

TEST_CASE("O34 without expires_in an opaque token lives 300 s, a JWT until its exp") {
  for (const Json& fault : {Json{{"omit", {"expires_in"}}}, Json{{"set", {{"expires_in", nullptr}}}}}) {
    const double left = seconds_until(good(fault)["expires_at"]);
    CHECK(left <= 300);
    CHECK(left > 200);
  }
  const TempHome home;
  home.write_config(service_profile().toml());
  provider().reset();
  provider().control({{"access_token", {{"format", "jwt"}, {"ttl", 1200}}}, {"token", {{"omit", {"expires_in"}}}}});
  const auto done = Cli(home).run({"--output", "json", "token"}, {.env = {kSecret}});
  INFO(done.err);
  REQUIRE(done.status == 0);
  const double left = seconds_until(Json::parse(done.out)["expires_at"]);
  CHECK(left <= 1201);
  CHECK(left > 1000);
}

TEST_CASE("O34 something that only looks like a JWT lives 300 s at most") {
  // {"exp":1e300}, {"exp":"never"}, {"exp":{}}, no base64, no JSON; base64url without padding.
  for (const char* payload : {"eyJleHAiOjFlMzAwfQ", "eyJleHAiOiJuZXZlciJ9", "eyJleHAiOnt9fQ", "!!!!", "AAAA", ""}) {
    INFO(payload);
    const TempHome home;
    home.write_config(service_profile().toml());
    provider().reset();
    provider().control({{"token", {{"json", token_answer({{"access_token", "eyJhbGciOiJub25lIn0." + std::string(payload) + ".c2ln"},
                                                          {"expires_in", nullptr}})}}}});
    const auto done = Cli(home).run({"--output", "json", "token"}, {.env = {kSecret}});
    if (done.status == 0) CHECK(seconds_until(Json::parse(done.out)["expires_at"]) <= 300);
    else CHECK(done.status == 7);
  }
}

TEST_CASE("O35 an access token that cannot stand in a header is refused") {
  for (const Json& token : {Json(nullptr), Json(""), Json(5), Json(true), Json::array({"t"}), Json::object({{"t", "t"}}),
                            Json("a\r\nX-Evil: 1"), Json("a\nb"), Json(std::string("a\0b", 3)), Json("a b"), Json(" a"), Json("a "),
                            Json("a\tb"), Json("a\x7f"), Json("tök€n"), Json("a\u202e" "b"), Json(std::string(70'000, 'x')),
                            Json(std::string(1'000'000, 'x'))}) {  // a longer one ends at the limit of the body
    INFO(token.dump().substr(0, 60));
    refused(ask_json({{"access_token", token}}));
  }
  refused(ask_body(R"({"access_token":null,"token_type":"Bearer"})"));
}

TEST_CASE("O35 a refresh token or id token with odd characters is refused as well") {
  for (const char* name : {"refresh_token", "id_token"}) {
    for (const Json& value : {Json("a\r\nb"), Json(std::string("a\0b", 3)), Json(7), Json::object(), Json(std::string(70'000, 'x'))}) {
      INFO(name << " " << value.dump().substr(0, 60));
      refused(ask_json({{name, value}}));
    }
  }
}

TEST_CASE("O37 the scope that was granted is the one that is shown") {
  CHECK(good({{"set", {{"scope", "read write"}}}})["scopes"] == Json({"read", "write"}));
  CHECK(good({{"omit", {"scope"}}})["scopes"] == Json({"all"}));
  for (const Json& scope : {Json(5), Json::array({"all"}), Json("re\r\nad"), Json("ré")}) {
    INFO(scope.dump());
    refused(ask({{"set", {{"scope", scope}}}}));
  }
}

TEST_CASE("O42 an answer that is not one plain JSON object is refused") {
  const std::string proper = token_answer().dump();
  std::string deep = R"({"access_token":"t","token_type":"Bearer","expires_in":300,"x":)";
  const std::string deep40 = deep + std::string(40, '[') + std::string(40, ']') + "}";
  const std::string deep50000 = deep + std::string(50'000, '[') + std::string(50'000, ']') + "}";
  for (const std::string& body :
       {std::string(), std::string(" "), std::string("null"), std::string("true"), std::string("\"token\""), "[" + proper + "]",
        proper + "x", proper + proper, proper + " 1", proper + std::string("\0", 1), "\xEF\xBB\xBF" + proper, "/**/" + proper,
        proper.substr(0, proper.size() - 1), std::string("access_token=t&token_type=bearer"), std::string("{'access_token':'t'}"),
        std::string(R"({"access_token":"good","access_token":"evil","token_type":"Bearer"})"),
        std::string(R"({"access_token":"t","token_type":"mac","token_type":"Bearer"})"),
        std::string(R"({"access_token":"t","token_type":"Bearer","x":{"a":1,"a":2}})"),
        std::string(R"({"access_token":"t","access_t\u006fken":"e","token_type":"Bearer"})"),
        std::string(R"({"access_token":"t","token_type":"Bearer","expires_in":NaN})"),
        std::string(R"({"access_token":"t","token_type":"Bearer","x":"\ud800"})"), deep40, deep50000}) {
    INFO(body.substr(0, 80));
    refused(ask_body(body));
  }
}

TEST_CASE("O43 a page of HTML with status 200 is summarised in a few safe words") {
  std::string page = "<!doctype html><html><head><title>Sign\x1b[31m in</title><script>var secret = 1;</script></head><body>";
  for (int i = 0; i < 5'000; ++i) page += "<p>Please log in to the company's network.</p>\n";
  const auto done = ask({{"body", page}, {"content_type", "text/html; charset=utf-8"}});
  refused(done);
  CHECK(done.err.size() < 700);
  CHECK(contains(done.err, "Sign"));
  CHECK_FALSE(contains(done.err, "<p>"));
  CHECK_FALSE(contains(done.err, "var secret"));
}

TEST_CASE("O43 anything but JSON by content type is refused, whatever it holds") {
  for (const char* type : {"text/html", "text/plain", "application/octet-stream", "application/x-www-form-urlencoded", "text/json", "",
                           "application/jsonp", "xapplication/json"}) {
    INFO(type);
    refused(ask({{"json", token_answer()}, {"content_type", type}}));
  }
  for (const char* type : {"application/json", "application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"}) {
    INFO(type);
    CHECK(good({{"json", token_answer()}, {"content_type", type}})["access_token"] == "t0k3n-of-the-test");
  }
}

TEST_CASE("O15 a redirect of the token endpoint is not followed, and named without its query") {
  for (const int status : {301, 302, 303, 307, 308}) {
    INFO(status);
    const auto done = ask({{"redirect", provider().url("/api?token=secret-in-the-query")}, {"status", status}});
    const auto message = failed(done, {6, 7});
    CHECK(contains(message, "/api"));
    CHECK_FALSE(contains(message, "secret-in-the-query"));
    CHECK(provider().count("/api") == 0);
    CHECK(provider().count("/token") == 1);
  }
  failed(ask({{"redirect", ""}}), {6, 7});
  failed(ask({{"redirect", "javascript:alert(1)\x1b[2J"}}), {6, 7});
  failed(ask({{"redirect", "http://" + std::string(8'000, 'a')}}), {6, 7});
}

TEST_CASE("O41 a body without end is cut off") {
  const auto message = failed(ask({{"endless", "body"}}), {6, 7});
  CHECK(contains(message, "1 MiB"));
}

TEST_CASE("O41 headers without end are cut off") { failed(ask({{"endless", "headers"}}), {6, 7}); }

TEST_CASE("O41 an answer that trickles ends with the refresh's time") {
  const auto done = ask({{"trickle_ms", 200}}, "refresh_timeout = \"1s\"\n");
  CHECK(contains(failed(done, {6, 11}), "time"));
}

TEST_CASE("O41 an answer that never begins ends with the refresh's time") {
  failed(ask({{"delay_ms", 30'000}}, "refresh_timeout = \"1s\"\n"), 11);
}

TEST_CASE("a connection that is cut is a server that is not available") {
  for (const Json& fault : {Json{{"drop", "before"}}, Json{{"drop", "after"}}, Json{{"cut_at", 20}}}) {
    INFO(fault.dump());
    failed(ask(fault), 6);
    CHECK(provider().count("/token") <= 6);
  }
}

TEST_CASE("bytes that are not HTTP are refused") {
  for (const std::string& raw :
       {std::string("nonsense\r\n\r\n"), token_answer().dump(), std::string("SSH-2.0-OpenSSH_9.2\r\n"), std::string("\0\0\0\0", 4),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}"), std::string("HTTP/1.1 999999 X\r\n\r\n"), std::string("HTTP/9.9 200 OK\r\n\r\n{}"),
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + token_answer().dump(),
        std::string("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\r\nnot gzip at all")}) {
    INFO(raw.substr(0, 40));
    failed(ask({{"raw", raw}}), {6, 7});
    CHECK(provider().count("/token") <= 6);
  }
}

TEST_CASE("a server in trouble is asked again a few times, not more") {
  for (const Json& fault : {Json{{"status", 500}}, Json{{"status", 502}, {"body", "<html><h1>Bad gateway</h1></html>"}, {"content_type", "text/html"}},
                            Json{{"status", 503}, {"body", ""}, {"content_type", ""}}, Json{{"status", 504}}, Json{{"status", 429}}}) {
    INFO(fault.dump());
    const auto message = failed(ask(fault), 6);
    CHECK(contains(message, std::to_string(fault["status"].get<int>())));
    CHECK(provider().count("/token") <= 6);
  }
}

TEST_CASE("O69 Retry-After is obeyed") {
  const auto done = ask(Json::array({{{"status", 429}, {"retry_after", 1}}}));
  INFO(done.err);
  CHECK(done.status == 0);
  const Json log = provider().log("/token");
  REQUIRE(log.size() == 2);
  CHECK(log[1]["t_ms"].get<int>() - log[0]["t_ms"].get<int>() >= 990);
}

TEST_CASE("O69 a Retry-After that nobody would wait for ends with 6") {
  for (const Json& wait : {Json(100'000), Json("Fri, 31 Dec 2099 23:59:59 GMT"), Json("99999999999999999999")}) {
    for (const int status : {429, 503}) {
      INFO(wait.dump() << " " << status);
      failed(ask({{"status", status}, {"retry_after", wait}}), 6);
      CHECK(provider().count("/token") == 1);
    }
  }
  for (const Json& wait : {Json("soon"), Json(-5), Json("Thu, 01 Jan 1970 00:00:00 GMT"), Json(0)}) {
    INFO(wait.dump());
    failed(ask({{"status", 429}, {"retry_after", wait}}), 6);
    CHECK(provider().count("/token") <= 6);
  }
}

TEST_CASE("an OAuth error ends with its own status, and its description is shown") {
  const struct {
    const char* code;
    int status;
  } rows[] = {{"invalid_client", 5}, {"unauthorized_client", 5}, {"access_denied", 5}, {"invalid_scope", 5}, {"invalid_request", 5},
              {"unsupported_grant_type", 5}, {"made_up_code", 5}, {"temporarily_unavailable", 6}, {"server_error", 6}};
  for (const auto& row : rows) {
    INFO(row.code);
    const auto message = failed(ask({{"error", row.code}, {"error_description", "the words of the server"}}), row.status);
    CHECK(contains(message, row.code));
    CHECK(contains(message, "the words of the server"));
  }
  failed(ask({{"error", "invalid_client"}, {"status", 401}, {"headers", {{"WWW-Authenticate", "Basic realm=\"x\""}}}}), 5);
  // Some servers say 200 and mean an error.
  failed(ask({{"error", "invalid_client"}, {"status", 200}}), 5);
}

TEST_CASE("an error answer that is none is nonsense") {
  for (const Json& body : {Json::object(), Json{{"error", nullptr}}, Json{{"error", 5}}, Json{{"error", ""}}, Json{{"error", Json::array({"x"})}},
                           Json::array(), Json("invalid_client"), Json(nullptr)}) {
    INFO(body.dump());
    failed(ask({{"status", 400}, {"json", body}}), 7);
  }
  failed(ask({{"status", 400}, {"body", "<html>no</html>"}, {"content_type", "text/html"}}), 7);
  failed(ask({{"status", 204}, {"body", ""}}), 7);
  failed(ask({{"status", 201}, {"json", token_answer()}}), {0, 7});
}

TEST_CASE("O44 what the server says is shown without control and direction characters, and short") {
  const auto done = ask({{"error", "invalid_client\x1b]0;owned\x07"},
                         {"error_description", "red\x1b[31m\r\nauthhost: all is well\nhint: none \u202e tfel \u2066 \u200b \u009b end"}});
  const auto message = failed(done, 5);
  CHECK(contains(message, "red"));
  CHECK(contains(message, "end"));
  failed(ask({{"error", "invalid_client"}, {"error_description", std::string(200'000, 'w')}}), 5);
  failed(ask({{"error", std::string(200'000, 'w')}, {"error_description", Json("x")}}), 5);
}

TEST_CASE("O73 a client secret that the server repeats is not shown, in whatever spelling and place") {
  const std::string secret = "a+b c/%~é";
  // As it is, form-encoded (with and without `~`), as JSON, and in the Basic header with and without form encoding.
  const std::vector<std::string> spellings = {
      secret, "a%2Bb+c%2F%25~%C3%A9", "a%2Bb+c%2F%25%7E%C3%A9", "a%2bb%20c%2f%25~%c3%a9", "a+b c\\/%~\\u00e9",
      "Y2xpZW50OmElMkJiK2MlMkYlMjV+JUMzJUE5", "Basic Y2xpZW50OmElMkJiK2MlMkYlMjV+JUMzJUE5", "Y2xpZW50OmErYiBjLyV+w6k="};
  const auto ask_as_client = [&](const Json& fault, const char* method) {
    const TempHome home;
    auto profile = service_profile();
    profile.client_id = "client";
    profile.settings += "auth_method = \"" + std::string(method) + "\"\n";
    home.write_config(profile.toml());
    provider().reset();
    provider().control({{"token", fault}});
    return Cli(home).run({"token"}, {.env = {"DEMO_SECRET=" + secret}});
  };
  const std::string padding(280, '.');
  for (const auto& spelling : spellings) {
    for (const Json& fault :
         {Json{{"error", "invalid_client"}, {"error_description", "you sent <" + spelling + "> to me"}},
          Json{{"error", "bad " + spelling}, {"error_description", "x"}},
          Json{{"error", "invalid_client"}, {"error_description", padding + " " + spelling}},
          Json{{"error", "invalid_client"}, {"error_description", std::string(292, '.') + spelling}},
          Json{{"status", 200}, {"body", "<html><title>" + spelling + "</title></html>"}, {"content_type", "text/html"}},
          Json{{"status", 200}, {"body", "x"}, {"content_type", "text/" + spelling}},
          Json{{"redirect", provider().url("/" + spelling)}}}) {
      INFO(fault.dump());
      const auto done = ask_as_client(fault, "basic");
      failure_text(done);
      CHECK_FALSE(contains(done.err, spelling));
      CHECK_FALSE(contains(done.err, "a+b c"));
      CHECK_FALSE(contains(done.err, "a%2B"));
      CHECK_FALSE(contains(done.err, "Y2xpZW50Om"));
    }
  }
  const auto posted = ask_as_client({{"error", "invalid_client"}, {"error_description", "client_secret=a%2Bb+c%2F%25~%C3%A9"}}, "post");
  failed(posted, 5);
  CHECK_FALSE(contains(posted.err, "a%2B"));
}

TEST_CASE("nothing is kept of an answer that was refused") {
  const TempHome home;
  home.write_config(service_profile().toml());
  provider().control({{"token", {{"times", 1}, {"json", token_answer({{"access_token", "canary-of-a-bad-answer"}, {"token_type", "mac"}})}}}});
  failed(Cli(home).run({"token"}, {.env = {kSecret}}), 7);
  CHECK(home.files_with("canary-of-a-bad-answer").empty());
  const auto next = Cli(home).run({"token"}, {.env = {kSecret}});
  CHECK(next.status == 0);
  CHECK(next.out.starts_with("access-"));
}

TEST_CASE("O36 no bearer goes to the authorization server") {
  const TempHome home;
  home.write_config(service_profile().toml());
  REQUIRE(Cli(home).run({"token"}, {.env = {kSecret}}).status == 0);
  REQUIRE(Cli(home).run({"token", "--refresh"}, {.env = {kSecret}}).status == 0);
  REQUIRE(Cli(home).run({"logout"}, {.env = {kSecret}}).status == 0);
  for (const Json& request : provider().log()) CHECK_FALSE(contains(request["headers"].value("authorization", ""), "Bearer"));
}
