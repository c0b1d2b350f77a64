// A gRPC whose tracers are not known: what its public interface alone allows.
#include "harness.hpp"

#include "clientset/attempts.hpp"

#include <catch2/catch.hpp>

using namespace authhost;
using namespace authhost::test;

namespace {

struct OtherGrpc {
  OtherGrpc() { clientset::pretend_other_grpc(true); }
  ~OtherGrpc() { clientset::pretend_other_grpc(false); }
  OtherGrpc(const OtherGrpc&) = delete;
  OtherGrpc& operator=(const OtherGrpc&) = delete;
};

}  // namespace

TEST_CASE("the tracers of the gRPC that this is built with are known") { CHECK(clientset::can_watch_attempts()); }

TEST_CASE("with another gRPC, stale tokens are refreshed once and the calls repeated") {
  const OtherGrpc other;
  for (const Certificate certificate : {Certificate::good, Certificate::none}) {
    Stage stage({certificate});
    REQUIRE(call(*stage.echo, Kind::unary).status.ok());
    stage.server.make_tokens_stale();
    for (const auto& outcome : call_at_once(*stage.echo, 100)) CHECK(outcome.status.ok());
    CHECK(stage.idp.count("/token") == 2);
  }
}

TEST_CASE("with another gRPC, a call that is always rejected has two attempts and the server's own status") {
  const OtherGrpc other;
  Stage stage;
  stage.server.control({{"reject", "always"}});
  for (const Kind kind : kAllKinds) {
    stage.server.clear_log();
    const auto outcome = call(*stage.echo, kind);
    CHECK(outcome.status.error_code() == grpc::StatusCode::UNAUTHENTICATED);
    CHECK(outcome.status.error_message() == "token rejected");
    CHECK(stage.server.count(name_of(kind)) == 2);
  }
}

TEST_CASE("with another gRPC, a server in trouble is not asked again by a channel that carries a token") {
  const OtherGrpc other;
  Stage stage;
  stage.server.control({{"status", {{"code", 14}, {"times", 1}}}});
  CHECK(call(*stage.echo, Kind::unary).status.error_code() == grpc::StatusCode::UNAVAILABLE);
  CHECK(stage.server.count("Unary") == 1);
}

TEST_CASE("with another gRPC, a closed channel cancels what is in flight") {
  const OtherGrpc other;
  const DemoIdp idp;
  const FlyteServer server(idp, {Certificate::good});
  auto options = service_account(idp);
  options.ca_cert_file = server.ca_file();
  const auto cs = opened(ClientSet::for_endpoint(server.target(), options));
  cs.close();
  CHECK(call(*Echo::NewStub(cs.channel()), Kind::unary).status.error_code() == grpc::StatusCode::CANCELLED);
}
