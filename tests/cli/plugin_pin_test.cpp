// `authhost plugin pin`: a manifest tied to its plugin, and nothing else of it changed.
#include "harness.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <sys/stat.h>

#include <filesystem>

using namespace authhost::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const std::string kZeros(64, '0');

// A home with a plugin in shell, a manifest, and a configuration that has both.
class Pinned {
 public:
  explicit Pinned(const std::string& manifest) : home(), cli(home) {
    home.write("plugins.d/demo.sh", "#!/bin/sh\necho '{\"type\":\"credentials\",\"access_token\":\"t\"}'\n", 0755);
    write(manifest);
    home.write_config("[plugins]\ndirectories = [\"" + home.path("plugins.d") + "\"]\n");
    sha256 = json::parse(cli.run({"--output", "json", "plugin", "inspect", path()}).out)["sha256"];
    if (sha256.empty()) sha256 = digest();
  }
  void write(const std::string& manifest) const { home.write("plugins.d/demo.toml", manifest, 0644); }
  [[nodiscard]] std::string path() const { return home.path("plugins.d/demo.toml"); }
  [[nodiscard]] std::string text() const { return home.read("plugins.d/demo.toml"); }
  [[nodiscard]] Finished pin(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"plugin", "pin", path()});
    return cli.run(std::move(more));
  }
  [[nodiscard]] std::string digest() const {
    Child child({.argv = {"sha256sum", home.path("plugins.d/demo.sh")}, .env = home.env()});
    return child.wait().out.substr(0, 64);
  }

  TempHome home;
  Cli cli;
  std::string sha256;
};

const std::string kManifest = "# ours\nkind = \"exec\"\nid = \"com.example.demo\"\npath = \"demo.sh\"  # here\ngrants = [\n  \"http\",\n]\n";

}  // namespace

TEST_CASE("plugin pin writes the sha256 of the plugin, and keeps every other byte") {
  struct Case {
    std::string before;
    std::string after;  // PIN stands for the digest
  };
  const std::string crlf = "kind = \"exec\"\r\npath = \"demo.sh\"\r\n";
  for (const auto& one : {
           Case{kManifest, kManifest + "sha256 = \"PIN\"\n"},
           Case{kManifest + "# the end", kManifest + "# the end\nsha256 = \"PIN\"\n"},
           Case{crlf, crlf + "sha256 = \"PIN\"\r\n"},
           Case{"sha256=\"" + kZeros + "\"  # was " + kZeros + "\n" + kManifest, "sha256=\"PIN\"  # was " + kZeros + "\n" + kManifest},
           Case{kManifest + "\t\"sha256\" = '" + kZeros + "'", kManifest + "\t\"sha256\" = 'PIN'"},
           Case{"\xEF\xBB\xBF" + kManifest, "\xEF\xBB\xBF" + kManifest + "sha256 = \"PIN\"\n"},
       }) {
    INFO(one.before);
    const Pinned plugin(one.before);
    const auto done = plugin.pin();
    INFO(done.err);
    REQUIRE(done.status == 0);
    auto expected = one.after;
    expected.replace(expected.find("PIN"), 3, plugin.digest());
    CHECK(plugin.text() == expected);
    CHECK(plugin.cli.run({"plugin", "inspect", plugin.path()}).status == 0);
    CHECK(plugin.home.files("plugins.d").size() == 2);
  }
}

TEST_CASE("plugin pin says the old pin and the new one, and changes nothing where it holds") {
  const Pinned plugin(kManifest);
  const auto first = plugin.pin();
  CHECK(first.out.find("old: none\nnew: " + plugin.sha256 + "\n") != std::string::npos);
  struct stat before {};
  REQUIRE(::stat(plugin.path().c_str(), &before) == 0);
  const auto again = plugin.pin();
  CHECK(again.status == 0);
  CHECK(again.out.find("as before") != std::string::npos);
  struct stat after {};
  REQUIRE(::stat(plugin.path().c_str(), &after) == 0);
  CHECK(before.st_ino == after.st_ino);

  plugin.write(kManifest + "sha256 = \"" + kZeros + "\"\n");
  const auto said = json::parse(plugin.pin({"--output", "json"}).out);
  CHECK(said["old"] == kZeros);
  CHECK(said["new"] == plugin.sha256);
  CHECK(said["changed"] == true);
  CHECK(said["manifest"] == fs::canonical(plugin.path()).string());
}

TEST_CASE("a pinned plugin that was changed is refused, and the hint is what makes it run again") {
  const Pinned plugin(kManifest);
  REQUIRE(plugin.pin().status == 0);
  CHECK(plugin.pin({"--check"}).status == 0);
  plugin.home.write("plugins.d/demo.sh", "#!/bin/sh\necho '{\"type\":\"credentials\",\"access_token\":\"other\"}'\n", 0755);
  const auto text = plugin.text();
  const auto refused = plugin.cli.run({"plugin", "inspect", plugin.path()});
  CHECK(refused.status == 9);
  const auto hint = said(refused).hint;
  CHECK(hint.ends_with("authhost plugin pin " + plugin.path()));
  CHECK(plugin.text() == text);
  CHECK(plugin.pin().status == 0);
  CHECK(plugin.cli.run({"plugin", "inspect", plugin.path()}).status == 0);
}

TEST_CASE("plugin pin --check changes nothing, and its status is 9 where the pin does not hold") {
  const Pinned plugin(kManifest);
  const auto none = plugin.pin({"--check"});
  CHECK(none.status == 9);
  CHECK(said(none).message.ends_with("demo.toml: it is not pinned"));
  CHECK(plugin.text() == kManifest);

  const auto wrong = kManifest + "sha256 = \"" + kZeros + "\"\n";
  plugin.write(wrong);
  const auto bad = plugin.pin({"--check"});
  CHECK(bad.status == 9);
  CHECK(said(bad).message.find("its SHA-256 is " + plugin.sha256 + ", the manifest says " + kZeros) != std::string::npos);
  CHECK(plugin.text() == wrong);

  REQUIRE(plugin.pin().status == 0);
  const auto good = plugin.pin({"--check"});
  CHECK(good.status == 0);
  CHECK(good.out.find("the pin holds") != std::string::npos);
}

TEST_CASE("plugin pin finds the manifest of a plugin by the configuration") {
  const Pinned plugin(kManifest);
  const auto program = plugin.home.path("plugins.d/demo.sh");
  REQUIRE(plugin.cli.run({"plugin", "pin", program}).status == 0);
  CHECK(plugin.text() == kManifest + "sha256 = \"" + plugin.sha256 + "\"\n");

  plugin.home.write("plugins.d/twin.toml", kManifest, 0644);
  const auto both = plugin.cli.run({"plugin", "pin", program});
  CHECK(both.status == 9);
  CHECK(said(both).message.find("demo.toml and ") != std::string::npos);

  const auto other = plugin.home.write("elsewhere/other.sh", "#!/bin/sh\n", 0755);
  const auto none = plugin.cli.run({"plugin", "pin", other});
  CHECK(none.status == 9);
  CHECK(said(none).message.find("no manifest of the configuration names ") != std::string::npos);
}

TEST_CASE("plugin pin trusts no more than the loader does") {
  const Pinned plugin(kManifest);
  const auto refused = [&](const std::string& path, unsigned mode, unsigned otherwise) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    const auto done = plugin.pin();
    REQUIRE(::chmod(path.c_str(), otherwise) == 0);
    CHECK(done.status == 9);
    CHECK(said(done).message.find(" may write to it") != std::string::npos);
    CHECK(plugin.text() == kManifest);
  };
  refused(plugin.path(), 0664, 0644);
  refused(plugin.home.path("plugins.d/demo.sh"), 0757, 0755);
  refused(plugin.home.path("plugins.d"), 0775, 0755);
}

TEST_CASE("plugin pin keeps the mode of the manifest, and a symbolic link to it") {
  const Pinned plugin(kManifest);
  REQUIRE(::chmod(plugin.path().c_str(), 0640) == 0);
  fs::create_symlink("demo.toml", plugin.home.path("plugins.d/link.toml"));
  REQUIRE(plugin.cli.run({"plugin", "pin", plugin.home.path("plugins.d/link.toml")}).status == 0);
  CHECK(fs::is_symlink(plugin.home.path("plugins.d/link.toml")));
  struct stat status {};
  REQUIRE(::stat(plugin.path().c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
  CHECK(plugin.text() == kManifest + "sha256 = \"" + plugin.sha256 + "\"\n");
}

TEST_CASE("plugin pin says what is wrong with a manifest, and leaves it as it is") {
  const Pinned plugin(kManifest);
  for (const auto& [manifest, why] : std::vector<std::pair<std::string, std::string>>{
           {"not TOML", "demo.toml:1"},
           {"kind = \"exec\"\n", "path is missing"},
           {"path = \"gone.so\"\n", "gone.so: No such file or directory"},
           {"path = \"demo.sh\"\nsha256 = \"\"\n", "64 hexadecimal digits"},
           {"path = \"demo.sh\"\nsha = \"\"\n", "unknown key \"sha\""},
           {"path = \"demo.sh\"\nsha256 = \"\"\"\n" + kZeros + "\"\"\"\n", "not written plainly enough"},
           {"path = \"demo.sh\"\nsha256 = \"\\u0061" + std::string(63, 'a') + "\" # " + std::string(64, 'a') + "\n", "not written plainly enough"}}) {
    INFO(manifest);
    plugin.write(manifest);
    const auto done = plugin.pin();
    CHECK(done.status == 9);
    CHECK(said(done).message.find(why) != std::string::npos);
    CHECK(plugin.text() == manifest);
  }
  const auto gone = plugin.cli.run({"plugin", "pin", plugin.home.path("gone.toml")});
  CHECK(gone.status == 9);
  CHECK(said(gone).message.find("gone.toml: No such file or directory") != std::string::npos);
}
