#include "core/services/http.hpp"

#include "scripted_server.hpp"

#include <zlib.h>

#include <catch2/catch.hpp>

using namespace authhost;
using namespace authhost::test;

namespace {

constexpr std::size_t kMebibyte = 1 << 20;

Result<HttpResponse> ask(const ScriptedServer& server, Call call = {}) {
  HttpOptions options;
  options.allow_insecure_http = true;
  HttpRequest request;
  request.url = server.url("/metadata?secret=CANARY");
  return make_http(std::move(options))->send(request, call);
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  std::string copy = text;
  stream.next_in = reinterpret_cast<Bytef*>(copy.data());
  stream.avail_in = static_cast<uInt>(copy.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("O41 a body of 1 MiB passes and one byte more does not") {
  const ScriptedServer fits(http_answer(200, "text/plain", std::string(kMebibyte, 'x')));
  auto answer = ask(fits);
  REQUIRE(answer.ok());
  CHECK(answer->body.size() == kMebibyte);
  const ScriptedServer larger(http_answer(200, "text/plain", std::string(kMebibyte + 1, 'x')));
  auto refused = ask(larger);
  REQUIRE(refused.status() == Status::protocol);
  CHECK(refused.error().message.find("1 MiB") != std::string::npos);
}

TEST_CASE("O41 a body without an end is cut off at 1 MiB") {
  for (const char* head : {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    const bool chunked = std::string(head).find("chunked") != std::string::npos;
    const ScriptedServer server([=](Connection& connection, const SeenRequest&) {
      connection.send(head);
      connection.send_for_ever(chunked ? "400\r\n" + std::string(1024, 'x') + "\r\n" : std::string(1024, 'x'));
    });
    CHECK(ask(server).status() == Status::protocol);
  }
}

TEST_CASE("O41 a compressed body is counted as it unfolds") {
  const ScriptedServer fits(
      http_answer(200, "text/plain", gzip(std::string(kMebibyte, 'x')), "Content-Encoding: gzip\r\n"));
  auto answer = ask(fits);
  REQUIRE(answer.ok());
  CHECK(answer->body.size() == kMebibyte);
  const ScriptedServer bomb(
      http_answer(200, "text/plain", gzip(std::string(64 * kMebibyte, 'x')), "Content-Encoding: gzip\r\n"));
  CHECK(ask(bomb).status() == Status::protocol);
}

TEST_CASE("O41 headers beyond 64 KiB are refused, in one line, in many, or without an end") {
  const ScriptedServer line(http_answer(200, "", "", "X: " + std::string(70'000, 'x') + "\r\n"));
  CHECK(ask(line).status() == Status::protocol);
  const ScriptedServer endless([](Connection& connection, const SeenRequest&) {
    connection.send("HTTP/1.1 200 OK\r\n");
    connection.send_for_ever("X-Padding: " + std::string(1000, 'x') + "\r\n");
  });
  auto refused = ask(endless);
  REQUIRE(refused.status() == Status::protocol);
  CHECK(refused.error().message.find("64 KiB") != std::string::npos);
  const ScriptedServer interim([](Connection& connection, const SeenRequest&) {
    connection.send_for_ever("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n");
  });
  CHECK(ask(interim).status() == Status::protocol);
}

TEST_CASE("O41 a header line without an end is refused") {
  const ScriptedServer server([](Connection& connection, const SeenRequest&) {
    connection.send("HTTP/1.1 200 OK\r\nX-Long: ");
    connection.send_for_ever(std::string(1000, 'x'));
  });
  CHECK(ask(server).status() == Status::protocol);
}

TEST_CASE("O41 silence ends with the call's deadline") {
  const ScriptedServer silent([](Connection& connection, const SeenRequest&) { connection.stay_silent(); });
  CHECK(ask(silent, Call{}.within(Milliseconds{60})).status() == Status::deadline);
  const ScriptedServer half([](Connection& connection, const SeenRequest&) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    connection.stay_silent();
  });
  CHECK(ask(half, Call{}.within(Milliseconds{60})).status() == Status::deadline);
}

TEST_CASE("O41 the request's own time limit is unavailable, as another try may help") {
  const ScriptedServer silent([](Connection& connection, const SeenRequest&) { connection.stay_silent(); });
  HttpOptions options;
  options.allow_insecure_http = true;
  HttpRequest request;
  request.url = silent.url("/");
  request.timeout = Milliseconds{60};
  CHECK(make_http(std::move(options))->send(request, {}).status() == Status::unavailable);
}

TEST_CASE("an answer that is cut off is unavailable, and what is not HTTP is protocol: neither shows the query") {
  const auto status_of = [](const std::string& bytes) {
    const ScriptedServer server(bytes);
    auto answer = ask(server);
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().message.find("CANARY") == std::string::npos);
    CHECK(answer.error().message.find(server.authority()) != std::string::npos);
    return answer.status();
  };
  CHECK(status_of("") == Status::unavailable);
  CHECK(status_of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf") == Status::unavailable);
  CHECK(status_of("SSH-2.0-OpenSSH_9.2\r\n") == Status::protocol);
  CHECK(status_of("\x15\x03\x03 junk\r\n\r\n") == Status::protocol);
  CHECK(status_of("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\njunk") == Status::protocol);
}

TEST_CASE("interim answers and trailers leave no headers behind") {
  const ScriptedServer server(
      "HTTP/1.1 103 Early Hints\r\nX-Interim: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Final: 1\r\nTransfer-Encoding: "
      "chunked\r\n\r\n"
      "2\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n");
  auto answer = ask(server);
  REQUIRE(answer.ok());
  CHECK(answer->status == 200);
  CHECK(answer->header("x-final") == "1");
  CHECK(answer->header("x-interim").empty());
  CHECK(answer->header("x-trailer").empty());
  CHECK(answer->body.reveal() == "{}");
}
