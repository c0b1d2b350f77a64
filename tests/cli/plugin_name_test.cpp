// Which plugin a word of the command line means, and what is shown of it.
#include "harness.hpp"
#include "support/eventually.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <sys/stat.h>

#include <csignal>
#include <filesystem>

using namespace authhost::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

// A home with a program that is a plugin, in the folder of plugins, or in the one where commands are run.
class Named {
 public:
  explicit Named(const std::string& folder = "plugins.d") : home(), cli(home), folder_(folder) {
    home.write(folder + "/corp.sh", "#!/bin/sh\necho '{\"type\":\"credentials\",\"access_token\":\"t\"}'\n", 0755);
    write("kind = \"exec\"\nid = \"com.example.corp\"\npath = \"corp.sh\"\ndescribe = false\n");
    home.write_config("[plugins]\ndirectories = [\"" + home.path("plugins.d") + "\"]\n");
    fs::create_directories(home.path("plugins.d"));
  }
  void write(const std::string& manifest) const { home.write(folder_ + "/corp-sso.toml", manifest, 0644); }
  [[nodiscard]] std::string manifest() const { return home.path(folder_ + "/corp-sso.toml"); }
  [[nodiscard]] Finished run(const std::string& verb, const std::string& word) const {
    std::vector<std::string> words = {"plugin", verb, word};
    if (verb == "check") words.insert(words.end(), {"--case", "gets-credentials"});
    return cli.run(words);
  }

  TempHome home;
  Cli cli;

 private:
  std::string folder_;
};

const char* const kVerbs[] = {"inspect", "check", "pin"};

}  // namespace

TEST_CASE("plugin list is ended by a signal, however long a plugin takes to say what it is") {
  const TempHome home;
  fs::create_directories(home.path("plugins.d"));
  for (const char* name : {"a", "b", "c"}) {
    const auto plugin = home.path(std::string("plugins.d/") + name + ".so");
    fs::copy_file(std::string(AUTHHOST_BUILD_DIR) + "/tests/odd/slow.so", plugin);
    REQUIRE(::chmod(plugin.c_str(), 0755) == 0);
    REQUIRE(::mkfifo((plugin + ".gate").c_str(), 0600) == 0);
    home.write(std::string("plugins.d/") + name + ".toml", std::string("kind = \"native\"\npath = \"") + name + ".so\"\n", 0644);
  }
  home.write_config("[plugins]\ndirectories = [\"" + home.path("plugins.d") + "\"]\n");
  ChildOptions options;
  options.argv = {Cli::program(), "plugin", "list"};
  options.env = home.env();
  Child child(options);
  REQUIRE(eventually([&] { return fs::exists(home.path("plugins.d/a.so.count")); }));
  child.signal(SIGINT);
  CHECK(child.wait().status == 130);
  CHECK_FALSE(fs::exists(home.path("plugins.d/b.so.count")));
}

TEST_CASE("what the host refuses for its path, check and pin refuse too") {
  const Named plugin;
  plugin.write("kind = \"exec\"\nid = \"com.example.corp\"\npath = \"../plugins.d/corp.sh\"\ndescribe = false\n");
  for (const char* verb : kVerbs) {
    INFO(verb);
    const auto done = plugin.run(verb, plugin.manifest());
    CHECK(done.status == 9);
    CHECK(has(done.out + done.err, "its path leads upwards (\"..\")"));
  }
  CHECK_FALSE(has(plugin.home.read("plugins.d/corp-sso.toml"), "sha256"));
}

TEST_CASE("a plugin that is refused goes by the id that its manifest gives it") {
  const Named plugin;
  plugin.write("kind = \"exec\"\nid = \"com.example.corp\"\npath = \"gone.sh\"\n");
  const auto list = json::parse(plugin.cli.run({"--output", "json", "plugin", "list"}).out);
  const auto row = std::find_if(list.begin(), list.end(), [](const auto& one) { return one["state"] == "refused"; });
  REQUIRE(row != list.end());
  CHECK((*row)["id"] == "com.example.corp");
}

TEST_CASE("plugin inspect invents no grants for a manifest that it cannot read") {
  const Named plugin;
  plugin.write("kind = \"exec\"\ngrants = []\nid = \"com.example.corp\"\npath = \"corp.sh\"\nnonsense = 1\n");
  const auto done = plugin.run("inspect", plugin.manifest());
  CHECK(done.status == 9);
  CHECK(has(done.out, "grants: -\n"));
}

TEST_CASE("plugin inspect, check and pin take a plugin of the configuration by short name, id, the name of a file, or a path") {
  const Named plugin;
  for (const char* verb : kVerbs) {
    for (const std::string word : {"corp", "com.example.corp", "corp-sso", "corp-sso.toml", "corp.sh"}) {
      INFO(verb << " " << word);
      const auto done = plugin.run(verb, word);
      INFO(done.err);
      CHECK(done.status == 0);
    }
    CHECK(plugin.run(verb, plugin.manifest()).status == 0);
  }
  CHECK(has(plugin.home.read("plugins.d/corp-sso.toml"), "sha256 = "));
}

TEST_CASE("plugin inspect, check and pin take the manifest that lies here, with ./ or without, and say so of a word that is short for it") {
  const Named plugin("home");
  for (const char* verb : kVerbs) {
    for (const std::string word : {"corp-sso.toml", "./corp-sso.toml", "../home/corp-sso.toml"}) {
      INFO(verb << " " << word);
      const auto done = plugin.run(verb, word);
      INFO(done.err);
      CHECK(done.status == 0);
    }
    INFO(verb);
    const auto near = plugin.run(verb, "corp-sso");
    CHECK(near.status == 9);
    CHECK(said(near).hint == "did you mean ./corp-sso.toml?");
    const auto gone = plugin.run(verb, "gone.toml");
    CHECK(gone.status == 9);
    CHECK(said(gone).message.starts_with("there is no file gone.toml here"));
  }
}

TEST_CASE("a name of the configuration is not taken by a file that lies here") {
  const Named plugin;
  plugin.home.write("home/corp", "#!/bin/sh\necho ran > \"$HOME/ran\"\n", 0755);
  CHECK(has(plugin.run("inspect", "corp").out, "id: com.example.corp\n"));
  CHECK_FALSE(fs::exists(plugin.home.path("home/ran")));
}

TEST_CASE("plugin pin by name finds a plugin whose pin does not hold any more, and runs none") {
  const Named plugin;
  plugin.home.write("plugins.d/corp.sh", "#!/bin/sh\necho ran > \"$HOME/ran\"\n", 0755);
  plugin.write("kind = \"exec\"\nid = \"com.example.corp\"\npath = \"corp.sh\"\nsha256 = \"" + std::string(64, '0') + "\"\n");
  CHECK(plugin.run("inspect", "corp").status == 9);
  CHECK(plugin.run("pin", "corp").status == 0);
  CHECK_FALSE(fs::exists(plugin.home.path("home/ran")));
}

TEST_CASE("a plugin that two manifests have is not pinned by its name") {
  const Named plugin;
  plugin.home.write("plugins.d/twin.toml", "kind = \"exec\"\nid = \"com.example.corp\"\npath = \"corp.sh\"\n", 0644);
  const auto done = plugin.run("pin", "corp");
  CHECK(done.status == 9);
  CHECK(has(said(done).message, "corp-sso.toml and "));
}

TEST_CASE("plugin inspect says the reason of a refusal once, with what to do") {
  const Named plugin;
  plugin.write("kind = \"exec\"\nid = \"com.example.corp\"\npath = \"gone.sh\"\n");
  for (const std::string& word : {std::string("corp"), plugin.manifest()}) {
    const auto done = plugin.run("inspect", word);
    CHECK(done.status == 9);
    CHECK(has(done.out, "state: refused\n"));
    CHECK(count(done.out + done.err, "No such file or directory") == 1);
    CHECK_FALSE(said(done).hint.empty());
  }
}

TEST_CASE("plugin inspect does not invent what a program has not said of itself") {
  const Named plugin;
  const auto text = plugin.run("inspect", "corp").out;
  for (const char* line : {"grants: none\n", "services: not said\n", "capabilities: not said\n", "settings: not said\n"}) {
    INFO(line);
    CHECK(has(text, line));
  }
  const auto record = json::parse(plugin.cli.run({"--output", "json", "plugin", "inspect", "corp"}).out);
  CHECK(record["authenticators"][0]["described"] == false);
  CHECK(record["authenticators"][0]["capabilities"] == json::array());
}

TEST_CASE("plugin inspect names services as grants do, and what a native plugin may use where its manifest says nothing") {
  const TempHome home;
  fs::copy_file(AUTHHOST_BUILD_DIR "/lib/authhost/plugins/authhost-command.so", home.path("home/own.so"));
  REQUIRE(::chmod(home.path("home/own.so").c_str(), 0755) == 0);
  const Cli cli(home);
  const auto text = cli.run({"plugin", "inspect", "./own.so"}).out;
  CHECK(has(text, "grants: every service that it declares: "));
  CHECK(has(text, "process"));
  CHECK_FALSE(has(text, "authhost.process/1"));
  CHECK(has(cli.run({"plugin", "inspect", "command"}).out, "\n  one of: "));

  home.write("home/own.toml", "path = \"own.so\"\nsha256 = \"" + std::string(64, '0') + "\"\n", 0644);
  CHECK(has(cli.run({"plugin", "inspect", "own.toml"}).out, "grants: every service that it declares\n"));
  home.write("home/own.toml", "path = \"own.so\"\ngrants = []\n", 0644);
  CHECK(has(cli.run({"plugin", "inspect", "own.toml"}).out, "grants: none (of what it declares, not: "));
}

TEST_CASE("plugin list has the manifest of each refused plugin, the reason, and the hint") {
  const Named plugin;
  plugin.write("kind = \"exec\"\npath = \"corp.sh\"\nsha256 = \"" + std::string(64, '0') + "\"\n");
  plugin.home.write("plugins.d/odd.toml", "kind = \"exec\"\npath = \"corp.sh\"\nkey = 1\n", 0644);
  plugin.home.write("plugins.d/gone.toml", "kind = \"exec\"\npath = \"gone.sh\"\n", 0644);
  const auto out = plugin.cli.run({"plugin", "list"}).out;
  INFO(out);
  const auto folder = plugin.home.path("plugins.d/");
  CHECK(has(out, "\n  " + folder + "corp-sso.toml\n  " + folder + "corp.sh: its SHA-256 is "));
  CHECK(has(out, "\n  hint: if you trust the new file: authhost plugin pin " + folder + "corp-sso.toml\n"));
  CHECK(has(out, "\n  " + folder + "gone.toml\n  " + folder + "gone.sh: No such file or directory\n  hint: "));
  CHECK(has(out, "\n  " + folder + "odd.toml\n"));
  CHECK(count(out, "  hint: ") == 3);
}

TEST_CASE("on a terminal plugin list breaks what is longer than a line") {
  const Named plugin;
  plugin.write("kind = \"exec\"\npath = \"corp.sh\"\nsha256 = \"" + std::string(64, '0') + "\"\n");
  Child child({.argv = {"script", "-qec", "stty cols 90; " + Cli::program() + " plugin list", "/dev/null"}, .env = plugin.home.env()});
  const auto out = child.wait().out;
  INFO(out);
  CHECK(has(out, "the manifest says"));
  std::size_t begin = 0;
  for (auto end = out.find("\r\n"); end != std::string::npos; begin = end + 2, end = out.find("\r\n", begin)) CHECK(end - begin <= 90);
}
