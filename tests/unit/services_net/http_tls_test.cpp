#include "core/services/http.hpp"

#include "scripted_server.hpp"
#include "tls_identity.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <fstream>

using namespace authhost;
using namespace authhost::test;

namespace {

void answer_ok(Connection& connection, const SeenRequest&) { connection.send(http_answer(200, "text/plain", "safe")); }

Result<HttpResponse> ask(const std::string& url, const std::string& ca_file, bool skip_verify = false) {
  HttpOptions options;
  options.ca_cert_file = ca_file;
  options.insecure_skip_verify = skip_verify;
  HttpRequest request;
  request.url = url;
  return make_http(std::move(options))->send(request, {});
}

}  // namespace

TEST_CASE("O14 a certificate of the configured authority is trusted") {
  const TlsIdentity identity("IP:127.0.0.1");
  const ScriptedServer server(&answer_ok, &identity);
  auto answer = ask(server.url("/"), identity.ca_file());
  REQUIRE(answer.ok());
  CHECK(answer->body.reveal() == "safe");
}

TEST_CASE("O14 a certificate of nobody known is refused, and the hint names ca_cert_file") {
  const TlsIdentity identity("IP:127.0.0.1");
  const ScriptedServer server(&answer_ok, &identity);
  auto answer = ask(server.url("/"), "");
  REQUIRE(answer.status() == Status::protocol);
  CHECK(answer.error().message.find("certificate") != std::string::npos);
  CHECK(answer.error().hint.find("ca_cert_file") != std::string::npos);
  CHECK(server.requests().empty());
}

TEST_CASE("O14 ca_cert_file means exactly these roots") {
  const TlsIdentity identity("IP:127.0.0.1");
  const TlsIdentity other("IP:127.0.0.1");
  const ScriptedServer server(&answer_ok, &identity);
  CHECK(ask(server.url("/"), other.ca_file()).status() == Status::protocol);
}

TEST_CASE("O14 a certificate for another host is refused, also where verification is skipped") {
  const TlsIdentity identity("DNS:elsewhere.example.com");
  const ScriptedServer server(&answer_ok, &identity);
  CHECK(ask(server.url("/"), identity.ca_file()).status() == Status::protocol);
  CHECK(ask(server.url("/"), "", true).status() == Status::protocol);
  CHECK(server.requests().empty());
}

TEST_CASE("skipping verification accepts any issuer") {
  const TlsIdentity identity("IP:127.0.0.1");
  const ScriptedServer server(&answer_ok, &identity);
  CHECK(ask(server.url("/"), "", true).ok());
}

TEST_CASE("a ca_cert_file that is missing or holds no certificate is a matter of configuration and is named") {
  const TlsIdentity identity("IP:127.0.0.1");
  const ScriptedServer server(&answer_ok, &identity);
  auto missing = ask(server.url("/"), "/nonexistent/ca.pem");
  REQUIRE(missing.status() == Status::invalid_config);
  CHECK(missing.error().message.find("/nonexistent/ca.pem") != std::string::npos);
  std::ofstream(identity.ca_file(), std::ios::trunc) << "this is not PEM\n";
  auto junk = ask(server.url("/"), identity.ca_file());
  REQUIRE(junk.status() == Status::invalid_config);
  CHECK(junk.error().message.find(identity.ca_file()) != std::string::npos);
}

TEST_CASE("a server that speaks no TLS on its port is protocol, one that hangs up is unavailable: both are named") {
  const auto error_of = [](const std::string& bytes) {
    const ScriptedServer server(bytes);
    auto answer = ask("https://" + server.authority() + "/", "");
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().message.find(server.authority()) != std::string::npos);
    return answer.status();
  };
  CHECK(error_of("HTTP/1.1 400 Bad Request\r\n\r\n") == Status::protocol);
  CHECK(error_of("") == Status::unavailable);
}

TEST_CASE("O41 a TLS handshake without an end stops with the call's deadline, and the error names the server") {
  const ScriptedServer server([](Connection& connection, const SeenRequest&) { connection.stay_silent(); });
  HttpRequest request;
  request.url = "https://" + server.authority() + "/";
  auto answer = make_http({})->send(request, Call{}.within(Milliseconds{60}));
  REQUIRE(answer.status() == Status::deadline);
  CHECK(answer.error().message.find(server.authority()) != std::string::npos);
}

TEST_CASE("a TLS connection that is reset is unavailable and raises no SIGPIPE in the program") {
  const TlsIdentity identity("IP:127.0.0.1");
  const ScriptedServer server(
      [](Connection& connection, const SeenRequest&) {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
        connection.reset();
      },
      &identity);
  sigset_t before;
  sigset_t after;
  pthread_sigmask(SIG_BLOCK, nullptr, &before);
  for (int i = 0; i < 5; ++i) CHECK(ask(server.url("/"), identity.ca_file()).status() == Status::unavailable);
  pthread_sigmask(SIG_BLOCK, nullptr, &after);
  CHECK(sigismember(&before, SIGPIPE) == sigismember(&after, SIGPIPE));
}
