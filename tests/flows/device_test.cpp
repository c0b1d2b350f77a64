// The device flow with a server that means harm, stumbles, or says no.
#include "harness.hpp"

#include "support/eventually.hpp"

#include <catch2/catch.hpp>

using namespace authhost::test;

namespace {

struct Device {
  TempHome home;
  Cli cli{home};

  explicit Device(const std::string& settings = "open_browser = true\n") {
    provider().reset();
    recording_browser(home);
    auto profile = device_profile();
    profile.settings = settings;
    home.write_config(profile.toml());
  }
  Finished login() const { return cli.run({"login"}, {.env = {"BROWSER=" + home.path("browser.sh")}}); }
  std::string browser_arguments() const { return home.read("browser.args"); }
};

Json device_answer(const Json& members) { return {{"device_authorization", {{"set", members}}}}; }

// Nobody was asked anything: no poll, no browser, and no word of the address or the code.
void nothing_happened(const Device& device, const Finished& done) {
  failed(done, 7);
  CHECK(provider().count("/token") == 0);
  CHECK(device.home.read("browser.env").empty());
}

int wait_between(const Json& log, std::size_t first) {
  return log.at(first + 1)["t_ms"].get<int>() - log.at(first)["t_ms"].get<int>();
}

// stderr of a login that failed after it had shown its code.
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

}  // namespace

TEST_CASE("O50 a verification_uri that must not be shown ends the login with 7, no poll, no browser") {
  for (const Json& uri :
       {Json("javascript:alert(1)"), Json("file:///etc/passwd"), Json("data:text/html,x"), Json("http://evil.example/device"),
        Json("ftp://evil.example/"), Json("https://user:pass@evil.example/"), Json("https://user@evil.example/"),
        Json("http://127.0.0.1@evil.example/"), Json("http://127.0.0.1.evil.example/"), Json("https://evil.example/\x1b[2J"),
        Json("https://evil.example/\r\nX"), Json("https://evil.example/\u202e"), Json("https://evil.example/a b"), Json("|calc"), Json("-flag"),
        Json("--help"), Json("$(id)"), Json("evil.example/device"), Json("//evil.example/device"), Json("https://"), Json("https:///x"), Json(""),
        Json(nullptr), Json(5), Json::array({"https://evil.example/"}), Json("https://evil.example/" + std::string(5'000, 'a')),
        Json("https://evil.example:99999999/"), Json("https://evil.example\\@good.example/"), Json("https://-flag.example/")}) {
    INFO(uri.dump().substr(0, 60));
    const Device device;
    provider().control(device_answer({{"verification_uri", uri}}));
    nothing_happened(device, device.login());
  }
}

TEST_CASE("O51 a user_code that must not be shown ends the login with 7, no poll, no browser") {
  for (const Json& code : {Json(""), Json("   "), Json(nullptr), Json(12345678), Json(std::string(65, 'A')), Json(std::string(100'000, 'A')), Json("AB\x1b[31mCD"),
                           Json("AB\r\nCD"), Json(std::string("A\0B", 3)), Json("ÄÖÜ"), Json("AB\u202e" "CD"), Json::object(), Json("AB\tCD")}) {
    INFO(code.dump().substr(0, 60));
    const Device device;
    provider().control(device_answer({{"user_code", code}}));
    nothing_happened(device, device.login());
  }
}

TEST_CASE("a device_code or a number that is none ends the login with 7, no poll, no browser") {
  for (const Json& members :
       {Json{{"device_code", nullptr}}, Json{{"device_code", ""}}, Json{{"device_code", "a b"}}, Json{{"device_code", "a\r\nb"}}, Json{{"device_code", 5}},
        Json{{"device_code", std::string(100'000, 'd')}}, Json{{"expires_in", -1}}, Json{{"expires_in", 0}}, Json{{"expires_in", "soon"}},
        Json{{"expires_in", Json::object()}}, Json{{"interval", -1}}, Json{{"interval", "x"}}, Json{{"interval", Json::array()}}, Json{{"interval", 0.5}}}) {
    INFO(members.dump().substr(0, 60));
    const Device device;
    provider().control(device_answer(members));
    nothing_happened(device, device.login());
  }
}

TEST_CASE("the device endpoint is held to the rules of every endpoint") {
  const struct {
    Json fault;
    std::vector<int> statuses;
  } rows[] = {{{{"body", "<html><title>Sign in</title></html>"}, {"content_type", "text/html"}}, {7}},
              {{{"redirect", provider().url("/api")}}, {6, 7}},
              {{{"body", "{\"device_code\":\"a\",\"device_code\":\"b\"}"}}, {7}},
              {{{"body", "[]"}}, {7}},
              {{{"endless", "body"}}, {6, 7}},
              {{{"raw", "nonsense\r\n"}}, {6, 7}},
              {{{"drop", "before"}}, {6}},
              {{{"status", 503}}, {6}},
              {{{"status", 429}, {"retry_after", 100'000}}, {6}},
              {{{"error", "invalid_scope"}, {"error_description", "no such scope here"}}, {5}},
              {{{"error", "unauthorized_client"}}, {5}},
              {{{"error", "invalid_client"}, {"status", 401}}, {5}},
              {{{"status", 400}, {"json", {{"no", "error"}}}}, {7}}};
  for (const auto& row : rows) {
    INFO(row.fault.dump());
    const Device device;
    provider().control({{"device_authorization", row.fault}});
    failed(device.login(), row.statuses);
    CHECK(provider().count("/token") == 0);
    CHECK(provider().count("/api") == 0);
    CHECK(provider().count("/device_authorization") <= 6);
    CHECK(device.home.read("browser.env").empty());
  }
}

TEST_CASE("O50 the address goes to the browser as one argument, without a shell") {
  const Device device;
  provider().control({{"device", {{"auto", "approve"}}},
                      {"device_authorization", {{"set", {{"verification_uri", provider().url("/device?x=$(touch$IFS)&y=*;a")}}}, {"omit", {"verification_uri_complete"}}}}});
  const auto done = device.login();
  INFO(done.err);
  CHECK(done.status == 0);
  REQUIRE(eventually([&] { return !device.browser_arguments().empty(); }));
  CHECK(device.browser_arguments() == provider().url("/device?x=$(touch$IFS)&y=*;a") + "\n");
  CHECK(device.home.files("home").empty());
}

TEST_CASE("O50 a bad verification_uri_complete is passed over") {
  for (const Json& uri : {Json("javascript:alert(1)"), Json("http://evil.example/?user_code=X"), Json("https://u:p@evil.example/"), Json("|calc"), Json(5), Json("\x1b[2J")}) {
    INFO(uri.dump());
    const Device device;
    provider().control({{"device", {{"auto", "approve"}}}, {"device_authorization", {{"set", {{"verification_uri_complete", uri}}}}}});
    const auto done = device.login();
    INFO(done.err);
    CHECK((done.status == 0 || done.status == 7));
    CHECK_FALSE(contains(done.err, "evil"));
    CHECK_FALSE(contains(done.err, "javascript"));
    if (done.status != 0) continue;
    REQUIRE(eventually([&] { return !device.browser_arguments().empty(); }));
    CHECK(device.browser_arguments() == provider().url("/device") + "\n");
  }
}

TEST_CASE("O50 a host in another script is shown, and opened, as punycode") {
  const Device device("open_browser = true\ntimeout = \"2s\"\n");
  provider().control(device_answer({{"verification_uri", "https://аррӏе.example/device"}, {"verification_uri_complete", nullptr}}));
  const auto done = device.login();
  last_error(done, 11);
  CHECK_FALSE(contains(done.err, "аррӏе"));
  CHECK(contains(done.err, "https://xn--80ak6aa92e.example/device"));
  REQUIRE(eventually([&] { return !device.browser_arguments().empty(); }));
  CHECK(device.browser_arguments() == "https://xn--80ak6aa92e.example/device\n");
}

TEST_CASE("O49 the user code is shown even beside an address that holds it") {
  const Device device("");
  provider().control({{"device", {{"auto", "approve"}}}});
  const auto done = device.login();
  REQUIRE(done.status == 0);
  const std::string code = provider().log("/device_authorization")[0]["answer"]["user_code"];
  auto without_address = done.err;
  for (const std::string address = "user_code=" + code; contains(without_address, address);)
    without_address.erase(without_address.find(address), address.size());
  CHECK(contains(without_address, code));
}

TEST_CASE("what the device flow sends is what RFC 8628 names") {
  const Device device("");
  provider().control({{"device", {{"auto", "approve"}}}});
  REQUIRE(device.login().status == 0);
  const Json first = provider().log("/device_authorization")[0];
  CHECK(first["form"] == Json({{"client_id", "demo-cli"}, {"scope", "openid offline_access"}}));
  CHECK(provider().log("/token")[0]["form"] == Json({{"client_id", "demo-cli"},
                                                     {"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                                                     {"device_code", first["answer"]["device_code"]}}));
}

TEST_CASE("a person who says no ends the login with 5") {
  const Device device("");
  provider().control({{"device", {{"auto", "deny"}}}});
  CHECK(contains(last_error(device.login(), 5), "access_denied"));
  CHECK(provider().count("/token") == 1);
  for (const auto& file : device.home.files("state")) CHECK_FALSE(file.ends_with(".cred"));
}

TEST_CASE("O45 any other error ends the polling") {
  for (const auto& [error, status] : {std::pair<const char*, int>{"expired_token", 11}, {"invalid_grant", 5}, {"invalid_client", 5}, {"made_up", 5}}) {
    INFO(error);
    const Device device("");
    provider().control({{"token", {{"error", error}}}});
    last_error(device.login(), status);
    CHECK(provider().count("/token") == 1);
  }
}

TEST_CASE("O47 when the code's time is up the login ends with 11") {
  const Device device("");
  provider().control({{"device", {{"expires_in", 2}}}});
  last_error(device.login(), 11);
  CHECK(provider().count("/token") <= 2);
}

TEST_CASE("O47 the person's time-out ends the login with 11, before the code's life does") {
  const Device device("timeout = \"1500ms\"\n");
  last_error(device.login(), 11);
}

TEST_CASE("O45 slow_down makes every later poll five seconds slower") {
  const Device device("");
  provider().control({{"device", {{"auto", "approve"}, {"slow_down", 1}, {"pending", 1}}}});
  const auto done = device.login();
  INFO(done.err);
  REQUIRE(done.status == 0);
  const Json log = provider().log("/token");
  REQUIRE(log.size() == 3);
  CHECK(wait_between(log, 0) >= 5'950);
  CHECK(wait_between(log, 1) >= 5'950);
}

TEST_CASE("O45 without an interval the polls are five seconds apart") {
  const Device device("");
  provider().control({{"device", {{"auto", "approve"}, {"interval", nullptr}, {"pending", 1}}}});
  const auto done = device.login();
  INFO(done.err);
  REQUIRE(done.status == 0);
  const Json log = provider().log("/token");
  REQUIRE(log.size() == 2);
  CHECK(wait_between(log, 0) >= 4'950);
  CHECK(log[0]["t_ms"].get<int>() - provider().log("/device_authorization")[0]["t_ms"].get<int>() >= 4'950);
}

TEST_CASE("O46 a poll whose connection is cut is survived, and the polls come less often") {
  const Device device("");
  provider().control({{"device", {{"auto", "approve"}}}, {"token", Json::array({{{"drop", "before"}}})}});
  const auto done = device.login();
  INFO(done.err);
  REQUIRE(done.status == 0);
  const Json log = provider().log("/token");
  REQUIRE(log.size() == 2);
  CHECK(wait_between(log, 0) >= 1'950);
}

TEST_CASE("O46 a poll that meets a server in trouble is survived") {
  for (const Json& fault : {Json{{"status", 503}}, Json{{"status", 429}, {"retry_after", 2}}, Json{{"error", "temporarily_unavailable"}}}) {
    INFO(fault.dump());
    const Device device("");
    provider().control({{"device", {{"auto", "approve"}}}, {"token", Json::array({fault})}});
    const auto done = device.login();
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK(wait_between(provider().log("/token"), 0) >= 1'950);
  }
}

TEST_CASE("a poll that is answered with nonsense ends the login with 7") {
  for (const Json& fault : {Json{{"body", "<html>hello</html>"}, {"content_type", "text/html"}}, Json{{"json", token_answer({{"token_type", "mac"}})}},
                            Json{{"redirect", provider().url("/api")}}, Json{{"json", token_answer({{"access_token", "a\r\nb"}})}}}) {
    INFO(fault.dump());
    const Device device("");
    provider().control({{"device", {{"auto", "approve"}}}, {"token", fault}});
    last_error(device.login(), 7);
    CHECK(provider().count("/token") == 1);
    CHECK(provider().count("/api") == 0);
  }
}

TEST_CASE("a server without a device endpoint is 3, before anything is asked of anybody") {
  const Device device;
  provider().control({{"discovery", {{"omit", {"device_authorization_endpoint"}}}}});
  CHECK(contains(failed(device.login(), 3), "Device Authentication is not available on 127.0.0.1:8090"));
  CHECK(provider().count("/device_authorization") == 0);
  CHECK(provider().count("/token") == 0);
}

TEST_CASE("O48 without a person who may answer no code is asked for") {
  const Device device;
  failed(device.cli.run({"token"}), 4);
  failed(device.cli.run({"--no-interactive", "login"}), 4);
  CHECK(provider().count("/device_authorization") == 0);
}

TEST_CASE("a login after a failed one asks for a new code") {
  const Device device("");
  provider().control({{"device", {{"auto", "deny"}}}});
  CHECK(device.login().status == 5);
  provider().control({{"device", {{"auto", "approve"}}}});
  CHECK(device.login().status == 0);
  const Json log = provider().log("/device_authorization");
  REQUIRE(log.size() == 2);
  CHECK(log[0]["answer"]["device_code"] != log[1]["answer"]["device_code"]);
  CHECK(provider().log("/token").back()["form"]["device_code"] == log[1]["answer"]["device_code"]);
}
