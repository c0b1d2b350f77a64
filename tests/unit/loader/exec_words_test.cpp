// What is told of a program: its log, and its mistakes.
#include "script.hpp"

#include "core/services/log.hpp"

#include <regex>

using namespace authhost;
using namespace authhost::test;

namespace {

// What is shown of a log meanwhile.
class Verbosity {
 public:
  explicit Verbosity(log::Level level) { log::set_level(level); }
  ~Verbosity() { log::set_level(log::Level::error); }
  Verbosity(const Verbosity&) = delete;
  Verbosity& operator=(const Verbosity&) = delete;
};

}  // namespace

TEST_CASE("a plugin's log buries nothing: so much of it is shown, and how much was left out") {
  Script script("read -r r\ni=0; while [ $i -lt 400 ]; do echo '<3>an error line that goes on' >&2; i=$((i+1)); done\n" + kToken, "describe = false\n");
  const std::string log = written_to_stderr([&] { script.credentials(); });
  CHECK(log.size() < 2000);
  CHECK(has(log, "error: plugin flow.sh: an error line that goes on\n"));
  CHECK(has(log, "more lines are left out; -vvv shows more"));
}

TEST_CASE("where somebody looks for everything more of it is shown, and not without end either") {
  Script script("read -r r\ni=0; while [ $i -lt 4000 ]; do echo 'a line that goes on' >&2; i=$((i+1)); done\n" + kToken, "describe = false\n");
  const Verbosity all(log::Level::debug);
  const std::string log = written_to_stderr([&] { script.credentials(); });
  CHECK(log.size() > 10'000);
  CHECK(log.size() < 30'000);
  CHECK(has(log, " more lines are left out\n"));
}

TEST_CASE("information takes no room from an error, and a long line is cut, not left out") {
  Script script("read -r r\ni=0; while [ $i -lt 100 ]; do echo 'a line that goes on' >&2; i=$((i+1)); done\n"
                "echo '<3>the certificate has expired' >&2\necho \"<3>$(head -c 1500 /dev/zero | tr '\\0' x)\" >&2\n" + kToken, "describe = false\n");
  const Verbosity some(log::Level::info);
  const std::string log = written_to_stderr([&] { script.credentials(); });
  CHECK(has(log, "error: plugin flow.sh: the certificate has expired\n"));
  CHECK(has(log, "error: plugin flow.sh: xxxxxxxx"));
  CHECK(log.size() < 4096);
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
  CHECK(has(log, "an error line that goes on"));
  CHECK(std::regex_search(log, std::regex(": 3[0-9][0-9] more lines are left out")));
  CHECK(log.size() < 2000);
}

TEST_CASE("of a program that was killed it is told whether it had written anything, and begun a line") {
  const auto killed = [](const std::string& body) {
    Script script("", "describe = false\n");
    script.write(body + "touch '" + script.out().string() + "'\nsleep 1000\n");
    script.call = script.call.within(std::chrono::seconds{2});
    const Error error = script.error();
    REQUIRE(fs::exists(script.out()));
    CHECK(error.status == Status::plugin);
    CHECK(has(error.message, "did not answer in time, nor when it was told to end, and was killed"));
    return error.message + " / " + error.hint;
  };
  CHECK(has(killed(""), ", which has written nothing, did not answer"));
  CHECK(has(killed(""), "/ a program has to flush each line"));
  CHECK(has(killed("printf '{\"type\":'\n"), ", which has begun a line and not ended it, did not answer"));
  CHECK(has(killed("read -r r\necho '{\"type\":\"sing\",\"id\":5}'\nread -r r\n"), "flow.sh did not answer"));
  Bench bench("scripted", ::getenv("AUTHHOST_TEST_ISOLATED") == nullptr ? "isolation = \"process\"\n" : "");
  bench.call.clock = &system_clock();
  REQUIRE(bench.refresh().ok());
  bench.call = bench.call.within(std::chrono::seconds{2});
  CHECK_FALSE(has(bench.act("hang").error().hint, "flush"));
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
  for (const char* odd : {"300.5", "1e300", "9007199254740993.0"}) {
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
  for (const std::string id : {"Not An Id", "Corp-SSO", "corp", "com.example.\\u001b[1mcorp", "com..example"}) {
    INFO(id);
    script.shop.write("flow.toml", "kind = \"exec\"\npath = \"flow.sh\"\nid = \"" + id + "\"\n");
    const auto row = script.shop.record(*script.shop.registry(), "flow");
    CHECK(row.state == PluginState::refused);
    CHECK(has(row.reason.message, "flow.toml:3: "));
    CHECK(has(row.reason.message, "is not an id: it has to look like org.example.flow"));
  }
  script.shop.write("flow.toml", "kind = \"exec\"\npath = \"flow.sh\"\n");
  CHECK(script.credentials().access_token.reveal() == "t0ken");
  fs::rename(script.shop.file("flow.toml"), script.shop.file("Corp-SSO.toml"));
  script.registry.reset();
  CHECK(script.refresh("Corp-SSO")->credentials.access_token.reveal() == "t0ken");
  fs::rename(script.shop.file("Corp-SSO.toml"), script.shop.file("Enter your password.toml"));
  const auto row = script.shop.record(*script.shop.registry(), "Enter your password");
  CHECK(row.state == PluginState::refused);
  CHECK(has(row.reason.message, "id is missing"));
}

TEST_CASE("a plugin without an id takes no other's short name: which one is meant has to be said") {
  Script script(kToken);  // org.example.flow
  script.shop.write("other.sh", "#!/bin/sh\necho '{\"type\":\"credentials\",\"access_token\":\"other\"}'\n");
  Workshop::mode(script.shop.file("other.sh"), 0755);
  fs::rename(script.shop.file("flow.toml"), script.shop.file("first.toml"));
  script.shop.write("flow.toml", "kind = \"exec\"\npath = \"other.sh\"\n");
  const auto both = script.refresh("flow");
  REQUIRE(both.status() == Status::plugin);
  CHECK(has(both.error().message, "the short name stands for org.example.flow and flow"));
  CHECK(both.error().hint == "write the whole id of the other one, or give this one an id in " + script.shop.file("flow.toml").string());
  CHECK(script.refresh("org.example.flow")->credentials.access_token.reveal() == "t0ken");
}

TEST_CASE("a program may not ask for settings: it has its own in the request") {
  Script script("read -r r\necho '{\"type\":\"call\",\"id\":2,\"service\":\"authhost.settings/1\",\"method\":\"get\",\"params\":{\"name\":\"key\"}}'\nread -r r\n"
                "case $r in *'\"status\":\"usage\"'*) " + kToken + ";; esac\n", "describe = false\n");
  script.set("key", std::string("s3cret"));
  CHECK(script.credentials().access_token.reveal() == "t0ken");
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

TEST_CASE("where time ran out nobody has cancelled, whatever the plugin takes it for") {
  Script script("", "describe = false\n");
  script.write("read -r r\ntouch '" + script.out().string() + "'\nread -r r\necho '{\"type\":\"error\",\"status\":\"cancelled\",\"message\":\"cancelled\"}'\n");
  script.call = script.call.within(std::chrono::seconds{2});
  const Error error = script.error();
  REQUIRE(fs::exists(script.out()));
  CHECK(error.status == Status::deadline);
  CHECK(has(error.message, "flow.sh was at work, which has written nothing"));
  CHECK(has(error.hint, "flush"));
}

TEST_CASE("the id of a plugin that is refused is not another's for that: it would be handed its logins") {
  for (const char* fault : {"sha256 = \"0000000000000000000000000000000000000000000000000000000000000000\"\n", "misspelt = 1\n"}) {
    INFO(fault);
    Script script(kToken, fault);  // org.example.flow
    script.shop.write("zz.sh", "#!/bin/sh\necho '{\"type\":\"credentials\",\"access_token\":\"other\"}'\n");
    Workshop::mode(script.shop.file("zz.sh"), 0755);
    script.shop.write("zz.toml", "kind = \"exec\"\npath = \"zz.sh\"\nid = \"org.example.flow\"\n");
    const auto taken = script.refresh("org.example.flow");
    REQUIRE(taken.status() == Status::plugin);
    script.registry.reset();
    script.shop.write("zz.toml", "kind = \"exec\"\npath = \"zz.sh\"\nid = \"org.example.flow\"\npriority = 1\n");  // which somebody has decided
    CHECK(script.refresh("org.example.flow")->credentials.access_token.reveal() == "other");
  }
}

TEST_CASE("one folder that is named twice is one") {
  Script script(kToken);
  const auto link = script.shop.root() / "again";
  fs::create_directory_symlink(script.shop.folder(), link);
  config::PluginsConfig config;
  config.directories = {script.shop.folder().string(), link.string()};
  script.registry = make_registry(config);
  CHECK(script.credentials().access_token.reveal() == "t0ken");
}
