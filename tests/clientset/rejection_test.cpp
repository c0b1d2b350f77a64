// A token that the server rejects: refreshed, and the call repeated, once.
#include "harness.hpp"

#include "clientset/brake.hpp"

#include "support/eventually.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

using namespace authhost;
using namespace authhost::test;

TEST_CASE("a call carries the session's token, which the server checks with the provider") {
  Stage stage;
  for (const Kind kind : kAllKinds) {
    const auto outcome = call(*stage.echo, kind);
    INFO(name_of(kind) << ": " << text_of(outcome.status));
    CHECK(outcome.status.ok());
    CHECK(outcome.subject == "demo-service");
    CHECK(outcome.attempt == 1);
  }
  CHECK(stage.idp.count("/token") == 1);
}

TEST_CASE("200 calls of all kinds with a token that turned stale all succeed, with one token request and two attempts each") {
  Stage stage;
  REQUIRE(call(*stage.echo, Kind::unary).status.ok());
  stage.server.make_tokens_stale();
  stage.server.clear_log();
  stage.idp.clear_log();
  int failed = 0;
  for (const auto& outcome : call_at_once(*stage.echo, 200)) {
    if (!outcome.status.ok()) UNSCOPED_INFO(text_of(outcome.status));
    if (!outcome.status.ok()) ++failed;
  }
  CHECK(failed == 0);
  CHECK(stage.idp.count("/token") == 1);
  int most = 0;
  for (const auto& entry : stage.server.log()) most = std::max(most, entry["attempt"].get<int>());
  CHECK(most == 2);
}

TEST_CASE("200 first calls at once make one token request") {
  Stage stage;
  for (const auto& outcome : call_at_once(*stage.echo, 200)) CHECK(outcome.status.ok());
  CHECK(stage.idp.count("/token") == 1);
  CHECK(stage.server.log().size() == 200);
}

TEST_CASE("where the server rejects every token, a call has two attempts and then the server's own status") {
  Stage stage;
  stage.server.control({{"reject", "always"}});
  for (const Kind kind : kAllKinds) {
    stage.server.clear_log();
    const auto outcome = call(*stage.echo, kind);
    INFO(name_of(kind));
    CHECK(outcome.status.error_code() == grpc::StatusCode::UNAUTHENTICATED);
    CHECK(outcome.status.error_message() == "token rejected");
    CHECK(stage.server.count(name_of(kind)) == 2);
  }
}

TEST_CASE("100 calls at once that are always rejected have two attempts each, and few new tokens between them") {
  Stage stage;
  REQUIRE(call(*stage.echo, Kind::unary).status.ok());
  stage.server.control({{"reject", "always"}});
  stage.server.clear_log();
  for (const auto& outcome : call_at_once(*stage.echo, 100)) CHECK(outcome.status.error_message() == "token rejected");
  CHECK(stage.server.log().size() == 200);
  CHECK(stage.idp.count("/token") <= 13);  // a call that begins with a new token asks for another; after ten in vain nobody does
}

TEST_CASE("a server that rejects every token does not keep the token endpoint busy") {
  Stage stage;
  stage.server.control({{"reject", "always"}});
  for (int i = 0; i < 60; ++i) CHECK(call(*stage.echo, Kind::unary).status.error_message() == "token rejected");
  CHECK(stage.idp.count("/token") < 20);
  stage.server.control({{"reject", nullptr}});
  CHECK(call(*stage.echo, Kind::unary).status.ok());
}

TEST_CASE("a server that rejects each call's first token does not keep the token endpoint busy") {
  Stage stage;
  for (int i = 0; i < 60; ++i) {
    stage.server.make_tokens_stale();
    call(*stage.echo, Kind::unary);
  }
  CHECK(stage.idp.count("/token") < 25);
}

TEST_CASE("so many new tokens at once, then one in so much time, and many calls with one token count once") {
  using std::chrono::seconds;
  const std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now() + seconds(100);
  clientset::Brake brake({2, seconds(60)});
  CHECK(brake.allows("a", start));
  CHECK(brake.allows("a", start));
  CHECK(brake.allows("b", start));
  CHECK_FALSE(brake.allows("c", start + seconds(59)));
  CHECK(brake.allows("c", start + seconds(60)));
  CHECK_FALSE(brake.allows("d", start + seconds(61)));
  CHECK(brake.allows("d", start + seconds(1000)));
  CHECK(brake.allows("e", start + seconds(1000)));
  CHECK_FALSE(brake.allows("f", start + seconds(1000)));
}

TEST_CASE("a call whose reader and context are dropped while it waits for its repeat harms nobody") {
  Stage stage;
  REQUIRE(call(*stage.echo, Kind::unary).status.ok());
  for (int i = 0; i < 60; ++i) {
    stage.server.make_tokens_stale();
    stage.server.clear_log();
    auto context = std::make_unique<grpc::ClientContext>();
    EchoRequest request;
    request.set_count(1);
    auto reader = stage.echo->ServerStream(context.get(), request);
    REQUIRE(stage.server.wait_for("ServerStream", 1, true));
    reader.reset();
    context.reset();
  }
  CHECK(call(*stage.echo, Kind::unary).status.error_code() != grpc::StatusCode::INTERNAL);
}

TEST_CASE("when no other token can be had, the caller sees the server's status and both reasons") {
  Stage stage;
  REQUIRE(call(*stage.echo, Kind::unary).status.ok());
  stage.server.make_tokens_stale();
  stage.server.clear_log();
  stage.idp.control({{"token", {{"error", "invalid_client"}, {"error_description", "the account is locked"}}}});
  const auto outcome = call(*stage.echo, Kind::unary);
  CHECK(outcome.status.error_code() == grpc::StatusCode::UNAUTHENTICATED);
  CHECK_THAT(outcome.status.error_message(), Catch::StartsWith("token rejected; ") && Catch::Contains("the account is locked"));
  CHECK(stage.server.count("Unary") == 1);
  const Error error = to_error(outcome.status, stage.server.target());
  CHECK(error.status == Status::denied);
  CHECK_THAT(error.message, Catch::StartsWith(stage.server.target() + ": token rejected; "));
  CHECK_FALSE(error.hint.empty());
}

TEST_CASE("a stream is not repeated after its first answer") {
  Stage stage;
  for (const Kind kind : {Kind::server_stream, Kind::bidi}) {
    stage.server.control({{"fail_after_messages", 1}});
    stage.server.clear_log();
    const auto outcome = call(*stage.echo, kind);
    INFO(name_of(kind));
    CHECK(outcome.status.error_code() == grpc::StatusCode::UNAUTHENTICATED);
    CHECK(outcome.status.error_message() == "token rejected");
    CHECK(outcome.answers == 1);
    CHECK(stage.server.count(name_of(kind)) == 1);
    stage.server.control({{"fail_after_messages", nullptr}});
  }
}

TEST_CASE("PERMISSION_DENIED is not repeated when a token was sent, and keeps what the server said with it") {
  Stage stage;
  stage.server.control({{"status", {{"code", 7}, {"message", "not yours"}, {"trailers", {{"x-reason", "quota"}}}}}});
  grpc::ClientContext context;
  const auto outcome = call(*stage.echo, Kind::unary, context);
  CHECK(outcome.status.error_code() == grpc::StatusCode::PERMISSION_DENIED);
  CHECK(outcome.status.error_message() == "not yours");
  CHECK(context.GetServerTrailingMetadata().count("x-reason") == 1);
  CHECK(stage.server.count("Unary") == 1);
  CHECK(stage.idp.count("/token") == 1);
}

TEST_CASE("a server in trouble costs no token request: UNAVAILABLE is repeated with the token that there is") {
  Stage stage;
  REQUIRE(call(*stage.echo, Kind::unary).status.ok());
  stage.server.clear_log();
  stage.server.control({{"status", {{"code", 14}, {"message", "come back later"}, {"times", 2}}}});
  const auto outcome = call(*stage.echo, Kind::unary);
  CHECK(outcome.status.ok());
  CHECK(outcome.attempt == 3);
  CHECK(stage.idp.count("/token") == 1);

}

TEST_CASE("a server that stays in trouble is asked as often as said, and what it says last comes whole") {
  for (const int retries : {1, 3, 4}) {
    ChannelOptions options;
    options.rpc_retries = retries;
    Stage stage({Certificate::good}, options);
    stage.server.control({{"status", {{"code", 14}, {"message", "come back later"}, {"trailers", {{"x-reason", "quota"}}}}}});
    grpc::ClientContext context;
    const auto outcome = call(*stage.echo, Kind::unary, context);
    CHECK(outcome.status.error_code() == grpc::StatusCode::UNAVAILABLE);
    CHECK(outcome.status.error_message() == "come back later");
    CHECK(context.GetServerTrailingMetadata().count("x-reason") == 1);
    CHECK(static_cast<int>(stage.server.count("Unary")) == 1 + retries);
  }
}

TEST_CASE("with rpc_retries = 0 a call is repeated for its token alone") {
  ChannelOptions options;
  options.rpc_retries = 0;
  Stage stage({Certificate::good}, options);
  REQUIRE(call(*stage.echo, Kind::unary).status.ok());
  stage.server.clear_log();
  stage.server.control({{"status", {{"code", 14}, {"times", 1}}}});
  CHECK(call(*stage.echo, Kind::unary).status.error_code() == grpc::StatusCode::UNAVAILABLE);
  CHECK(stage.server.count("Unary") == 1);
  stage.server.make_tokens_stale();
  CHECK(call(*stage.echo, Kind::unary).status.ok());
}

TEST_CASE("a token that turns stale while the server is in trouble is still refreshed") {
  Stage stage;
  REQUIRE(call(*stage.echo, Kind::unary).status.ok());
  stage.server.make_tokens_stale();
  // Rejections come first in the server: stale, then in trouble twice, then well.
  stage.server.control({{"status", {{"code", 14}, {"times", 2}}}});
  const auto outcome = call(*stage.echo, Kind::unary);
  INFO(text_of(outcome.status));
  CHECK(outcome.status.ok());
  CHECK(outcome.attempt == 4);
  CHECK(stage.idp.count("/token") == 2);
}

TEST_CASE("a deadline of 300 ms is kept while the token endpoint sleeps, and the refresh goes on") {
  Stage stage;
  REQUIRE(call(*stage.echo, Kind::unary).status.ok());
  stage.server.make_tokens_stale();
  stage.idp.clear_log();
  stage.idp.control({{"token", {{"delay_ms", 3000}, {"times", 1}}}});
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(300));
  CHECK(call(*stage.echo, Kind::unary, context).status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
  REQUIRE(stage.idp.count("/token") == 1);
  CHECK(stage.idp.log("/token")[0]["status"].is_null());  // not answered yet
  CHECK(call(*stage.echo, Kind::unary).status.ok());      // waits for the same request
  CHECK(stage.idp.count("/token") == 1);
}

TEST_CASE("tokens that roll over under load are refreshed ahead: no call is rejected") {
  Stage stage;
  stage.idp.control({{"access_token", {{"ttl", 8}}}});  // the provider counts whole seconds: its tokens live for 7 to 8
  REQUIRE(stage.session.refresh_credentials().ok());
  int rounds = 0;
  bool all_well = true;
  // 64 in flight, until the token has changed.
  while (stage.idp.count("/token") < 2 && all_well && ++rounds < 100'000) {
    for (const auto& outcome : call_at_once(*stage.echo, 64)) {
      if (!outcome.status.ok() || outcome.attempt != 1) {
        UNSCOPED_INFO(text_of(outcome.status) << ", attempt " << outcome.attempt);
        all_well = false;
      }
    }
  }
  CHECK(all_well);
  for (const auto& outcome : call_at_once(*stage.echo, 64)) CHECK(outcome.attempt == 1);
  CHECK(stage.idp.count("/token") == 2);
}
