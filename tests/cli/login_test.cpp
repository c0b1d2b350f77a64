#include "harness.hpp"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include <csignal>

using namespace authhost::test;
using nlohmann::json;

TEST_CASE("login says who, where it is kept and until when") {
  const TempHome home;
  home.write_config(device_profile().toml());
  provider().control({{"device", {{"auto", "approve"}}}});
  const auto done = Cli(home).run({"login"}, {.terminal = Terminal::person});
  INFO(done.err);
  REQUIRE(done.status == 0);
  CHECK(done.out.starts_with("logged in to 127.0.0.1:8090 as Alice Example <alice@example.com>\nkept in: file\nvalid until: 2"));
  CHECK(done.err.find(provider().issuer() + "/device") != std::string::npos);
  const auto again = Cli(home).run({"login"}, {.terminal = Terminal::person});
  CHECK(again.status == 0);
  CHECK(provider().count("/device_authorization") == 1);
  REQUIRE(Cli(home).run({"login", "--force"}, {.terminal = Terminal::person}).status == 0);
  CHECK(provider().count("/device_authorization") == 2);
}

TEST_CASE("login in JSON has store, who and expires_at") {
  const TempHome home;
  home.write_config(command_profile(R"(["echo", "t0k3n"])").toml());
  const auto done = Cli(home).run({"--output", "json", "login"});
  REQUIRE(done.status == 0);
  const auto login = json::parse(done.out);
  CHECK(login["store"] == "file");
  CHECK(login["who"].is_null());
  CHECK(login["expires_at"].is_string());
  CHECK(login["profile"] == "demo");
  CHECK(done.out.find("t0k3n") == std::string::npos);
}

TEST_CASE("login opens the browser even where no terminal is") {
  const TempHome home;
  auto profile = device_profile();
  profile.authenticator = "pkce";
  home.write_config(profile.toml());
  const auto done = Cli(home).run({"login"}, {.env = {Cli::fake_browser(home.path("page"))}});
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(done.out.find("kept in: file") != std::string::npos);
}

TEST_CASE("login with neither browser nor terminal ends with 4 and asks the server for nothing") {
  const TempHome home;
  auto profile = device_profile();
  profile.authenticator = "pkce";
  home.write_config(profile.toml());
  const auto done = Cli(home).run({"login"});
  CHECK(done.status == 4);
  said(done);
  CHECK(provider().count("/token") == 0);
}

TEST_CASE("the flag --no-interactive forbids a login to interact") {
  const TempHome home;
  auto profile = device_profile();
  profile.authenticator = "pkce";
  home.write_config(profile.toml());
  const auto done = Cli(home).run({"--no-interactive", "login"}, {.env = {Cli::fake_browser(home.path("page"))}});
  CHECK(done.status == 4);
  CHECK(provider().count("/authorize") == 0);
}

TEST_CASE("another verb interacts only where somebody sits") {
  const TempHome home;
  home.write_config(device_profile().toml());
  provider().control({{"device", {{"auto", "approve"}}}});
  CHECK(Cli(home).run({"token"}).status == 4);
  CHECK(Cli(home).run({"--no-interactive", "token"}, {.terminal = Terminal::person}).status == 4);
  CHECK(provider().count("/device_authorization") == 0);
  CHECK(Cli(home).run({"token"}, {.terminal = Terminal::person}).status == 0);
}

TEST_CASE("O30 a signal during a login ends it with 130, releases the lock, and leaves nothing behind") {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    provider().reset();
    const TempHome home;
    home.write_config(device_profile().toml());
    auto child = Cli(home).start({"login"}, {.terminal = Terminal::person});
    REQUIRE(provider().wait_for("/token", 1));
    child.signal(signal);
    const auto done = child.wait();
    CHECK(done.status == 130);
    CHECK(done.out.empty());
    CHECK(done.err.find("authhost: ") != std::string::npos);
    // The lock is free: the next login does not wait.
    provider().control({{"device", {{"auto", "approve"}}}});
    CHECK(Cli(home).run({"login"}, {.terminal = Terminal::person}).status == 0);
  }
}

TEST_CASE("NO_COLOR, TERM=dumb and --color never keep escape sequences away from the terminal") {
  const TempHome home;
  home.write_config(device_profile().toml());
  provider().control({{"device", {{"auto", "approve"}}}});
  const auto escapes = [&](std::vector<std::string> words, std::vector<std::string> env) {
    words.insert(words.end(), {"login", "--force"});
    const auto done = Cli(home).run(words, {.env = std::move(env), .terminal = Terminal::person});
    REQUIRE(done.status == 0);
    return done.err.find('\x1b') != std::string::npos;
  };
  CHECK(escapes({"--color", "always"}, {"TERM=xterm"}));
  CHECK_FALSE(escapes({}, {"TERM=xterm", "NO_COLOR=1"}));
  CHECK_FALSE(escapes({}, {"TERM=dumb"}));
  CHECK_FALSE(escapes({"--color", "never"}, {"TERM=xterm"}));
}

TEST_CASE("a login that is there already is said to be, and how to get a new one") {
  const TempHome home;
  home.write_config(command_profile(R"(["echo", "t0k3n"])").toml());
  CHECK(Cli(home).run({"login"}).out.starts_with("logged in to 127.0.0.1:8090\n"));
  CHECK(Cli(home).run({"login"}).out.starts_with("already logged in to 127.0.0.1:8090; --force for a new login\n"));
  CHECK(json::parse(Cli(home).run({"login", "--output", "json"}).out)["refreshed"] == false);
  CHECK(Cli(home).run({"login", "--force"}).out.starts_with("logged in to 127.0.0.1:8090\n"));
}

TEST_CASE("a login in memory says that it ends with the command") {
  const TempHome home;
  auto profile = command_profile(R"(["echo", "t0k3n"])");
  profile.storage = "memory";
  home.write_config(profile.toml());
  const auto done = Cli(home).run({"login"});
  CHECK(done.status == 0);
  CHECK(done.err.find("warning: storage = \"memory\": this login ends with this command") != std::string::npos);
}

TEST_CASE("errors are coloured where colours are asked for, and not otherwise") {
  const TempHome home;
  const auto escapes = [&](std::vector<std::string> words, std::vector<std::string> env = {}) {
    words.emplace_back("token");
    return Cli(home).run(words, {.env = std::move(env)}).err.find('\x1b') != std::string::npos;
  };
  CHECK(escapes({"--color", "always"}));
  CHECK(escapes({"--color=always", "--frob"}));
  CHECK_FALSE(escapes({}, {"TERM=xterm"}));
  CHECK_FALSE(escapes({"--color", "never"}));
  CHECK_FALSE(escapes({"--color", "always", "--output", "json"}));
}
