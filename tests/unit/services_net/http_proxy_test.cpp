#include "core/services/http.hpp"

#include "scripted_server.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>

using namespace authhost;
using namespace authhost::test;

namespace {

HttpOptions with_proxy(const ScriptedServer& proxy) {
  HttpOptions options;
  options.allow_insecure_http = true;
  options.http_proxy = proxy.url("");
  options.proxy_authorization = [](const Call&) -> Result<Secret> { return Secret("Bearer proxy-token"); };
  return options;
}

HttpRequest get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  request.headers = {{"Authorization", "Bearer inner"}};
  return request;
}

// Sets a variable of this process for the length of a test; none of them is read by another thread meanwhile.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("a configured proxy carries http requests, loopback included, with its authorization") {
  const ScriptedServer proxy(http_answer(200, "text/plain", "through the proxy"));
  auto answer = make_http(with_proxy(proxy))->send(get("http://127.0.0.1:9/token"), {});
  REQUIRE(answer.ok());
  CHECK(answer->body.reveal() == "through the proxy");
  const SeenRequest seen = proxy.requests().at(0);
  CHECK(seen.line() == "GET http://127.0.0.1:9/token HTTP/1.1");
  CHECK(seen.header("proxy-authorization") == "Bearer proxy-token");
}

TEST_CASE("a configured proxy sees of an https request the CONNECT and its own authorization alone") {
  const ScriptedServer proxy(http_answer(403, "text/html", "<html>no</html>"));
  auto answer = make_http(with_proxy(proxy))->send(get("https://idp.example.com/token?x=CANARY"), {});
  REQUIRE(answer.status() == Status::unavailable);
  CHECK(answer.error().message.find("403") != std::string::npos);
  const SeenRequest seen = proxy.requests().at(0);
  CHECK(seen.line() == "CONNECT idp.example.com:443 HTTP/1.1");
  CHECK(seen.header("proxy-authorization") == "Bearer proxy-token");
  CHECK(seen.header("authorization").empty());
}

TEST_CASE("without a proxy the proxy authorization goes to the service that a proxy stands before, and to no other, nor another port") {
  const ScriptedServer server(http_answer(200, "", ""));
  HttpOptions options = with_proxy(server);
  options.http_proxy.clear();
  options.guarded_origin = server.url("");
  REQUIRE(make_http(options)->send(get(server.url("/token")), {}).ok());
  CHECK(server.requests().at(0).header("proxy-authorization") == "Bearer proxy-token");
  int n = 0;
  for (const auto* other : {"http://service.example:80", "http://127.0.0.1:1", "https://127.0.0.1:443"}) {
    options.guarded_origin = other;
    REQUIRE(make_http(options)->send(get(server.url("/token")), {}).ok());
    CHECK(server.requests().at(static_cast<std::size_t>(++n)).header("proxy-authorization").empty());
  }
}

TEST_CASE("a proxy authorization that fails, or would smuggle a header, sends no request") {
  const ScriptedServer proxy(http_answer(200, "", ""));
  HttpOptions options = with_proxy(proxy);
  options.proxy_authorization = [](const Call&) -> Result<Secret> { return Error{Status::denied, "no", ""}; };
  CHECK(make_http(options)->send(get("http://127.0.0.1:9/"), {}).status() == Status::denied);
  options.proxy_authorization = [](const Call&) -> Result<Secret> { return Secret("x\r\nEvil: 1"); };
  CHECK(make_http(options)->send(get("http://127.0.0.1:9/"), {}).status() == Status::protocol);
  CHECK(proxy.requests().empty());
}

TEST_CASE("O13 the environment's proxy never gets a plaintext request that is meant for this machine") {
  const ScriptedServer proxy(http_answer(200, "text/plain", "proxy"));
  const ScriptedServer server(http_answer(200, "text/plain", "server"));
  const Variable variable("http_proxy", proxy.url(""));
  HttpOptions options;
  options.allow_insecure_http = true;
  auto answer = make_http(std::move(options))->send(get(server.url("/")), {});
  REQUIRE(answer.ok());
  CHECK(answer->body.reveal() == "server");
  CHECK(proxy.requests().empty());
}

TEST_CASE("the environment's proxy carries https requests") {
  const ScriptedServer proxy(http_answer(502, "", ""));
  const Variable variable("https_proxy", proxy.url(""));
  CHECK(make_http({})->send(get("https://idp.example.com/"), {}).status() == Status::unavailable);
  CHECK(proxy.requests().at(0).line() == "CONNECT idp.example.com:443 HTTP/1.1");
}

TEST_CASE("a proxy that is not there is unavailable and is named as the culprit") {
  HttpOptions options;
  {
    const ScriptedServer gone(std::string{});
    options = with_proxy(gone);
  }
  auto answer = make_http(std::move(options))->send(get("https://idp.example.com/"), {});
  REQUIRE(answer.status() == Status::unavailable);
  CHECK(answer.error().message.find("proxy") != std::string::npos);
  CHECK(answer.error().hint.find("http_proxy") != std::string::npos);
}
