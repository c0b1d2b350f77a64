// The channel: closing, connections that are lost, and what its options say.
#include "harness.hpp"

#include "support/eventually.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <thread>

using namespace authhost;
using namespace authhost::test;

namespace {

struct Set {
  Set() : server(idp, {Certificate::good}), cs(opened(ClientSet::for_endpoint(server.target(), options()))), echo(Echo::NewStub(cs.channel())) {}
  ClientSetOptions options() const {
    ClientSetOptions out = service_account(idp);
    out.ca_cert_file = server.ca_file();
    return out;
  }
  DemoIdp idp;
  FlyteServer server;
  ClientSet cs;
  std::unique_ptr<Echo::Stub> echo;
};

}  // namespace

TEST_CASE("close without grace cancels the calls in flight, and calls after it fail") {
  for (const Kind kind : kAllKinds) {
    Set set;
    set.server.control({{"delay_ms", 60'000}});
    auto running = std::async(std::launch::async, [&, kind] { return call(*set.echo, kind); });
    REQUIRE(set.server.wait_for(name_of(kind), 1));
    set.cs.close();
    const auto outcome = running.get();
    CHECK(outcome.status.error_code() == grpc::StatusCode::CANCELLED);
    CHECK_THAT(outcome.status.error_message(), Catch::Contains("closed"));
    const auto after = call(*set.echo, kind);
    CHECK(after.status.error_code() == grpc::StatusCode::CANCELLED);
    CHECK_THAT(after.status.error_message(), Catch::Contains("closed"));
  }
}

TEST_CASE("close with grace waits for calls in flight, and no longer than they take") {
  Set set;
  set.server.control({{"delay_ms", 300}});
  auto running = std::async(std::launch::async, [&] { return call(*set.echo, Kind::bidi); });
  REQUIRE(set.server.wait_for("Bidi", 1));
  grpc::ClientContext kept;  // a call that is over, whose context lives on, is not waited for
  set.server.control({{"delay_ms", nullptr}});
  REQUIRE(call(*set.echo, Kind::unary, kept).status.ok());
  set.cs.close(std::chrono::hours::max());
  CHECK(running.get().status.ok());
  CHECK_FALSE(call(*set.echo, Kind::unary).status.ok());
}

TEST_CASE("when the grace is over, the calls that are left are cancelled") {
  Set set;
  set.server.control({{"delay_ms", 60'000}});
  auto running = std::async(std::launch::async, [&] { return call(*set.echo, Kind::server_stream); });
  REQUIRE(set.server.wait_for("ServerStream", 1));
  set.cs.close(std::chrono::milliseconds(50));
  CHECK(running.get().status.error_code() == grpc::StatusCode::CANCELLED);
}

TEST_CASE("a call that waits for its token is cancelled by close, and the refresh harms nobody") {
  Set set;
  set.idp.control({{"token", {{"delay_ms", 1000}, {"times", 1}}}});
  auto running = std::async(std::launch::async, [&] { return call(*set.echo, Kind::unary); });
  REQUIRE(set.idp.wait_for("/token", 1));
  set.cs.close();
  CHECK(running.get().status.error_code() == grpc::StatusCode::CANCELLED);
  CHECK(set.server.log().empty());
}

TEST_CASE("a connection that is lost in a call costs no token request") {
  Set set;
  REQUIRE(call(*set.echo, Kind::unary).status.ok());
  set.server.control({{"drop", 1}});
  const auto outcome = call(*set.echo, Kind::unary);
  INFO(text_of(outcome.status));
  CHECK(outcome.status.ok());
  CHECK(set.idp.count("/token") == 1);
}

TEST_CASE("a server that was down is found again") {
  Set set;
  REQUIRE(call(*set.echo, Kind::unary).status.ok());
  set.server.go_down();
  const auto away = call(*set.echo, Kind::unary);
  CHECK(away.status.error_code() == grpc::StatusCode::UNAVAILABLE);
  CHECK(to_error(away.status, set.cs.endpoint()).status == Status::unavailable);
  set.server.come_back();
  CHECK(eventually([&] { return call(*set.echo, Kind::unary).status.ok(); }));
  CHECK(set.idp.count("/token") == 1);
}

TEST_CASE("calls may end after their channel is gone") {
  Set set;
  set.server.control({{"delay_ms", 300}});
  grpc::ClientContext context;
  EchoRequest request;
  EchoResponse response;
  std::promise<grpc::Status> done;
  {
    auto session = opened(Session::open(session_of(set.server.target(), set.options())));
    const auto channel = opened(make_channel(set.server.target(), session));
    const auto echo = Echo::NewStub(channel);
    echo->async()->Unary(&context, &request, &response, [&](grpc::Status status) { done.set_value(std::move(status)); });
  }
  CHECK(done.get_future().get().ok());
}

TEST_CASE("a channel that is kept outlives its client set") {
  Set set;
  std::shared_ptr<grpc::Channel> channel;
  {
    const auto other = opened(ClientSet::for_endpoint(set.server.target(), set.options()));
    channel = other.channel();
  }
  CHECK(call(*Echo::NewStub(channel), Kind::unary).status.ok());
}

TEST_CASE("options reach gRPC: compression, message sizes, user agent, arguments") {
  ChannelOptions options;
  options.compression = "gzip";
  options.max_receive_message_bytes = 1000;
  options.user_agent = "my-program/1";
  options.keepalive_time = std::chrono::seconds(30);
  options.arguments.SetString("grpc.default_authority", "elsewhere.example");
  Stage stage(FlyteServerOptions{}, options);
  REQUIRE(call(*stage.echo, Kind::unary).status.ok());
  const auto entry = stage.server.log().back();
  CHECK(entry["metadata"]["grpc-encoding"] == "gzip");
  CHECK_THAT(entry["metadata"]["user-agent"].get<std::string>(), Catch::StartsWith("my-program/1 "));
  CHECK(entry["authority"] == "elsewhere.example");

  grpc::ClientContext context;
  EchoRequest request;
  request.set_payload(std::string(2000, 'x'));
  EchoResponse response;
  const auto status = stage.echo->Unary(&context, request, &response);
  CHECK(status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_CASE("a client certificate opens a server that wants one") {
  FlyteServerOptions wanting{Certificate::good};
  wanting.wants_client_certificate = true;
  const DemoIdp idp;
  const FlyteServer server(idp, wanting);
  ClientSetOptions options = service_account(idp);
  options.ca_cert_file = server.ca_file();
  options.channel.client_certificate_file = server.client_certificate_file();
  options.channel.client_key_file = server.client_key_file();
  const auto cs = opened(ClientSet::for_endpoint(server.target(), options));
  CHECK(call(*Echo::NewStub(cs.channel()), Kind::unary).status.ok());
  options.insecure_skip_verify = true;
  options.ca_cert_file.clear();
  const auto unverified = opened(ClientSet::for_endpoint(server.target(), options));
  CHECK(call(*Echo::NewStub(unverified.channel()), Kind::unary).status.ok());
}

TEST_CASE("insecure_skip_verify takes any chain, and still looks at the host name") {
  const DemoIdp idp;
  ClientSetOptions options = service_account(idp);
  options.insecure_skip_verify = true;
  options.channel.rpc_retries = 0;
  const FlyteServer good(idp, {Certificate::good});
  CHECK(call(*Echo::NewStub(opened(ClientSet::for_endpoint(good.target(), options)).channel()), Kind::unary).status.ok());
  const FlyteServer other(idp, {Certificate::wrong_host});
  const auto outcome = call(*Echo::NewStub(opened(ClientSet::for_endpoint(other.target(), options)).channel()), Kind::unary);
  CHECK(outcome.status.error_code() == grpc::StatusCode::UNAVAILABLE);
  CHECK(other.log().empty());
}
