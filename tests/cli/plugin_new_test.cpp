// `authhost plugin new`: the project of a plugin, whole or not at all.
#include "harness.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <sstream>

using namespace authhost::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr const char* kId = "com.example.corp-sso";

// In the folder `corp-sso` of the home.
Finished make(const TempHome& home, const std::string& language, const std::string& id = kId) {
  return Cli(home).run({"plugin", "new", "corp-sso", "--id", id, "--lang", language});
}

// The home holds only what it did before: no project, and no half of one.
bool is_untouched(const TempHome& home) { return fs::is_empty(home.path("home")); }

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

std::size_t count_lines(const std::string& text, const std::string& but_not = "") {
  std::size_t count = 0;
  std::size_t begin = 0;
  for (auto end = text.find('\n'); end != std::string::npos; begin = end + 1, end = text.find('\n', begin)) {
    if (but_not.empty() || text[begin] != but_not[0]) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("plugin new writes a project in each language, with every name filled in") {
  const std::map<std::string, std::vector<std::string>> expected = {
      {"cpp", {".gitignore", "CMakeLists.txt", "README.md", "corp-sso.cpp", "corp-sso.toml", "corp-sso_test.cpp"}},
      {"c", {".gitignore", "CMakeLists.txt", "README.md", "corp-sso.c", "corp-sso.toml", "corp-sso_test.cpp"}},
      {"sh", {"README.md", "corp-sso.sh", "corp-sso.toml", "corp-sso_test.sh"}},
      {"python", {".gitignore", "README.md", "corp-sso.py", "corp-sso.toml", "corp-sso_test.py"}}};
  for (const auto& [language, names] : expected) {
    INFO(language);
    const TempHome home;
    const auto done = Cli(home).run({"--output", "json", "plugin", "new", "corp-sso", "--id", kId, "--lang", language});
    INFO(done.err);
    REQUIRE(done.status == 0);
    const auto said = json::parse(done.out);
    CHECK(said["folder"] == fs::canonical(home.path("home/corp-sso")).string());
    CHECK(said["id"] == kId);
    CHECK(said["language"] == language);
    CHECK(said["files"] == json(names));
    std::vector<std::string> files;
    for (const auto& name : names) files.push_back("home/corp-sso/" + name);
    CHECK(home.files("home") == files);
    for (const char* left : {"@id@", "@name@", "@class@"}) CHECK(home.files_with(left).empty());
    CHECK_FALSE(home.files_with(kId).empty());
  }
}

TEST_CASE("plugin new writes C++ unless another language is asked for") {
  const TempHome home;
  const auto done = Cli(home).run({"plugin", "new", "corp-sso/", "--id", kId});
  CHECK(done.status == 0);
  CHECK(done.out.find("corp-sso.cpp\n") != std::string::npos);
  CHECK(home.read("home/corp-sso/corp-sso.cpp").find("struct CorpSso final") != std::string::npos);
}

TEST_CASE("the plugins of the templates are as short as promised") {
  const auto lines = [](const std::string& language, const std::string& file, const std::string& comments = "") {
    const TempHome home;
    REQUIRE(make(home, language).status == 0);
    return count_lines(home.read("home/corp-sso/" + file), comments);
  };
  CHECK(lines("cpp", "corp-sso.cpp") <= 20);
  CHECK(lines("c", "corp-sso.c") <= 60);
  CHECK(lines("sh", "corp-sso.sh", "#") <= 4);
  for (const char* language : {"cpp", "c", "sh", "python"}) CHECK(lines(language, "README.md") <= 12);
}

TEST_CASE("the test of a shell plugin says what was answered where it is not what was expected") {
  const TempHome home;
  REQUIRE(make(home, "sh").status == 0);
  const auto test = [&] { return Child({.argv = {home.path("home/corp-sso/corp-sso_test.sh")}, .env = home.env()}).wait(); };
  CHECK(test().status == 0);
  CHECK(test().out == "OK\n");
  home.write("home/corp-sso/corp-sso.sh", "#!/bin/sh\necho '{\"type\":\"done\"}'\n", 0755);
  CHECK(test().status == 1);
  CHECK(test().out.find("answered: {\"type\":\"done\"}") != std::string::npos);
}

TEST_CASE("the project is nobody else's to change, whatever the umask") {
  const TempHome home;
  for (const char* mask : {"000", "077"}) {
    INFO(mask);
    const std::string folder = std::string("in-") + mask;
    Child child({.argv = {"sh", "-c", std::string("umask ") + mask + "; exec \"$@\"", "sh", Cli::program(), "plugin", "new", folder, "--id",
                          kId, "--lang", "sh"},
                 .env = home.env(), .directory = home.path("home")});
    REQUIRE(child.wait().status == 0);
    CHECK(mode_of(home.path("home/" + folder)) == 0755);
    CHECK(mode_of(home.path("home/" + folder + "/corp-sso.toml")) == 0644);
    CHECK(mode_of(home.path("home/" + folder + "/corp-sso.sh")) == 0755);
  }
}

TEST_CASE("plugin new needs no configuration, and reads none") {
  const TempHome home;
  home.write_config("this is not TOML");
  CHECK(make(home, "sh").status == 0);
}

TEST_CASE("plugin new fills a folder that is empty, and no other") {
  const TempHome home;
  fs::create_directory(home.path("home/corp-sso"));
  REQUIRE(make(home, "sh").status == 0);
  const auto before = home.read("home/corp-sso/corp-sso.sh");

  const auto again = make(home, "python");
  CHECK(again.status == 2);
  CHECK(said(again).message.find("/home/corp-sso: it is there already, and not empty") != std::string::npos);
  CHECK(home.files("home").size() == 4);
  CHECK(home.read("home/corp-sso/corp-sso.sh") == before);
}

TEST_CASE("plugin new says why a place will not do, and leaves nothing behind") {
  struct Case {
    std::string folder;
    const char* why;
  };
  const TempHome home;
  home.write("elsewhere/file", "");
  for (const auto& one : {Case{"", "no name for a folder"}, Case{"/", "no name for a folder"}, Case{".", "the folder that you are in"},
                          Case{"a/b", "there is no folder"}, Case{home.path("elsewhere/file"), "it is there already, and no folder"},
                          Case{home.path("elsewhere/file/x"), "there is no folder"}, Case{"/proc/corp-sso", "No such file or directory"},
                          Case{std::string(300, 'x'), "File name too long"}}) {
    INFO(one.folder);
    const auto done = Cli(home).run({"plugin", "new", one.folder, "--id", kId});
    CHECK(done.status == 2);
    CHECK(said(done).message.find(one.why) != std::string::npos);
    CHECK(is_untouched(home));
  }
}

TEST_CASE("plugin new in a folder that was removed says so, and takes a whole path") {
  const TempHome home;
  fs::create_directory(home.path("home/gone"));
  const auto in_gone = [&](const std::string& folder) {
    return Child({.argv = {"sh", "-c", "rmdir \"$PWD\" && exec \"$@\"", "sh", Cli::program(), "plugin", "new", folder, "--id", kId, "--lang", "sh"},
                  .env = home.env(),
                  .directory = home.path("home/gone")})
        .wait();
  };
  const auto refused = in_gone("corp-sso");
  CHECK(refused.status == 2);
  CHECK(refused.err.find("the folder that you are in is no more") != std::string::npos);
  fs::create_directory(home.path("home/gone"));
  CHECK(in_gone(home.path("home/corp-sso")).status == 0);
}

TEST_CASE("plugin new makes nothing in a folder that others may write to, where its plugin would be refused") {
  const TempHome home;
  fs::create_directories(home.path("home/shared/inner"));
  for (const auto& [mode, why] : std::vector<std::pair<unsigned, std::string>>{
           {0777, "everybody may write to "}, {01777, "everybody may write to "}, {0775, "a group may write to "}}) {
    REQUIRE(::chmod(home.path("home/shared").c_str(), mode) == 0);
    for (const char* folder : {"shared/corp-sso", "shared/inner/corp-sso"}) {
      INFO(mode << " " << folder);
      const auto done = Cli(home).run({"plugin", "new", folder, "--id", kId});
      // Root's own sticky folder is as good as /tmp.
      if (mode == 01777 && ::geteuid() == 0) {
        CHECK(done.status == 0);
        fs::remove_all(home.path(std::string("home/") + folder));
        continue;
      }
      CHECK(done.status == 2);
      CHECK(said(done).message.find(why + fs::canonical(home.path("home/shared")).string()) != std::string::npos);
      CHECK(said(done).hint.starts_with("chmod go-w /"));
    }
  }
  REQUIRE(::chmod(home.path("home/shared").c_str(), 0755) == 0);
  CHECK(home.files("home").empty());
}

TEST_CASE("plugin new that cannot write all of it leaves nothing behind") {
  const TempHome home;
  Child child({.argv = {"sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh", Cli::program(), "plugin", "new", "corp-sso", "--id", kId},
               .env = home.env(), .directory = home.path("home")});
  const auto done = child.wait();
  CHECK(done.status == 2);
  CHECK(said(done).message.find("/home/corp-sso: File too large") != std::string::npos);
  CHECK(is_untouched(home));
}

TEST_CASE("plugin new says what an id looks like") {
  const TempHome home;
  for (const std::string id : {"corp-sso", "Com.Example.Sso", "com.example.", ".sso", "com..sso", "com.example.corp sso", "com.example.1",
                               "com.example/x", "com.example.../../x", "com.example.\n", ""}) {
    INFO(id);
    const auto done = make(home, "cpp", id);
    CHECK(done.status == 2);
    CHECK(done.err.find(" is not an id\n") != std::string::npos);
    CHECK(said(done).hint.find("such as com.example.corp-sso") != std::string::npos);
    CHECK(is_untouched(home));
  }
  CHECK(make(home, "cpp", "com.example." + std::string(120, 'x')).status == 2);
}

TEST_CASE("plugin new writes no Python program that would be taken for a module of Python") {
  const TempHome home;
  for (const std::string name : {"json", "sys", "os", "zoneinfo", "abc"}) {
    INFO(name);
    const auto done = make(home, "python", "com.example." + name);
    CHECK(done.status == 2);
    CHECK(said(done).message.find("\"" + name + "\" is a module of Python") != std::string::npos);
    CHECK(said(done).hint.find("com.example." + name + "-login") != std::string::npos);
    CHECK(is_untouched(home));
  }
  CHECK(make(home, "python", "com.example.json-login").status == 0);
  CHECK(Cli(home).run({"plugin", "new", "other", "--id", "com.example.json", "--lang", "sh"}).status == 0);
}

TEST_CASE("comments stand below each other, however long the name is") {
  for (const std::string name : {"x", "corp-sso", "a-name-that-is-longer-than-others"}) {
    for (const char* language : {"cpp", "c", "sh", "python"}) {
      INFO(name << " in " << language);
      const TempHome home;
      REQUIRE(make(home, language, "com.example." + name).status == 0);
      for (const auto& file : std::vector<std::string>{"README.md", name + ".toml"}) {
        std::istringstream text(home.read("home/corp-sso/" + file));
        std::size_t column = std::string::npos;
        for (std::string line; std::getline(text, line);) {
          const auto at = line.find("  # ");
          if (at != std::string::npos && column != std::string::npos) CHECK(at == column);
          column = at;
        }
      }
    }
  }
}

TEST_CASE("plugin new names the languages that it knows") {
  const TempHome home;
  const auto done = make(home, "rust");
  CHECK(done.status == 2);
  CHECK(said(done).message.find("`rust` is not one of cpp, c, sh, python") != std::string::npos);
  CHECK(is_untouched(home));
}

TEST_CASE("a plugin in shell or Python that plugin new wrote hands out a token") {
  for (const char* language : {"sh", "python"}) {
    INFO(language);
    const TempHome home;
    REQUIRE(make(home, language).status == 0);
    ProfileText profile;
    profile.authenticator = "corp-sso";
    profile.settings = "token_env = \"CORP_TOKEN\"\n";
    home.write_config(profile.toml() + "[plugins]\ndirectories = [\"~/corp-sso\"]\n");
    const Cli cli(home);
    const auto without = cli.run({"--profile", "demo", "token"});
    CHECK(without.status == 3);
    CHECK(said(without).message.find("CORP_TOKEN") != std::string::npos);
    const auto done = cli.run({"--profile", "demo", "token"}, {.env = {"CORP_TOKEN=corp-\\t-1"}});
    INFO(done.err);
    CHECK(done.out == "corp-\\t-1\n");
    const auto checked = cli.run({"config", "check"});
    INFO(checked.out);
    CHECK(checked.status == 0);

    // What it is not told it says in its own words, or the host does where the plugin has described itself.
    profile.settings = "";
    home.write_config(profile.toml() + "[plugins]\ndirectories = [\"~/corp-sso\"]\n");
    const auto missing = cli.run({"--profile", "demo", "token", "--refresh"});
    CHECK(missing.status == 3);
    CHECK(said(missing).message.find(language == std::string("sh") ? "the setting token is missing" : "corp-sso needs token") != std::string::npos);
  }
}

TEST_CASE("the Python template's own test passes") {
  const TempHome home;
  REQUIRE(make(home, "python").status == 0);
  Child child({.argv = {"python3", "corp-sso_test.py"}, .env = home.env(), .directory = home.path("home/corp-sso")});
  const auto done = child.wait();
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(done.err.find("Ran 4 tests") != std::string::npos);
}
