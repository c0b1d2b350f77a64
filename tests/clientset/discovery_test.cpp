// What a client set asks its server about login, and how often.
#include "harness.hpp"

#include "support/eventually.hpp"

#include <catch2/catch.hpp>

using namespace authhost;
using namespace authhost::test;

namespace {

// The provider's endpoints come from the Flyte server alone.
ClientSetOptions discovering(const DemoIdp& idp, const FlyteServer& server) {
  ClientSetOptions options = service_account(idp);
  options.client_config = {};
  options.client_config.client_id = "demo-service";
  options.discovery = "flyte";
  options.ca_cert_file = server.ca_file();
  return options;
}

std::size_t auth_metadata_calls(const FlyteServer& server) {
  std::size_t calls = 0;
  for (const auto& entry : server.log()) {
    const auto service = entry["service"].get<std::string>();
    if (service.ends_with("AuthMetadataService")) ++calls;
  }
  return calls;
}

}  // namespace

TEST_CASE("the client config comes from AuthMetadataService, over a channel without credentials, in two calls for all sessions of a set") {
  const DemoIdp idp;
  const FlyteServer server(idp, {Certificate::good});
  const auto cs = opened(ClientSet::for_endpoint(server.target(), discovering(idp, server)));
  const auto echo = Echo::NewStub(cs.channel());
  for (const auto& outcome : call_at_once(*echo, 40)) CHECK(outcome.status.ok());
  server.make_tokens_stale();
  for (const auto& outcome : call_at_once(*echo, 40)) CHECK(outcome.status.ok());
  CHECK(auth_metadata_calls(server) == 2);
  for (const auto& entry : server.log()) {
    const auto service = entry["service"].get<std::string>();
    if (service.ends_with("AuthMetadataService")) CHECK(entry["metadata"].count("authorization") == 0);
  }
}

TEST_CASE("an older server is asked in the older package") {
  const DemoIdp idp;
  const FlyteServer server(idp, {Certificate::good});
  server.control({{"unimplemented", {"flyteidl2.auth"}}});
  const auto cs = opened(ClientSet::for_endpoint(server.target(), discovering(idp, server)));
  CHECK(call(*Echo::NewStub(cs.channel()), Kind::unary).status.ok());
}

TEST_CASE("what the program says of the client wins over what the server says, field by field") {
  const DemoIdp idp;
  FlyteServerOptions naming{Certificate::good};
  naming.header_key = "flyte-authorization";
  const FlyteServer server(idp, naming);
  server.control({{"public_client", {{"authorization_metadata_key", "flyte-authorization"}, {"scopes", {"from-the-server"}}}}});
  auto options = discovering(idp, server);
  options.client_config.scopes = {"of-the-program"};
  const auto cs = opened(ClientSet::for_endpoint(server.target(), options));
  CHECK(call(*Echo::NewStub(cs.channel()), Kind::unary).status.ok());
  CHECK(idp.log("/token")[0]["form"]["scope"] == "of-the-program");
  CHECK(server.log().back()["metadata"].count("flyte-authorization") == 1);
}

TEST_CASE("an HTML page in place of the client config is a sentence") {
  const DemoIdp idp;
  const FlyteServer server(idp, {Certificate::good});
  server.control({{"html", 200}});
  auto options = discovering(idp, server);
  options.channel.rpc_retries = 0;
  const auto cs = opened(ClientSet::for_endpoint(server.target(), options));
  const auto outcome = call(*Echo::NewStub(cs.channel()), Kind::unary);
  CHECK_FALSE(outcome.status.ok());
  const Error error = cs.error(outcome.status);
  INFO(error.message);
  CHECK_THAT(error.message, Catch::Contains(server.target()));
  CHECK_FALSE(error.hint.empty());
  CHECK(error.message.size() < 1200);
}

TEST_CASE("a server that implements neither package says so in a sentence") {
  const DemoIdp idp;
  const FlyteServer server(idp, {Certificate::good});
  server.control({{"unimplemented", {"flyteidl2.auth", "flyteidl.service"}}});
  const auto cs = opened(ClientSet::for_endpoint(server.target(), discovering(idp, server)));
  const auto outcome = call(*Echo::NewStub(cs.channel()), Kind::unary);
  CHECK_FALSE(outcome.status.ok());
  CHECK_THAT(cs.error(outcome.status).message, Catch::Contains("says nothing about its OAuth endpoints"));
}

TEST_CASE("with an API key the endpoint, the client and the organisation come from the key") {
  const DemoIdp idp;
  const FlyteServer server(idp, FlyteServerOptions{});
  // localhost:PORT:demo-service:demo-secret:acme
  const std::string key = base64(server.target() + ":demo-service:demo-secret:acme");
  ClientSetOptions options;
  options.insecure = true;
  options.storage = "memory";
  options.allow_insecure_http = true;
  const auto cs = opened(ClientSet::for_api_key(key, options));
  CHECK(cs.endpoint() == server.target());
  CHECK(cs.org() == "acme");
  CHECK(call(*Echo::NewStub(cs.channel()), Kind::unary).subject == "demo-service");
}

TEST_CASE("where nothing is named, nothing is stored and the server wants no login, calls go out without a token") {
  for (const bool insecure : {true, false}) {
    const FlyteServer server({insecure ? Certificate::none : Certificate::good});
    server.control({{"auth_required", false}});
    ClientSetOptions options;
    options.insecure = insecure;
    options.storage = "memory";
    if (!insecure) options.ca_cert_file = server.ca_file();
    const auto cs = opened(ClientSet::for_endpoint(server.target(), options));
    const auto echo = Echo::NewStub(cs.channel());
    for (const auto& outcome : call_at_once(*echo, 20)) CHECK(outcome.status.ok());
    CHECK(server.log().size() == 20);
    CHECK(server.log().back()["metadata"].count("authorization") == 0);
  }
}

TEST_CASE("a server that wants a login gets none that would need a person, unless the program allowed it") {
  const DemoIdp idp;
  for (const int code : {16, 7}) {
    const FlyteServer server(idp, {Certificate::good});
    server.control({{"missing_token_code", code}});
    ClientSetOptions options;
    options.storage = "memory";
    options.allow_insecure_http = true;
    options.ca_cert_file = server.ca_file();
    const auto cs = opened(ClientSet::for_endpoint(server.target(), options));
    const auto outcome = call(*Echo::NewStub(cs.channel()), Kind::unary);
    CHECK(outcome.status.error_code() == code);
    CHECK_THAT(outcome.status.error_message(), Catch::StartsWith("token rejected; "));
    CHECK(cs.error(outcome.status).status == Status::interaction_required);
    CHECK(server.count("Unary") == 1);
    CHECK(idp.count("/authorize") == 0);
  }
}

TEST_CASE("a plaintext endpoint starts no login by itself, whatever it answers") {
  const DemoIdp idp;
  const FlyteServer server(idp, FlyteServerOptions{});
  ClientSetOptions options;
  options.insecure = true;
  options.storage = "memory";
  options.may_interact = true;
  const auto cs = opened(ClientSet::for_endpoint(server.target(), options));
  const auto outcome = call(*Echo::NewStub(cs.channel()), Kind::unary);
  CHECK(outcome.status.error_code() == grpc::StatusCode::UNAUTHENTICATED);
  CHECK(outcome.status.error_message() == "token rejected");
  CHECK(server.log().size() == 1);
  CHECK(idp.log().empty());
}

TEST_CASE("where the program allowed it, a rejection starts one login, and all calls go on with its token") {
  for (const int code : {16, 7}) {
    const DemoIdp idp;
    const FlyteServer server(idp, {Certificate::good});
    server.control({{"missing_token_code", code}});
    const TempHome home;
    const Environment environment(home);
    ::setenv("BROWSER", (AUTHHOST_SOURCE_DIR "/tests/support/fake_browser " + home.path("page")).c_str(), 1);
    ClientSetOptions options;
    options.storage = "memory";
    options.allow_insecure_http = true;
    options.ca_cert_file = server.ca_file();
    options.may_interact = true;
    const auto cs = opened(ClientSet::for_endpoint(server.target(), options));
    const auto echo = Echo::NewStub(cs.channel());
    for (const auto& outcome : call_at_once(*echo, 40)) {
      INFO(text_of(outcome.status));
      REQUIRE(outcome.status.ok());
    }
    CHECK(idp.count("/authorize") == 1);
    CHECK(idp.count("/token") == 1);
  }
}
