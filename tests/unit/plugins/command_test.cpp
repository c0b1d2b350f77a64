#include "built_in.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace built_in;

namespace {
struct CommandHost : Host {
  CommandHost() : Host("command") {
    may_interact = false;
    settings["command"] = std::vector<std::string>{"get-token", "--for", "s3cret-arg"};
  }
  authhost::Result<authhost::Credentials> run(const std::string& format, std::string output) {
    settings["format"] = format;
    process.output = std::move(output);
    return refresh(AUTHHOST_REASON_EXPIRED);
  }
};
}  // namespace

TEST_CASE("what a command prints, stripped, is the token") {
  CommandHost host;
  const auto credentials = host.run("raw", " \nmy-token\r\n");
  REQUIRE(credentials.ok());
  CHECK(text(credentials->access_token) == "my-token");
  REQUIRE(host.processes.size() == 1);
  CHECK(host.processes[0].argv == std::vector<std::string>{"get-token", "--for", "s3cret-arg"});
  CHECK(host.processes[0].input.empty());
  CHECK(host.processes[0].env.empty());
  CHECK(host.processes[0].timeout == seconds(60));
}

TEST_CASE("time-out and environment of a command are configured") {
  CommandHost host;
  host.settings["timeout"] = std::int64_t{1500};
  host.settings["env"] = std::vector<std::string>{"A=b", "HOME"};
  REQUIRE(host.run("raw", "t").ok());
  CHECK(host.processes[0].timeout == milliseconds(1500));
  CHECK(host.processes[0].env == std::vector<std::string>{"A=b", "HOME"});
  host.settings["timeout"] = std::int64_t{0};
  CHECK(host.run("raw", "t").status() == Status::invalid_config);
}

TEST_CASE("a command that prints nothing is a denial, in every format") {
  const std::string format = GENERATE("raw", "json", "exec-credential");
  CommandHost host;
  const auto result = host.run(format, " \n");
  CHECK(result.status() == Status::denied);
  CHECK(contains(result.error().message, "Failed to refresh token with command get-token"));
}

TEST_CASE("a command that fails shows the end of what it said, and none of its arguments") {
  CommandHost host;
  host.process.exit_code = 3;
  host.process.error_tail = std::string(3000, 'x') + " please log in to the corp portal";
  const auto result = host.run("raw", "not-a-token");
  REQUIRE(result.status() == Status::denied);
  CHECK(contains(result.error().message, "Failed to refresh token with command get-token: exit status 3"));
  CHECK(contains(result.error().message, "please log in to the corp portal"));
  CHECK_FALSE(contains(result.error().message, "s3cret-arg"));
  CHECK(result.error().message.size() < 1000);
}

TEST_CASE("a command that a signal ended is a denial") {
  CommandHost host;
  host.process.exit_code = -1;
  host.process.signal = 9;
  const auto result = host.run("raw", "");
  CHECK(result.status() == Status::denied);
  CHECK(contains(result.error().message, "signal 9"));
}

TEST_CASE("a command that could not be started is a plugin error, one that hangs a deadline") {
  CommandHost host;
  host.process.failure = Status::plugin;
  CHECK(host.run("raw", "").status() == Status::plugin);
  host.process.failure = Status::deadline;
  const auto result = host.run("raw", "");
  CHECK(result.status() == Status::deadline);
  CHECK(contains(result.error().message, "Failed to refresh token with command get-token"));
}

TEST_CASE("O35 what cannot be a token is refused, wherever it came from") {
  CommandHost host;
  for (const char* output : {"two words", "line\nline", "\xc3\xa9", "a\x01"}) {
    INFO(output);
    CHECK(host.run("raw", output).status() == Status::protocol);
  }
}

TEST_CASE("an empty command is an error of the configuration") {
  CommandHost host;
  host.settings["command"] = std::vector<std::string>{};
  CHECK(host.run("raw", "t").status() == Status::invalid_config);
  CHECK(host.processes.empty());
}

TEST_CASE("JSON is not taken for a raw token, and the hint names the format") {
  CommandHost host;
  const auto result = host.run("raw", "{\"access_token\":\"abc\"}\n");
  CHECK(result.status() == authhost::Status::denied);
  CHECK(result.error().hint.find("format = \"json\"") != std::string::npos);
}

TEST_CASE("the json format reads a token and its life, and ignores a refresh token") {
  CommandHost host;
  auto credentials = host.run("json", R"({"access_token":"t","token_type":"Bearer","expires_in":"90","refresh_token":"r"})");
  REQUIRE(credentials.ok());
  CHECK(text(credentials->access_token) == "t");
  CHECK(credentials->expires_in == seconds(90));
  CHECK(credentials->refresh_token.empty());
  credentials = host.run("json", R"({"access_token":"t","expires_at":"2026-11-24T10:30:00+01:00"})");
  REQUIRE(credentials.ok());
  CHECK(credentials->expires_at == std::chrono::system_clock::time_point(seconds(1'795'512'600)));
  credentials = host.run("json", R"({"access_token":"t","expires_at":1795512600})");
  REQUIRE(credentials.ok());
  CHECK(credentials->expires_at == std::chrono::system_clock::time_point(seconds(1'795'512'600)));
}

TEST_CASE("json that is none, or says nonsense, is a protocol error: json without a token a denial") {
  CommandHost host;
  for (const char* output : {"token", "[]", R"({"access_token":"t","token_type":"mac"})", R"({"access_token":"t","expires_in":-1})",
                             R"({"access_token":"t","expires_at":"tomorrow"})", R"({"access_token":"t","expires_at":"2026-13-01T00:00:00Z"})",
                             R"({"access_token":"a b"})"}) {
    INFO(output);
    CHECK(host.run("json", output).status() == Status::protocol);
  }
  CHECK(host.run("json", "{}").status() == Status::denied);
  CHECK(host.run("json", R"({"access_token":"t","expires_at":"2020-01-01T00:00:00Z"})").status() == Status::denied);
}

TEST_CASE("an unmodified kubectl credential program works") {
  const std::string version = GENERATE("v1", "v1beta1");
  CommandHost host;
  const auto credentials = host.run("exec-credential", R"({"apiVersion":"client.authentication.k8s.io/)" + version +
      R"(","kind":"ExecCredential","spec":{},"status":{"token":"k8s","expirationTimestamp":"2026-11-24T09:30:00Z"}})");
  REQUIRE(credentials.ok());
  CHECK(text(credentials->access_token) == "k8s");
  CHECK(credentials->expires_at == std::chrono::system_clock::time_point(seconds(1'795'512'600)));
  const auto& env = host.processes.at(0).env;
  REQUIRE(env.size() == 1);
  CHECK(env[0] == R"(KUBERNETES_EXEC_INFO={"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}})");
}

TEST_CASE("an exec credential of another kind, version or without a token is refused") {
  CommandHost host;
  CHECK(host.run("exec-credential", R"({"apiVersion":"client.authentication.k8s.io/v2","kind":"ExecCredential","status":{"token":"t"}})").status() == Status::protocol);
  CHECK(host.run("exec-credential", R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"Pod","status":{"token":"t"}})").status() == Status::protocol);
  CHECK(host.run("exec-credential", R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{}})").status() == Status::denied);
}
