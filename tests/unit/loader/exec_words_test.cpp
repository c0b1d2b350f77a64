// What is told of a program: its log, and its mistakes.
#include "script.hpp"

#include "core/services/log.hpp"

using namespace authhost;
using namespace authhost::test;

TEST_CASE("a plugin's log buries nothing: so much of it is shown, and how much was left out") {
  Script script("read -r r\ni=0; while [ $i -lt 400 ]; do echo '<3>an error line that goes on' >&2; i=$((i+1)); done\n" + kToken, "describe = false\n");
  const std::string log = written_to_stderr([&] { script.credentials(); });
  CHECK(log.size() < 3000);
  CHECK(has(log, "an error line that goes on"));
  CHECK(has(log, "more lines are left out; -vvv shows more"));
}

TEST_CASE("where somebody looks for everything more of it is shown, and not without end either") {
  Script script("read -r r\ni=0; while [ $i -lt 4000 ]; do echo 'a line that goes on' >&2; i=$((i+1)); done\n" + kToken, "describe = false\n");
  log::set_level(log::Level::debug);
  const std::string log = written_to_stderr([&] { script.credentials(); });
  log::set_level(log::Level::error);
  CHECK(log.size() > 20'000);
  CHECK(log.size() < 64 * 1024);
  CHECK(has(log, " more lines are left out\n"));
}

TEST_CASE("a program that writes its log without end is ended") {
  Script script("yes '<3>an error line that goes on' >&2\n", "describe = false\n");
  Error error;
  const std::string log = written_to_stderr([&] { error = script.error(); });
  CHECK(error.status == Status::plugin);
  CHECK(has(error.message, "wrote more than 8388608 bytes to its log"));
  CHECK(log.size() < 3000);
}

TEST_CASE("what a native plugin logs is bounded, too") {
  Bench bench;
  const std::string log = written_to_stderr([&] { bench.act("chatter").credentials(); });
  CHECK(has(log, "scripted: an error line that goes on"));
  CHECK(has(log, "more lines are left out"));
  CHECK(log.size() < 5000);
}

TEST_CASE("a program that was killed without having written anything is suspected of a buffer that it did not flush") {
  Script script("sleep 1000\n", "describe = false\n");
  script.call = script.call.within(Milliseconds{200});
  const Error error = script.error();
  CHECK(error.status == Status::plugin);
  CHECK(has(error.message, "and was killed; it had written nothing"));
  CHECK(has(error.hint, "flush"));
  Script busy("read -r r\necho '{\"type\":\"sing\",\"id\":5}'\nsleep 1000\n", "describe = false\n");
  busy.call = busy.call.within(Milliseconds{400});
  CHECK_FALSE(has(busy.error().hint, "flush"));
}

TEST_CASE("an answer to a request that was not made is told from a frame that nobody knows") {
  Script script("echo '{\"type\":\"credentials\",\"id\":99,\"access_token\":\"t0ken\"}'\n", "describe = false\n");
  const Error error = script.error();
  CHECK(has(error.message, "it wrote a frame of type \"credentials\" with the id 99, which is no request's"));
  CHECK(error.hint == "an answer bears the id of its request, 1, or none");
}

TEST_CASE("a number may be written as a fraction that is none, as proto3 JSON allows, and one that is one may not") {
  CHECK(Script("echo '{\"type\":\"credentials\",\"access_token\":\"t\",\"expires_in\":300.0}'\n").credentials().expires_in == std::chrono::seconds{300});
  CHECK(Script("echo '{\"type\":\"credentials\",\"access_token\":\"t\",\"expires_in\":3e2}'\n").credentials().expires_in == std::chrono::seconds{300});
  for (const char* odd : {"300.5", "1e300", "-1e17"}) {
    INFO(odd);
    CHECK(has(Script(std::string("echo '{\"type\":\"credentials\",\"access_token\":\"t\",\"expires_in\":") + odd + "}'\n").error().message, "has to be a whole number"));
  }
}

TEST_CASE("a call without an id is answered with an error: nobody could tell its reply") {
  Script script("read -r r\necho '{\"type\":\"call\",\"service\":\"authhost.clock/1\",\"method\":\"now_ms\"}'\nread -r r\n"
                "case $r in *'\"status\":\"usage\"'*'\"type\":\"error\"'*) " + kToken + ";; esac\n", "grants = [\"clock\"]\ndescribe = false\n");
  CHECK(script.credentials().access_token.reveal() == "t0ken");
}

TEST_CASE("R10 an exec plugin's id is reverse DNS, or the plain name of its manifest") {
  Script script(kToken);
  for (const std::string id : {"Not An Id", "corp", "com.example.\\u001b[1mcorp", "com..example"}) {
    INFO(id);
    script.shop.write("flow.toml", "kind = \"exec\"\npath = \"flow.sh\"\nid = \"" + id + "\"\n");
    const auto row = script.shop.record(*script.shop.registry(), "flow");
    CHECK(row.state == PluginState::refused);
    CHECK(has(row.reason.message, "flow.toml:3: "));
    CHECK(has(row.reason.message, "is not an id: it has to look like org.example.flow"));
  }
  script.shop.write("flow.toml", "kind = \"exec\"\npath = \"flow.sh\"\n");
  CHECK(script.credentials().access_token.reveal() == "t0ken");
  fs::rename(script.shop.file("flow.toml"), script.shop.file("Enter your password.toml"));
  const auto row = script.shop.record(*script.shop.registry(), "Enter your password");
  CHECK(row.state == PluginState::refused);
  CHECK(has(row.reason.message, "id is missing"));
}

TEST_CASE("a whole id is not taken for the short name of another") {
  Script script(kToken);  // org.example.flow
  script.shop.write("other.sh", "#!/bin/sh\necho '{\"type\":\"credentials\",\"access_token\":\"other\"}'\n");
  Workshop::mode(script.shop.file("other.sh"), 0755);
  fs::rename(script.shop.file("flow.toml"), script.shop.file("first.toml"));
  script.shop.write("flow.toml", "kind = \"exec\"\npath = \"other.sh\"\n");
  CHECK(script.refresh("flow")->credentials.access_token.reveal() == "other");
  CHECK(script.refresh("org.example.flow")->credentials.access_token.reveal() == "t0ken");
}

TEST_CASE("a secret is fetched when a plugin asks for it, and not before") {
  Bench bench;
  bench.settings.erase("token");
  bench.put("token_env", std::string("NOT_SET_ANYWHERE"));
  CHECK(bench.act("silent").error().status == Status::unavailable);  // it never asks
  const Error error = bench.act("emit").error();
  CHECK(error.status == Status::invalid_config);
  CHECK(has(error.message, "token_env names the variable NOT_SET_ANYWHERE, which is not set"));
}

TEST_CASE("R27 a plugin that goes on after a failure is told the host's words for it") {
  Bench bench;
  bench.settings.erase("token");
  bench.put("token_env", std::string("NOT_SET_ANYWHERE"));
  const Error error = bench.act("retell").error();
  CHECK(error.status == Status::denied);
  CHECK(has(error.message, "token_env names the variable NOT_SET_ANYWHERE, which is not set"));
  CHECK(error.hint == "set NOT_SET_ANYWHERE");
}
