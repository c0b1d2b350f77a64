// How a Flyte server is asked: JSON over HTTP, else gRPC by a program, here a script that says what it was told.
#include "core/discovery/discovery.hpp"
#include "core/discovery/flyte_rpc.hpp"
#include "core/discovery/identity.hpp"

#include "scripted_server.hpp"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace authhost;
using namespace authhost::test;
using nlohmann::json;

namespace {

constexpr const char* kMetadata = "flyteidl2.auth.AuthMetadataService";

// HTTP/2's first frames, which such a server sends whatever the client says: SETTINGS, then GOAWAY.
const std::string kHttp2Frames("\0\0\0\4\0\0\0\0\0\0\0\x08\7\0\0\0\0\0\0\0\0\0\0\0\1", 25);

// A folder with a program in it that writes its question to `asked`, its arguments and environment to `seen`, and counts.
class FakeProgram {
 public:
  explicit FakeProgram(const std::string& answer, const std::string& more = "") {
    char name[] = "/tmp/flyte-rpc-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    folder_ = name;
    std::ofstream(folder_ + "/answer") << answer;
    std::ofstream(path()) << "#!/bin/sh\ncat > " << folder_ << "/asked\n{ echo \"$@\"; env; } > " << folder_
                          << "/seen\necho x >> " << folder_ << "/count\ncat " << folder_ << "/answer\n" << more << "\n";
    ::chmod(path().c_str(), 0700);
  }
  FakeProgram(const FakeProgram&) = delete;
  FakeProgram& operator=(const FakeProgram&) = delete;
  ~FakeProgram() { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path() const { return folder_ + "/program"; }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(folder_ + "/" + name).rdbuf();
    return text.str();
  }
  [[nodiscard]] json asked() const { return json::parse(read("asked")); }
  [[nodiscard]] std::size_t runs() const { return read("count").size() / 2; }

 private:
  std::string folder_;
};

FlyteRequest metadata_request() {
  FlyteRequest request;
  request.service = kMetadata;
  request.procedure = "GetOAuth2Metadata";
  return request;
}

Result<FlyteAnswer> ask_program(const std::string& answer, const Secret* token = nullptr, const std::string& more = "") {
  const FakeProgram program(answer, more);
  const auto process = make_process();
  FlyteRequest request = metadata_request();
  request.token = token;
  return ProcessRpc("https://flyte.example.com:443", {.target = "dns:///flyte.example.com:443"}, *process, program.path())
      .call(request, {});
}

// Both ways to a server on loopback.
struct Both {
  Both(const ScriptedServer& server, const std::string& program)
      : address("http://" + server.authority()), http(make_http({})), process(make_process()),
        rpc(ConnectRpc(address, *http), ProcessRpc(address, {.target = "dns:///" + server.authority(), .insecure = true}, *process, program)) {}
  std::string address;
  std::unique_ptr<Http> http;
  std::unique_ptr<Process> process;
  FlyteRpcs rpc;
};

}  // namespace

TEST_CASE("Connect sends the token in the header that the server wants") {
  const ScriptedServer server(http_answer(200, "application/json", R"({"subject":"ada"})"));
  const auto http = make_http({});
  ConnectRpc rpc("http://" + server.authority(), *http);
  const Secret token("canary");
  FlyteRequest request;
  request.service = "flyteidl2.auth.IdentityService";
  request.procedure = "UserInfo";
  request.token = &token;
  request.header_key = "flyte-authorization";
  const auto answer = rpc.call(request, {});
  REQUIRE(answer.ok());
  CHECK(answer->kind == FlyteAnswer::Kind::message);
  CHECK(answer->text == R"({"subject":"ada"})");
  const auto seen = server.requests().at(0);
  CHECK(seen.line() == "POST /flyteidl2.auth.IdentityService/UserInfo HTTP/1.1");
  CHECK(seen.header("flyte-authorization") == "Bearer canary");
  CHECK(seen.header("authorization").empty());
}

TEST_CASE("Connect tells a rejected token from a forbidden one, and both from a procedure that is not there") {
  const auto said = [](int status, const std::string& body) {
    const ScriptedServer server(http_answer(status, "application/json", body));
    const auto http = make_http({});
    ConnectRpc rpc("http://" + server.authority(), *http);
    const Secret token("canary");
    FlyteRequest request = metadata_request();
    request.token = &token;
    return rpc.call(request, {});
  };
  const auto rejected = said(401, R"({"code":"unauthenticated","message":"expired"})");
  REQUIRE(rejected.ok());
  CHECK(rejected->kind == FlyteAnswer::Kind::unauthenticated);
  CHECK(rejected->text == "expired");
  CHECK(said(403, R"({"code":"permission_denied","message":"no\u202e"})").status() == Status::denied);
  CHECK(said(404, "{}")->kind == FlyteAnswer::Kind::unimplemented);
  CHECK(said(501, "{}")->kind == FlyteAnswer::Kind::unimplemented);
  CHECK(said(503, "{}").status() == Status::unavailable);
}

TEST_CASE("O73 the program gets the token on its stdin, and neither as an argument nor in its environment") {
  const FakeProgram program(R"({"status":"ok","body":{"subject":"ada"}})");
  const auto process = make_process();
  const Secret token("canary-token");
  FlyteRequest request = metadata_request();
  request.token = &token;
  request.header_key = "flyte-authorization";
  FlyteChannel channel{.target = "dns:///flyte.example.com:443", .ca_cert_file = "/ca.pem", .http_proxy = "http://proxy:3128"};
  channel.proxy_authorization = [](const Call&) -> Result<Secret> { return Secret("Bearer canary-proxy"); };
  ProcessRpc rpc("https://flyte.example.com:443", channel, *process, program.path());
  const auto answer = rpc.call(request, {});
  REQUIRE(answer.ok());
  CHECK(json::parse(answer->text) == json{{"subject", "ada"}});
  const auto asked = program.asked();
  CHECK(asked["target"] == "dns:///flyte.example.com:443");
  CHECK(asked["insecure"] == false);
  CHECK(asked["insecure_skip_verify"] == false);
  CHECK(asked["ca_cert_file"] == "/ca.pem");
  CHECK(asked["http_proxy"] == "http://proxy:3128");
  CHECK(asked["proxy_authorization"] == "Bearer canary-proxy");
  CHECK(asked["service"] == kMetadata);
  CHECK(asked["procedure"] == "GetOAuth2Metadata");
  CHECK(asked["header_key"] == "flyte-authorization");
  CHECK(asked["token"] == "canary-token");
  CHECK(asked["deadline_ms"] == 10'000);
  CHECK(program.read("seen").find("canary") == std::string::npos);
}

TEST_CASE("what the program says becomes an answer or a typed error") {
  const Secret token("canary");
  CHECK(ask_program(R"({"status":"unimplemented","message":"no"})")->kind == FlyteAnswer::Kind::unimplemented);
  CHECK(ask_program(R"({"status":"unauthenticated","message":"no"})", &token)->kind == FlyteAnswer::Kind::unauthenticated);
  CHECK(ask_program(R"({"status":"unauthenticated","message":"no"})").status() == Status::protocol);
  const auto busy = ask_program(R"({"status":"unavailable","message":"it is\u001b[31m busy","hint":"wait"})");
  REQUIRE(busy.status() == Status::unavailable);
  CHECK(busy.error().message == "it is[31m busy");
  CHECK(busy.error().hint == "wait");
  CHECK(ask_program(R"({"status":"no-connection","message":"refused"})").status() == Status::unavailable);
  CHECK(ask_program(R"({"status":"denied","message":"no"})").status() == Status::denied);
}

TEST_CASE("a program that answers nonsense or dies is 9, with what it wrote on stderr") {
  for (const auto* answer : {"", "[]", "{", "hello", R"({"status":"fine"})", R"({"status":"ok"})", R"({"status":7})"}) {
    INFO(answer);
    CHECK(ask_program(answer).status() == Status::plugin);
  }
  const auto dead = ask_program("", nullptr, "echo 'libgrpc.so: not found' >&2; kill -SEGV $$");
  REQUIRE(dead.status() == Status::plugin);
  CHECK(dead.error().message.find("signal 11") != std::string::npos);
  CHECK(dead.error().message.find("libgrpc.so: not found") != std::string::npos);
  const auto process = make_process();
  CHECK(ProcessRpc("https://x:443", {}, *process, "/nonexistent/program").call(metadata_request(), {}).status() == Status::plugin);
}

TEST_CASE("a server that speaks gRPC alone is asked through the program, from then on at once") {
  const FakeProgram program(R"({"status":"ok","body":{"tokenEndpoint":"https://idp.example.com/token"}})");
  const std::vector<ScriptedServer::Script> servers = {
      [](Connection& c, const SeenRequest&) { c.send(kHttp2Frames); },
      [](Connection&, const SeenRequest&) {},  // hangs up
      [](Connection& c, const SeenRequest&) { c.reset(); },
      [](Connection& c, const SeenRequest&) { c.send(http_answer(415, "text/plain", "")); },
      [](Connection& c, const SeenRequest&) { c.send(http_answer(200, "application/grpc", "", "grpc-status: 2\r\n")); },
      [](Connection& c, const SeenRequest&) { c.send(http_answer(505, "text/plain", "")); },
  };
  std::size_t runs = 0;
  for (const auto& script : servers) {
    INFO("server " << &script - servers.data());
    const ScriptedServer server(script);
    Both both(server, program.path());
    for (int i = 0; i < 3; ++i) {
      const auto answer = both.rpc.call(metadata_request(), {});
      REQUIRE(answer.ok());
      CHECK(answer->text == R"({"tokenEndpoint":"https://idp.example.com/token"})");
    }
    CHECK(server.requests().size() <= 1);
    CHECK(program.runs() == (runs += 3));
  }
}

TEST_CASE("the program is not asked about a server that answers in HTTP, or is not there at all") {
  const FakeProgram program(R"({"status":"ok","body":{}})");
  for (const auto& [status, type] : {std::pair{200, "text/html"}, {401, "text/html"}, {503, "text/html"}, {404, "text/plain"},
                                     {302, "text/plain"}, {200, "application/json"}}) {
    INFO(status << " " << type);
    const ScriptedServer server(http_answer(status, type, "{}"));
    Both both(server, program.path());
    const auto ignored = both.rpc.call(metadata_request(), {});
    static_cast<void>(ignored);
    CHECK(program.runs() == 0);
  }
  int port = 0;
  {
    const ScriptedServer closed("");
    port = closed.port();
  }
  const auto http = make_http({});
  const auto process = make_process();
  const std::string address = "http://127.0.0.1:" + std::to_string(port);
  FlyteRpcs rpc(ConnectRpc(address, *http), ProcessRpc(address, {}, *process, program.path()));
  const auto refused = rpc.call(metadata_request(), {});
  CHECK(refused.status() == Status::unavailable);
  CHECK(refused.error().message.find("no connection") != std::string::npos);
  CHECK(program.runs() == 0);
}

TEST_CASE("where gRPC gets no connection either, what HTTP said stays") {
  const FakeProgram program(R"({"status":"no-connection","message":"not HTTP/2"})");
  const ScriptedServer server([](Connection& c, const SeenRequest&) { c.send("SSH-2.0-x\r\n"); });
  Both both(server, program.path());
  const auto said = both.rpc.call(metadata_request(), {});
  CHECK(said.status() == Status::protocol);
  CHECK(said.error().message.find("not HTTP") != std::string::npos);
  CHECK(program.runs() == 1);
}

TEST_CASE("a program that is there and does not run is said, rather than what HTTP said before") {
  const FakeProgram program("", "echo 'libgrpc.so: not found' >&2; exit 127");
  const ScriptedServer server(kHttp2Frames);
  Both both(server, program.path());
  const auto said = both.rpc.call(metadata_request(), {});
  REQUIRE(said.status() == Status::plugin);
  CHECK(said.error().message.find("status 127 and no answer that could be read: libgrpc.so: not found") != std::string::npos);
}

TEST_CASE("without the program the hint says what is not installed") {
  for (const auto& answer : {kHttp2Frames, http_answer(415, "text/plain", "")}) {
    const ScriptedServer server(answer);
    Both both(server, "/nonexistent/authhost-flyte-rpc");
    const auto said = both.rpc.call(metadata_request(), {});
    REQUIRE(said.status() == Status::protocol);
    CHECK(said.error().message.find(server.authority()) != std::string::npos);
    CHECK(said.error().hint.find("the gRPC part of authhost (authhost-flyte-rpc) is not installed") != std::string::npos);
  }
}

TEST_CASE("discovery over gRPC alone passes the same checks, and looks for no document there") {
  config::Profile profile;
  profile.discovery = config::Discovery::flyte;
  profile.insecure = true;
  const ScriptedServer server(kHttp2Frames);
  profile.endpoint = server.authority();
  const auto resolve = [&](const std::string& answer) {
    const FakeProgram program(answer);
    Both both(server, program.path());
    return resolve_client_config(profile, *both.http, {}, &both.rpc);
  };
  const auto good = resolve(
      R"({"status":"ok","body":{"token_endpoint":"https://idp.example.com/token","client_id":"flytectl","authorization_metadata_key":"flyte-authorization"}})");
  REQUIRE(good.ok());
  CHECK(good->token_endpoint == "https://idp.example.com/token");
  CHECK(good->client_id == "flytectl");
  CHECK(good->header_key == "flyte-authorization");
  CHECK(resolve(R"({"status":"ok","body":{"token_endpoint":"http://idp.example.com/token"}})").status() == Status::protocol);
  CHECK(resolve(R"({"status":"ok","body":{"token_endpoint":["x"]}})").status() == Status::protocol);
  CHECK(resolve(R"({"status":"ok","body":{"token_endpoint":"https://idp.example.com/token","authorization_metadata_key":"a b"}})")
            .status() == Status::protocol);
  const auto silent = resolve(R"({"status":"unimplemented"})");
  REQUIRE(silent.status() == Status::protocol);
  CHECK(silent.error().message == "http://" + server.authority() + " says nothing about its OAuth endpoints");
}

TEST_CASE("UserInfo of a Flyte server becomes claims in the words of OpenID Connect, in both spellings") {
  const auto ask = [](const std::string& message) {
    const ScriptedServer server(http_answer(200, "application/json", message));
    const auto http = make_http({});
    ConnectRpc rpc("http://" + server.authority(), *http);
    const auto answer = ask_identity_service(rpc, Secret("canary"), "authorization", {});
    REQUIRE(answer.ok());
    return *answer;
  };
  const json expected = {{"sub", "u-1"}, {"preferred_username", "ada"}, {"given_name", "Ada"}, {"roles", {"admin"}}};
  CHECK(json::parse(ask(R"({"subject":"u-1","preferredUsername":"ada","givenName":"Ada","email":"","additionalClaims":{"roles":["admin"],"sub":"evil"}})").text) == expected);
  CHECK(json::parse(ask(R"({"subject":"u-1","preferred_username":"ada","given_name":"Ada","additional_claims":{"roles":["admin"]}})").text) == expected);
  CHECK(ask("{}").kind == IdentityAnswer::Kind::nothing);
  CHECK(ask(R"({"subject":""})").kind == IdentityAnswer::Kind::nothing);
}
