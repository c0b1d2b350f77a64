// The command authenticator with a command that means harm, or fails.
#include "harness.hpp"

#include "support/eventually.hpp"

#include <catch2/catch.hpp>

#include <csignal>

using namespace authhost::test;

namespace {

struct Command {
  TempHome home;

  explicit Command(const std::string& script, const std::string& settings = "") {
    home.write("command.sh", "#!/bin/sh\n" + script + "\n", 0700);
    ProfileText profile;
    profile.authenticator = "command";
    profile.settings = "command = [\"" + home.path("command.sh") + "\"]\n" + settings;
    home.write_config(profile.toml());
  }
  Finished token(std::vector<std::string> env = {}) const { return Cli(home).run({"token"}, {.input = "typed", .env = std::move(env)}); }
};

}  // namespace

TEST_CASE("the token that a command prints is the token") {
  const auto done = Command("printf '  t0k3n \\n\\n'").token();
  CHECK(done.status == 0);
  CHECK(done.out == "t0k3n\n");
  CHECK(done.err.empty());
}

TEST_CASE("O35 a command's output that cannot be a token is refused") {
  for (const char* script : {"printf 'a b'", "printf 'a\\r\\nX: 1'", "printf 'a\\000b'", "printf 't\\303\\266k'", "printf '\\377\\376'",
                             "printf 'a\\033[31mb'", "head -c 200000 /dev/zero | tr '\\0' x", "head -c 3000000 /dev/zero | tr '\\0' x"}) {
    INFO(script);
    failed(Command(script).token(), {5, 7});
  }
}

TEST_CASE("a command that prints no token, or fails, is 5, one that cannot be started is 9") {
  for (const char* script : {"true", "printf '\\n'", "exit 3", "kill -9 $$", "echo t0k3n; exit 1"}) {
    INFO(script);
    failed(Command(script).token(), 5);
  }
  TempHome home;
  ProfileText profile;
  profile.authenticator = "command";
  for (const char* command : {"[\"/nowhere/at/all\"]", "[\"no-such-program-anywhere\"]", "[\"/\"]", "[\"/etc/passwd\"]"}) {
    INFO(command);
    profile.settings = std::string("command = ") + command + "\n";
    home.write_config(profile.toml());
    failed(Cli(home).run({"token"}), 9);
  }
}

TEST_CASE("O44 what a failing command says is shown, without what acts on the terminal") {
  const auto done = Command("printf 'first\\033[31m red\\r\\n\\302\\233 \\342\\200\\256tfel last words' >&2; exit 4").token();
  const auto message = failed(done, 5);
  CHECK(contains(message, "last words"));
  CHECK(contains(message, "4"));
  failed(Command("head -c 3000000 /dev/zero | tr '\\0' e >&2; exit 4").token(), 5);
}

TEST_CASE("a command's JSON is held to the rules of a token answer") {
  const std::string json = "format = \"json\"\n";
  for (const char* output : {"{}", "[]", "{\"access_token\":\"\"}", "{\"access_token\":\"t\",\"token_type\":\"mac\"}", "{\"access_token\":\"t\",\"expires_in\":-1}",
                             "{\"access_token\":\"t\",\"expires_in\":0}", "{\"access_token\":\"t\",\"expires_in\":1e400}",
                             "{\"access_token\":\"t\",\"expires_in\":{}}", "{\"access_token\":\"t\",\"access_token\":\"u\"}",
                             "{\"access_token\":\"t\"} x", "{\"access_token\":\"a b\"}", "{\"access_token\":\"t\",\"expires_at\":\"soon\"}",
                             "{\"access_token\":\"t\",\"expires_at\":\"2001-01-01T00:00:00Z\"}", "not json", ""}) {
    INFO(output);
    failed(Command(std::string("cat <<'END'\n") + output + "\nEND", json).token(), {5, 7});
  }
  CHECK(Command("echo '{\"access_token\":\"t\",\"expires_in\":\"90\",\"other\":[1]}'", json).token().out == "t\n");
}

TEST_CASE("O77 a command runs without a shell, without our secrets, descriptors or input") {
  const Command command("printf '%s\\n' \"$@\" >\"$0.args\"; env >\"$0.env\"; ls /proc/$$/fd >\"$0.fds\"; cat >\"$0.in\"; echo t0k3n");
  const auto done = command.token({"AUTHHOST_ACCESS_TOKEN=canary", "MY_SECRET=canary", "AUTHHOST_FILE_KEY_FILE=" + command.home.path("canary")});
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK_FALSE(contains(command.home.read("command.sh.env"), "canary"));
  CHECK(command.home.read("command.sh.in").empty());
  const auto descriptors = command.home.read("command.sh.fds");
  INFO(descriptors);
  // A shell keeps the script that it reads, and what it redirected, at 10 and above.
  for (const char* beyond : {"\n3\n", "\n4\n", "\n5\n", "\n6\n", "\n7\n", "\n8\n", "\n9\n"}) CHECK_FALSE(contains(descriptors, beyond));
}

TEST_CASE("O77 arguments are passed as they are written, and never shown when the command fails") {
  const TempHome home;
  home.write("command.sh", "#!/bin/sh\nprintf '%s|' \"$@\" >\"$0.args\"\nexit 1\n", 0700);
  ProfileText profile;
  profile.authenticator = "command";
  profile.settings = "command = [\"" + home.path("command.sh") + "\", \"$(touch x)\", \"; rm -rf ~\", \"canary-argument\"]\n";
  home.write_config(profile.toml());
  const auto done = Cli(home).run({"token"});
  failed(done, 5);
  CHECK(home.read("command.sh.args") == "$(touch x)|; rm -rf ~|canary-argument|");
  CHECK_FALSE(contains(done.err, "canary-argument"));
}

TEST_CASE("O77 a command that does not end is killed with its whole group at the time-out") {
  const Command command("sleep 1000 &\necho $! >\"$0.pid\"\nsleep 1000", "timeout = \"1s\"\n");
  failed(command.token(), 11);
  const auto pid = std::stoi(command.home.read("command.sh.pid"));
  CHECK(eventually([&] {
    const auto state = [&] {
      Child ps({.argv = {"ps", "-o", "stat=", "-p", std::to_string(pid)}, .env = base_environment()});
      return ps.wait().out;
    }();
    return state.empty() || state.starts_with("Z");
  }));
}

TEST_CASE("a command that floods stdout is stopped") { failed(Command("yes").token(), {5, 7}); }

TEST_CASE("a command's token is refreshed by running it again") {
  const Command command("echo x >>\"$0.runs\"; echo t-$(wc -l <\"$0.runs\" | tr -d ' ')");
  CHECK(command.token().out == "t-1\n");
  CHECK(command.token().out == "t-1\n");
  CHECK(Cli(command.home).run({"token", "--refresh"}).out == "t-2\n");
}
