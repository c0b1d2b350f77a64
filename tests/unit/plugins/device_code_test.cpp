#include "built_in.hpp"

#include <catch2/catch.hpp>

using namespace built_in;

namespace {

constexpr auto kPending = R"({"error":"authorization_pending"})";
constexpr auto kSlowDown = R"({"error":"slow_down"})";

std::string device_answer(const std::string& more = R"("expires_in":600,"interval":2)") {
  return R"({"device_code":"dc","user_code":"ABCD-EFGH","verification_uri":"https://idp.example/activate",)" + more + "}";
}

struct DeviceHost : Host {
  DeviceHost() : Host("device_code") {}
  // Pauses between the polls, the first counted from the device answer.
  [[nodiscard]] std::vector<std::int64_t> pauses() const {
    std::vector<std::int64_t> out;
    for (std::size_t i = 1; i < requests.size(); ++i) out.push_back((requests[i].at - requests[i - 1].at).count() / 1000);
    return out;
  }
};

using Pauses = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("a device login shows the code and polls until the person agrees") {
  DeviceHost host;
  host.answer(device_answer());
  host.answer(kPending, 400);
  host.answer(kToken);
  const auto credentials = host.refresh();
  REQUIRE(credentials.ok());
  CHECK(text(credentials->access_token) == "at-1");
  REQUIRE(host.codes.size() == 1);
  CHECK(host.codes[0].user_code == "ABCD-EFGH");
  CHECK(host.codes[0].verification_uri == "https://idp.example/activate");
  CHECK(host.codes[0].expires_in == 600);
  CHECK(host.requests[0].form.at("client_id") == "app");
  CHECK(host.requests[0].form.at("scope") == "read write");
  CHECK(host.requests[1].form.at("grant_type") == "urn:ietf:params:oauth:grant-type:device_code");
  CHECK(host.requests[1].form.at("device_code") == "dc");
  CHECK(host.opened.empty());
  CHECK_FALSE(host.countdowns.empty());
}

TEST_CASE("O45 the interval is five seconds where the server names none") {
  DeviceHost host;
  host.answer(device_answer(R"("expires_in":600)"));
  host.answer(kPending, 400);
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  CHECK(host.pauses() == Pauses{5, 5});
}

TEST_CASE("O45 slow_down adds five seconds for good") {
  DeviceHost host;
  host.answer(device_answer());
  host.answer(kSlowDown, 400);
  host.answer(kPending, 400);
  host.answer(kSlowDown, 400);
  host.answer(kPending, 400);
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  CHECK(host.pauses() == Pauses{2, 7, 7, 12, 12});
}

TEST_CASE("O45 the interval is waited after the answer") {
  DeviceHost host;
  host.answer(device_answer());
  host.answer(kPending, 400).takes = seconds(10);
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  CHECK(host.pauses() == Pauses{2, 12});
}

TEST_CASE("O46 a connection that fails or times out is survived, and asked less often") {
  DeviceHost host;
  host.answer(device_answer());
  host.fail_http(Status::unavailable);
  host.fail_http(Status::deadline);
  host.answer(kPending, 400);
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  CHECK(host.pauses() == Pauses{2, 4, 8, 8});
}

TEST_CASE("O46 a server that is gone ends the login before the code does") {
  DeviceHost host;
  host.answer(device_answer());
  const auto result = host.refresh();
  CHECK(result.status() == Status::unavailable);
  CHECK(host.requests.size() == 6);
}

TEST_CASE("O69 a Retry-After on a poll is obeyed") {
  DeviceHost host;
  host.answer(device_answer());
  host.answer("{}", 503).retry_after = seconds(30);
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  CHECK(host.pauses() == Pauses{2, 30});
}

TEST_CASE("O47 polling stops when the code's life is over, on the monotonic clock") {
  DeviceHost host;
  host.answer(device_answer(R"("expires_in":20,"interval":6)"));
  host.otherwise = [&](const authhost::testing::SentRequest&) {
    host.wall -= std::chrono::hours(24);  // a wall clock that jumps does not matter
    authhost::testing::HttpAnswer answer;
    answer.status = 400;
    answer.body = kPending;
    return answer;
  };
  CHECK(host.refresh().status() == Status::deadline);
  CHECK(host.requests.size() == 4);
}

TEST_CASE("O47 the timeout setting ends the wait sooner") {
  DeviceHost host;
  host.settings["timeout"] = std::int64_t{3000};
  host.answer(device_answer());
  host.answer(kPending, 400);
  CHECK(host.refresh().status() == Status::deadline);
  CHECK(host.requests.size() == 2);
}

TEST_CASE("the person's no and the server's expired_token end the login") {
  DeviceHost host;
  host.answer(device_answer());
  host.answer(R"({"error":"access_denied"})", 400);
  CHECK(host.refresh().status() == Status::denied);
  host.answer(device_answer());
  host.answer(R"({"error":"expired_token"})", 400);
  CHECK(host.refresh().status() == Status::deadline);
  host.answer(device_answer());
  host.answer(R"({"error":"invalid_client"})", 401);
  CHECK(host.refresh().status() == Status::denied);
}

TEST_CASE("without a device endpoint the login fails before any request") {
  DeviceHost host;
  host.client_config.device_authorization_endpoint.clear();
  const auto result = host.refresh();
  CHECK(result.status() == Status::invalid_config);
  CHECK(contains(result.error().message, "Device Authentication is not available on dns:///flyte.example.com"));
  CHECK(host.requests.empty());
}

TEST_CASE("O48 a device login is not started where nobody may answer") {
  DeviceHost host;
  host.may_interact = false;
  CHECK(host.refresh().status() == Status::interaction_required);
  CHECK(host.requests.empty());
}

TEST_CASE("a code is shown even where no terminal is, and without a countdown") {
  DeviceHost host;
  host.prompt_available = false;
  host.answer(device_answer());
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  CHECK(host.codes.size() == 1);
  CHECK(host.countdowns.empty());
}

TEST_CASE("a device login that may not use the prompt asks the server for nothing") {
  DeviceHost host;
  host.not_granted = {"authhost.prompt/1"};
  CHECK(host.refresh().status() == Status::not_permitted);
  CHECK(host.requests.empty());
}

TEST_CASE("O49 the user code is shown also with a complete address") {
  DeviceHost host;
  host.settings["open_browser"] = true;
  host.settings["qr"] = true;
  host.answer(device_answer(R"("expires_in":600,"verification_uri_complete":"https://idp.example/activate?user_code=ABCD-EFGH")"));
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  CHECK(host.codes.at(0).user_code == "ABCD-EFGH");
  CHECK(host.codes[0].qr);
  CHECK(host.codes[0].verification_uri_complete == "https://idp.example/activate?user_code=ABCD-EFGH");
  CHECK(host.opened.at(0) == "https://idp.example/activate?user_code=ABCD-EFGH");
}

TEST_CASE("O50 a verification address that must not be opened is neither shown nor polled for") {
  const std::string uri = GENERATE(
      "javascript:alert(1)", "file:///etc/passwd", "|calc", "-flag", "$(id)", "http://idp.example/activate", "",
      "https://", "https://user:pass@idp.example/", "https://idp.example/\\u001b[2J", "https://idp.example/a b",
      "https://-flag/", "//idp.example/", "http://127.0.0.1.evil.example/", "http://localhost.evil.example/",
      "https://idp.example:port/", "https://idp.example/\\u202e");
  DeviceHost host;
  host.settings["open_browser"] = true;
  host.answer(R"({"device_code":"dc","user_code":"AB","verification_uri":")" + uri + R"(","expires_in":600})");
  const auto result = host.refresh();
  INFO(uri);
  CHECK(result.status() == Status::protocol);
  CHECK(host.codes.empty());
  CHECK(host.opened.empty());
  CHECK(host.requests.size() == 1);
}

TEST_CASE("O50 an address in another script is shown as punycode, one with hidden characters is not shown") {
  DeviceHost host;
  host.answer(R"({"device_code":"dc","user_code":"AB","verification_uri":"https://b\u00fccher.example/a","expires_in":600})");
  host.answer(kToken);
  CHECK(host.refresh().ok());
  CHECK(host.codes.at(0).verification_uri == "https://xn--bcher-kva.example/a");
  host.answer(R"({"device_code":"dc","user_code":"AB","verification_uri":"https://idp\u200b.example/a","expires_in":600})");
  CHECK(host.refresh().status() == Status::protocol);
}

TEST_CASE("O50 loopback addresses may be plain http") {
  const std::string uri = GENERATE("http://127.0.0.1:8080/device", "http://localhost:8080/device", "http://[::1]:8080/device");
  DeviceHost host;
  host.answer(R"({"device_code":"dc","user_code":"AB","verification_uri":")" + uri + R"(","expires_in":600})");
  host.answer(kToken);
  CHECK(host.refresh().ok());
  CHECK(host.codes.at(0).verification_uri == uri);
}

TEST_CASE("O50 a complete address that must not be opened is left out") {
  DeviceHost host;
  host.settings["open_browser"] = true;
  host.answer(device_answer(R"_("expires_in":600,"verification_uri_complete":"javascript:alert(1)")_"));
  host.answer(kToken);
  REQUIRE(host.refresh().ok());
  CHECK(host.codes.at(0).verification_uri_complete.empty());
  CHECK(host.opened.at(0) == "https://idp.example/activate");
}

TEST_CASE("O51 a user code is at most 64 printable characters") {
  const std::string code = GENERATE(std::string(), std::string("   "), std::string(65, 'A'), std::string("AB\\u0007CD"),
                                    std::string("AB\\u202eCD"), std::string("AB\\nCD"));
  DeviceHost host;
  host.answer(R"({"device_code":"dc","user_code":")" + code + R"(","verification_uri":"https://idp.example/a","expires_in":600})");
  CHECK(host.refresh().status() == Status::protocol);
  CHECK(host.codes.empty());
  CHECK(host.requests.size() == 1);
}

TEST_CASE("a device answer with an odd life, interval or device code is refused") {
  const std::string body = GENERATE(
      R"({"device_code":"","user_code":"AB","verification_uri":"https://idp.example/a","expires_in":600})",
      R"({"device_code":7,"user_code":"AB","verification_uri":"https://idp.example/a","expires_in":600})",
      R"({"device_code":"d","user_code":"AB","verification_uri":"https://idp.example/a","expires_in":-1})",
      R"({"device_code":"d","user_code":"AB","verification_uri":"https://idp.example/a","expires_in":{}})",
      R"({"device_code":"d","user_code":"AB","verification_uri":"https://idp.example/a","expires_in":600,"interval":-3})",
      R"({"device_code":"d","user_code":"AB","verification_uri":"https://idp.example/a","expires_in":600,"interval":"soon"})",
      R"([])");
  DeviceHost host;
  host.answer(body);
  CHECK(host.refresh().status() == Status::protocol);
  CHECK(host.requests.size() == 1);
}

TEST_CASE("cancelling ends a device login") {
  DeviceHost host;
  host.cancelled_at = host.monotonic + seconds(3);
  host.answer(device_answer());
  host.answer(kPending, 400);
  CHECK(host.refresh().status() == Status::cancelled);
  CHECK(host.requests.size() == 2);
}

TEST_CASE("the deadline of the call ends a device login") {
  DeviceHost host;
  host.deadline = host.monotonic + seconds(3);
  host.answer(device_answer());
  host.answer(kPending, 400);
  CHECK(host.refresh().status() == Status::deadline);
  CHECK(host.requests.size() == 2);
}
