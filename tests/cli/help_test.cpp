#include "harness.hpp"

#include <catch2/catch.hpp>

using namespace authhost::test;

namespace {

// Nothing here can be read or made: whoever touches home, configuration or state would say so.
const std::vector<std::string> kNowhere = {"HOME=/proc/nowhere",           "XDG_CONFIG_HOME=/proc/nowhere",
                                           "XDG_STATE_HOME=/proc/nowhere", "XDG_RUNTIME_DIR=/proc/nowhere",
                                           "AUTHHOST_CONFIG=/proc/nowhere/config.toml"};

}  // namespace

TEST_CASE("help, version and completion touch no file, store or bus") {
  const TempHome home;
  home.write_config("this is not TOML");
  const std::vector<std::vector<std::string>> lines = {{"--help"}, {"token", "--help"}, {"help"}, {"help", "plugin", "inspect"}, {"--version"}, {"version"},
                                                       {"completion", "bash"}, {"completion", "zsh"}, {"completion", "fish"}};
  const auto before = home.files();
  for (const auto& words : lines) {
    INFO(words[0]);
    for (const auto& changes : {std::vector<std::string>{}, kNowhere}) {
      const auto done = run_in(home, changes, words);
      CHECK(done.status == 0);
      CHECK(done.err.empty());
      CHECK_FALSE(done.out.empty());
    }
  }
  CHECK(home.files() == before);
}

TEST_CASE("version and --version say the same line") {
  const TempHome home;
  const Cli cli(home);
  const auto line = cli.run({"version"}).out;
  CHECK(line == "authhost 0.1.0 (plugin ABI 1.1)\n");
  CHECK(cli.run({"--version"}).out == line);
}

TEST_CASE("completions name every verb that help names") {
  const TempHome home;
  const Cli cli(home);
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = cli.run({"completion", shell}).out;
    for (const char* verb : {"login", "token", "header", "status", "logout", "whoami", "plugin", "config", "completion", "help", "version",
                             "list", "inspect", "new", "pin", "lang", "show", "check", "path", "schema", "min-ttl", "explain", "force"}) {
      INFO(shell << ": " << verb);
      CHECK(script.find(verb) != std::string::npos);
    }
  }
}

TEST_CASE("the bash completion completes") {
  const TempHome home;
  const auto script = home.write("complete.sh", Cli(home).run({"completion", "bash"}).out);
  Child child({.argv = {"bash", "-c", "source " + script + "; COMP_WORDS=(authhost --profile x sta); COMP_CWORD=3; _authhost; "
                                      "echo \"${COMPREPLY[*]}\"; COMP_WORDS=(authhost config s); COMP_CWORD=2; _authhost; "
                                      "echo \"${COMPREPLY[*]}\"; COMP_WORDS=(authhost plugin new x --lang p); COMP_CWORD=5; _authhost; "
                                      "echo \"${COMPREPLY[*]}\"; COMP_WORDS=(authhost plugin new --id com.example.x --la); COMP_CWORD=5; "
                                      "_authhost; echo \"${COMPREPLY[*]}\""},
               .env = home.env()});
  CHECK(child.wait().out == "status\nshow schema\npython\n--lang\n");
}

TEST_CASE("the bash completion offers the profiles of the named file and the plugins, and no name that a shell would expand") {
  const TempHome home;
  const auto config = home.write("named.toml", command_profile(R"(["echo", "t"])").toml() +
                                                   "[profiles.\"$(touch ran)\"]\nendpoint = \"x:1\"\n");
  const auto script = home.write("complete.sh", Cli(home).run({"completion", "bash"}).out);
  const auto before = home.files();
  Child child({.argv = {"bash", "-c", "source " + script + "; COMP_WORDS=(" + Cli::program() + " --config " + config +
                                      " --profile ''); COMP_CWORD=4; _authhost; echo \"${COMPREPLY[*]}\"; COMP_WORDS=(" +
                                      Cli::program() + " plugin inspect pk); COMP_CWORD=3; _authhost; echo \"${COMPREPLY[*]}\""},
               .env = home.env(), .directory = home.path("home")});
  CHECK(child.wait().out == "demo\npkce\n");
  CHECK(home.files() == before);
}

TEST_CASE("the bash completion offers files where a verb takes a path, and runs none of their names") {
  const TempHome home;
  const auto script = home.write("complete.sh", Cli(home).run({"completion", "bash"}).out);
  home.write("home/pk$(touch ran).toml", "");
  home.write("home/pkg.toml", "");
  for (const std::string verb : {"inspect", "check", "pin"}) {
    INFO(verb);
    Child child({.argv = {"bash", "-c", "source " + script + "; COMP_WORDS=(" + Cli::program() + " plugin " + verb +
                                        " pk); COMP_CWORD=3; _authhost; echo \"${COMPREPLY[*]}\""},
                 .env = home.env(), .directory = home.path("home")});
    const auto out = child.wait().out;
    CHECK(out.starts_with("pkce "));
    CHECK(out.find("pkg.toml") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(home.path("home/ran")));
  }
}
