#include "core/services/http.hpp"

#include "scripted_server.hpp"

#include <catch2/catch.hpp>

using namespace authhost;
using namespace authhost::test;

namespace {

std::unique_ptr<Http> local_http() {
  HttpOptions options;
  options.allow_insecure_http = true;
  return make_http(std::move(options));
}

HttpRequest get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  return request;
}

}  // namespace

TEST_CASE("an answer arrives with its status, headers and body, whatever the status") {
  const ScriptedServer server(http_answer(418, "text/plain", "short and stout", "X-Pot: tea\r\n"));
  auto answer = local_http()->send(get(server.url("/pot?kind=tea")), {});
  REQUIRE(answer.ok());
  CHECK(answer->status == 418);
  CHECK(answer->header("x-POT") == "tea");
  CHECK(answer->header("absent").empty());
  CHECK(answer->body.reveal() == "short and stout");
  CHECK(server.requests().at(0).line() == "GET /pot?kind=tea HTTP/1.1");
  CHECK(server.requests().at(0).header("user-agent") == "authhost/0.1");
}

TEST_CASE("a POST sends its body and headers as they are, and nothing of its own beside them") {
  const ScriptedServer server(http_answer(200, "application/json", "{}"));
  HttpRequest request = get(server.url("/token"));
  request.method = "POST";
  request.headers = {
      {"Content-Type", "application/x-www-form-urlencoded"}, {"Authorization", "Basic eDp5"}, {"X-Empty", ""}};
  request.body = Secret("grant_type=client_credentials");
  REQUIRE(local_http()->send(request, {}).ok());
  const SeenRequest seen = server.requests().at(0);
  CHECK(seen.line() == "POST /token HTTP/1.1");
  CHECK(seen.body == "grant_type=client_credentials");
  CHECK(seen.header("content-type") == "application/x-www-form-urlencoded");
  CHECK(seen.header("authorization") == "Basic eDp5");
  CHECK(seen.header("expect").empty());
  CHECK(seen.header("cookie").empty());
}

TEST_CASE("an empty POST has a body of length zero") {
  const ScriptedServer server(http_answer(200, "", ""));
  HttpRequest request = get(server.url("/"));
  request.method = "POST";
  REQUIRE(local_http()->send(request, {}).ok());
  CHECK(server.requests().at(0).header("content-length") == "0");
}

TEST_CASE("a header that would smuggle a second one is refused before any request") {
  const ScriptedServer server(http_answer(200, "", ""));
  for (const std::string& value :
       {std::string("a\r\nX-Evil: 1"), std::string("a\nb"), std::string("a\0b", 3), std::string("\x7F")}) {
    HttpRequest request = get(server.url("/"));
    request.headers = {{"Authorization", value}};
    CHECK(local_http()->send(request, {}).status() == Status::usage);
  }
  HttpRequest request = get(server.url("/"));
  request.headers = {{"Bad Name", "x"}};
  CHECK(local_http()->send(request, {}).status() == Status::usage);
  request = get(server.url("/"));
  request.method = "GET / HTTP/1.1\r\nX: y\r\n";
  CHECK(local_http()->send(request, {}).status() == Status::usage);
  CHECK(server.requests().empty());
}

TEST_CASE("O13 http is refused without the key and off loopback with it, and no request is made") {
  const ScriptedServer server(http_answer(200, "", ""));
  auto strict = make_http({});
  auto refused = strict->send(get(server.url("/token")), {});
  REQUIRE(refused.status() == Status::invalid_config);
  CHECK(refused.error().hint.find("allow_insecure_http") != std::string::npos);
  CHECK(server.requests().empty());
  CHECK(local_http()->send(get("http://192.0.2.1/token"), {}).status() == Status::invalid_config);
  CHECK(local_http()->send(get("file:///etc/passwd"), {}).status() == Status::invalid_config);
  CHECK(local_http()->send(get("http://user:pw@" + server.authority() + "/"), {}).status() == Status::invalid_config);
}

TEST_CASE("O15 a redirect is an answer like any other") {
  const ScriptedServer elsewhere(http_answer(200, "application/json", "{}"));
  const ScriptedServer server(http_answer(302, "", "", "Location: " + elsewhere.url("/stolen") + "\r\n"));
  for (const char* method : {"GET", "POST"}) {
    HttpRequest request = get(server.url("/token"));
    request.method = method;
    auto answer = local_http()->send(request, {});
    REQUIRE(answer.ok());
    CHECK(answer->status == 302);
    CHECK(answer->header("location") == elsewhere.url("/stolen"));
  }
  CHECK(elsewhere.requests().empty());
}

TEST_CASE("O36 a bearer goes to the host it was meant for and follows no redirect") {
  const ScriptedServer elsewhere(http_answer(200, "", ""));
  const ScriptedServer server(http_answer(307, "", "", "Location: " + elsewhere.url("/") + "\r\n"));
  HttpRequest request = get(server.url("/userinfo"));
  request.headers = {{"Authorization", "Bearer CANARY"}};
  REQUIRE(local_http()->send(request, {}).ok());
  CHECK(server.requests().at(0).header("authorization") == "Bearer CANARY");
  CHECK(elsewhere.requests().empty());
}

TEST_CASE("O69 Retry-After is read in seconds and as a date, and capped at 60 s") {
  const auto retry_after = [](const std::string& headers) {
    const ScriptedServer server(http_answer(503, "", "", headers));
    return local_http()->send(get(server.url("/")), {})->retry_after;
  };
  const std::string date = "Date: Tue, 15 Nov 1994 08:12:00 GMT\r\n";
  CHECK(retry_after("Retry-After: 7\r\n") == Milliseconds{7'000});
  CHECK(retry_after("Retry-After: 0\r\n") == Milliseconds{0});
  CHECK(retry_after("Retry-After: 3600\r\n") == Milliseconds{60'000});
  CHECK(retry_after("Retry-After: 99999999999999999999999999\r\n") == Milliseconds{60'000});
  CHECK(retry_after(date + "Retry-After: Tue, 15 Nov 1994 08:12:31 GMT\r\n") == Milliseconds{31'000});
  CHECK(retry_after(date + "Retry-After: Tue, 15 Nov 1994 09:12:31 GMT\r\n") == Milliseconds{60'000});
  CHECK(retry_after(date + "Retry-After: Tue, 15 Nov 1994 07:12:31 GMT\r\n") == Milliseconds{0});
  CHECK(retry_after("Retry-After: soon\r\n") == std::nullopt);
  CHECK(retry_after("Retry-After: -5\r\n") == std::nullopt);
  CHECK(retry_after("") == std::nullopt);
}

TEST_CASE("O70 the server's clock is read from Date") {
  const ScriptedServer server(http_answer(200, "", "", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
  auto answer = local_http()->send(get(server.url("/")), {});
  REQUIRE(answer.ok());
  REQUIRE(answer->date);
  CHECK(std::chrono::system_clock::to_time_t(*answer->date) == 784'111'777);
}

TEST_CASE("nobody listening is unavailable, and the error names host, port and cause, but not the query") {
  int port = 0;
  {
    const ScriptedServer gone(std::string{});
    port = gone.port();
  }
  auto answer = local_http()->send(get("http://127.0.0.1:" + std::to_string(port) + "/token?secret=CANARY"), {});
  REQUIRE(answer.status() == Status::unavailable);
  const std::string message = answer.error().message;
  CHECK(message.find("127.0.0.1:" + std::to_string(port)) != std::string::npos);
  CHECK(message.find("Connection refused") != std::string::npos);
  CHECK(message.find("CANARY") == std::string::npos);
  CHECK_FALSE(answer.error().hint.empty());
}

TEST_CASE("a name that does not resolve is unavailable") {
  auto answer = make_http({})->send(get("https://no-such-host.invalid/token"), {});
  REQUIRE(answer.status() == Status::unavailable);
  CHECK(answer.error().message.find("no-such-host.invalid") != std::string::npos);
}

TEST_CASE("a call that is over makes no request") {
  const ScriptedServer server(http_answer(200, "", ""));
  Call late;
  late.deadline = late.clock->monotonic();
  CHECK(local_http()->send(get(server.url("/")), late).status() == Status::deadline);
  auto cancellation = std::make_shared<Cancellation>();
  cancellation->cancel();
  Call cancelled;
  cancelled.cancellation = cancellation;
  CHECK(local_http()->send(get(server.url("/")), cancelled).status() == Status::cancelled);
  CHECK(server.requests().empty());
}

TEST_CASE("cancelling ends a request that waits for its answer") {
  auto cancellation = std::make_shared<Cancellation>();
  const ScriptedServer server([&](Connection& connection, const SeenRequest&) {
    cancellation->cancel();
    connection.stay_silent();
  });
  Call call;
  call.cancellation = cancellation;
  CHECK(local_http()->send(get(server.url("/")), call).status() == Status::cancelled);
}

TEST_CASE("many threads may share one Http") {
  const ScriptedServer server([](Connection& connection, const SeenRequest& request) {
    connection.send(http_answer(200, "text/plain", request.line()));
  });
  const auto http = local_http();
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const std::string path = "/" + std::to_string(i);
      auto answer = http->send(get(server.url(path)), {});
      if (answer && answer->body.reveal() == "GET " + path + " HTTP/1.1") ++right;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 8);
}
