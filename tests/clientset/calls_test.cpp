// What a call carries, and what the caller's own word is worth.
#include "harness.hpp"

#include "support/eventually.hpp"

#include <catch2/catch.hpp>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <future>
#include <regex>
#include <set>

using namespace authhost;
using namespace authhost::test;

namespace {

// The metadata of the last call that the server saw.
SteeredServer::Json metadata(const FlyteServer& server) { return server.log().back()["metadata"]; }

}  // namespace

TEST_CASE("each call has an x-request-id of its own, a UUID, the same for all its attempts") {
  Stage stage;
  for (int i = 0; i < 5; ++i) REQUIRE(call(*stage.echo, Kind::unary).status.ok());
  const std::regex uuid("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  std::set<std::string> ids;
  for (const auto& entry : stage.server.log()) {
    const auto id = entry["metadata"]["x-request-id"].get<std::string>();
    CHECK(std::regex_match(id, uuid));
    ids.insert(id);
  }
  CHECK(ids.size() == 5);
  stage.server.make_tokens_stale();
  stage.server.clear_log();
  REQUIRE(call(*stage.echo, Kind::unary).status.ok());
  const auto log = stage.server.log();
  REQUIRE(log.size() == 2);
  CHECK(log[0]["metadata"]["x-request-id"] == log[1]["metadata"]["x-request-id"]);
}

TEST_CASE("an x-request-id that the caller set is kept, alone") {
  Stage stage;
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "mine");
  REQUIRE(call(*stage.echo, Kind::unary, context).status.ok());
  CHECK(metadata(stage.server)["x-request-id"] == "mine");
}

TEST_CASE("an authorization header of the caller's own goes alone, and is not repeated when it is rejected") {
  Stage stage;
  for (const Kind kind : kAllKinds) {
    stage.server.clear_log();
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer of-my-own");
    CHECK(call(*stage.echo, kind, context).status.error_code() == grpc::StatusCode::UNAUTHENTICATED);
    CHECK(stage.server.log().size() == 1);
    CHECK(metadata(stage.server)["authorization"] == "Bearer of-my-own");
  }
  CHECK(stage.idp.count("/token") == 0);
}

TEST_CASE("call credentials of the caller's own go alone, and are not repeated when they are rejected") {
  Stage stage;
  for (const Kind kind : kAllKinds) {
    stage.server.clear_log();
    grpc::ClientContext context;
    context.set_credentials(grpc::AccessTokenCredentials("of-my-own"));
    const auto outcome = call(*stage.echo, kind, context);
    CHECK(outcome.status.error_code() == grpc::StatusCode::UNAUTHENTICATED);
    CHECK(outcome.status.error_message() == "token rejected");
    CHECK(stage.server.log().size() == 1);
    CHECK(metadata(stage.server)["authorization"] == "Bearer of-my-own");
  }
  CHECK(stage.idp.count("/token") == 0);
}

TEST_CASE("credentials that were copied from one call's context to another's are still the session's") {
  Stage stage;
  grpc::ClientContext first;
  REQUIRE(call(*stage.echo, Kind::unary, first).status.ok());
  grpc::ClientContext second;
  second.set_credentials(first.credentials());
  CHECK(call(*stage.echo, Kind::unary, second).subject == "demo-service");
}

TEST_CASE("the header that the configuration names carries the token, and no other does") {
  FlyteServerOptions server;
  server.certificate = Certificate::good;
  server.header_key = "flyte-authorization";
  Stage stage(server, {}, [](ClientSetOptions& options) { options.client_config.header_key = "flyte-authorization"; });
  for (const Kind kind : kAllKinds) CHECK(call(*stage.echo, kind).status.ok());
  CHECK(metadata(stage.server).count("authorization") == 0);
  stage.server.make_tokens_stale();
  for (const Kind kind : kAllKinds) CHECK(call(*stage.echo, kind).status.ok());
  CHECK(stage.idp.count("/token") == 2);
}

TEST_CASE("a plaintext endpoint gets the token, too, and rejected ones are repeated") {
  Stage stage(FlyteServerOptions{});
  for (const Kind kind : kAllKinds) CHECK(call(*stage.echo, kind).subject == "demo-service");
  stage.server.make_tokens_stale();
  for (const auto& outcome : call_at_once(*stage.echo, 40)) CHECK(outcome.status.ok());
  CHECK(stage.idp.count("/token") == 2);
}

TEST_CASE("the second role's token goes out as proxy-authorization on every call, beside the caller's own credentials, too") {
  const DemoIdp idp;
  const FlyteServer server(idp, {Certificate::good});
  const TempHome home;
  home.write_config("[profiles.p]\nendpoint = \"" + server.target() + "\"\nauthenticator = \"client_credentials\"\nstorage = \"memory\"\n" +
                    "ca_cert_file = \"" + server.ca_file() + "\"\nallow_insecure_http = true\n" +
                    "proxy_authenticator = { authenticator = \"command\", settings = { command = [\"/bin/echo\", \"proxy-token\"] } }\n" +
                    "[profiles.p.client]\ntoken_endpoint = \"" + idp.issuer() + "/token\"\nclient_id = \"demo-service\"\n" +
                    "[profiles.p.settings]\nclient_secret_file = \"" + home.write("secret", "demo-secret") + "\"\n");
  const Environment environment(home);
  const auto cs = opened(ClientSet::for_profile("p"));
  const auto echo = Echo::NewStub(cs.channel());
  for (const Kind kind : kAllKinds) {
    REQUIRE(call(*echo, kind).status.ok());
    CHECK(metadata(server)["proxy-authorization"] == "Bearer proxy-token");
  }
  grpc::ClientContext context;
  context.set_credentials(grpc::AccessTokenCredentials("of-my-own"));
  CHECK_FALSE(call(*echo, Kind::unary, context).status.ok());
  CHECK(metadata(server)["proxy-authorization"] == "Bearer proxy-token");
  CHECK(metadata(server)["authorization"] == "Bearer of-my-own");
  ClientSetOptions once;
  once.channel.rpc_retries = 1;
  const auto patient = opened(ClientSet::for_profile("p", once));  // two tokens, and one repeat for trouble all the same
  server.control({{"status", {{"code", 14}}}});
  server.clear_log();
  CHECK_FALSE(call(*Echo::NewStub(patient.channel()), Kind::unary).status.ok());
  CHECK(server.count("Unary") == 2);
  server.control({{"status", nullptr}});
  server.make_tokens_stale();
  CHECK(call(*echo, Kind::unary).status.ok());
}

TEST_CASE("without a token and without a way to one, a call fails at once with what to do, and nothing is sent") {
  Stage stage({Certificate::good}, {}, [](ClientSetOptions& options) {
    options.authenticator = "device_code";
    options.settings.clear();
  });
  const auto outcome = call(*stage.echo, Kind::bidi);
  CHECK(outcome.status.error_code() == grpc::StatusCode::UNAUTHENTICATED);
  const Error error = to_error(outcome.status, stage.server.target());
  CHECK(error.status == Status::interaction_required);
  CHECK_THAT(error.message, Catch::StartsWith(stage.server.target() + ": ") && Catch::Contains("a person has to log in"));
  CHECK_THAT(error.hint, Catch::Contains("may_interact"));
  CHECK(stage.server.log().empty());
}

TEST_CASE("a token endpoint that is away is UNAVAILABLE, and a call does not make it worse by repeating") {
  Stage stage;
  stage.idp.control({{"token", {{"status", 503}}}});
  const auto outcome = call(*stage.echo, Kind::unary);
  CHECK(outcome.status.error_code() == grpc::StatusCode::UNAVAILABLE);
  CHECK(to_error(outcome.status, "x").status == Status::unavailable);
  CHECK(stage.server.log().empty());
  CHECK(stage.idp.count("/token") <= 6);
}

TEST_CASE("asynchronous calls through a completion queue are repeated as well") {
  Stage stage;
  REQUIRE(call(*stage.echo, Kind::unary).status.ok());
  stage.server.make_tokens_stale();
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  EchoRequest request;
  EchoResponse response;
  grpc::Status status;
  const auto reader = stage.echo->AsyncUnary(&context, request, &queue);
  reader->Finish(&response, &status, &context);
  void* tag = nullptr;
  bool ok = false;
  REQUIRE(queue.Next(&tag, &ok));
  CHECK(tag == &context);
  CHECK(status.ok());
  CHECK(response.attempt() == 2);
  queue.Shutdown();
}

TEST_CASE("credentials that are set after the call was prepared are the caller's own, too") {
  Stage stage;
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  EchoRequest request;
  EchoResponse response;
  grpc::Status status;
  const auto reader = stage.echo->PrepareAsyncUnary(&context, request, &queue);
  context.set_credentials(grpc::AccessTokenCredentials("of-my-own"));
  reader->StartCall();
  reader->Finish(&response, &status, &context);
  void* tag = nullptr;
  bool ok = false;
  REQUIRE(queue.Next(&tag, &ok));
  CHECK(status.error_code() == grpc::StatusCode::UNAUTHENTICATED);
  CHECK(stage.server.log().size() == 1);
  CHECK(metadata(stage.server)["authorization"] == "Bearer of-my-own");
  queue.Shutdown();
}

TEST_CASE("a rejection without words keeps its code when no other token can be had") {
  Stage stage;
  REQUIRE(call(*stage.echo, Kind::unary).status.ok());
  stage.idp.control({{"token", {{"status", 503}}}});
  stage.server.control({{"status", {{"code", 16}, {"message", ""}}}});
  CHECK(call(*stage.echo, Kind::unary).status.error_code() == grpc::StatusCode::UNAUTHENTICATED);
}

TEST_CASE("generic stubs are served like generated ones") {
  Stage stage;
  REQUIRE(call(*stage.echo, Kind::unary).status.ok());
  stage.server.make_tokens_stale();
  grpc::GenericStub stub(stage.channel);
  grpc::ClientContext context;
  const grpc::Slice empty;
  grpc::ByteBuffer request(&empty, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, "/authhost.test.Echo/Unary", grpc::StubOptions(), &request, &response,
                 [&](grpc::Status status) { done.set_value(std::move(status)); });
  CHECK(done.get_future().get().ok());
  CHECK(response.Length() > 0);
}

TEST_CASE("a large request is repeated whole") {
  Stage stage;
  REQUIRE(call(*stage.echo, Kind::unary).status.ok());
  stage.server.make_tokens_stale();
  grpc::ClientContext context;
  EchoRequest request;
  request.set_payload(std::string(3 << 20, 'x'));
  EchoResponse response;
  const auto status = stage.echo->Unary(&context, request, &response);
  INFO(text_of(status));
  CHECK(status.ok());
  CHECK(response.payload().size() == 3 << 20);
  CHECK(response.attempt() == 2);
}
