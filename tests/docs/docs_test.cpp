// What the documents show is true. The words beside a code fence say how it is tested:
//
//   ```toml                 a whole configuration: `authhost --config … config show` takes it
//   ```toml fragment        a part of one; the same for cpp and c. Not tested
//   ```cpp path/of/file     that very file of the project, letter by letter
//   ```cpp name.cpp         a file that compiles (the same for c)
//   ```toml ~/place/x.toml  a file, put there before the commands that follow it; one that commands have made is it letter by letter
//   ```sh run               commands that succeed, run in order in a home of their own, with a demo provider behind
//                           https://login.example.com and an installed `authhost` in PATH
//   ```cmake path/of/file   that very file of the project; tests/consumer builds it
//   ```sh, ```json, ```text, and no word at all: not tested
#include "documents.hpp"

#include "support/cli.hpp"
#include "support/demo_idp.hpp"

#include <authhost/services.h>
#include <catch2/catch.hpp>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

using namespace authhost::test;
namespace fs = std::filesystem;

namespace {

const std::string kConfig = "~/.config/authhost/config.toml";

std::vector<Block> all_blocks() {
  std::vector<Block> all;
  for (const auto& document : documents()) {
    for (auto& block : blocks_of(document)) all.push_back(std::move(block));
  }
  return all;
}

// The documents' provider is the demo provider, which speaks plain http on loopback.
std::string with_provider(std::string text, const std::string& issuer) {
  const std::string line = "issuer = \"https://login.example.com\"";
  const auto at = text.find(line);
  if (at != std::string::npos) text.replace(at, line.size(), "issuer = \"" + issuer + "\"\nallow_insecure_http = true");
  return text;
}

// Where a block's file goes, relative to the home's root: `~` is "home", everything else lies in the work folder.
std::string place_of(const Block& block) {
  if (block.word.compare(0, 2, "~/") == 0) return "home" + block.word.substr(1);
  return "work/" + fs::path(block.word).filename().string();
}

Finished run(std::vector<std::string> argv, const TempHome& home, const std::vector<std::string>& env = {},
             const std::string& folder = "work") {
  ChildOptions options;
  options.argv = std::move(argv);
  options.env = home.env();
  options.env.insert(options.env.end(), env.begin(), env.end());
  options.directory = home.path(folder);
  return Child(options).wait(std::chrono::minutes(5));
}

// This build as a person installs it: what documents build is built against it.
const TempHome& installation() {
  static const TempHome prefix;
  static const bool made = [] {
    const auto finished = run({"sh", "-c", "umask 022; cmake --install '" AUTHHOST_BUILD_DIR "' --prefix \"$PWD\""}, prefix, {}, "");
    INFO(finished.out << finished.err);
    REQUIRE(finished.status == 0);
    return true;
  }();
  static_cast<void>(made);
  return prefix;
}

// One document's commands, in order; in a home whose configuration holds something already, to which the document's is added.
void run_document(const std::string& document, const DemoIdp& provider, const std::string& configured = "") {
  const TempHome home;
  home.write("work/empty", "");
  const auto prefix = installation().root();
  std::vector<std::string> env = {"CXX=" AUTHHOST_CXX, "CC=" AUTHHOST_CC, "PKG_CONFIG_PATH=" + prefix + "/lib/pkgconfig",
                                  Cli::fake_browser(home.path("page"))};
  const std::string sanitize = AUTHHOST_SANITIZE;
  for (const char* name : {"CFLAGS", "CXXFLAGS"}) {
    if (!sanitize.empty()) env.push_back(std::string(name) + "=-fsanitize=" + sanitize);
  }
  // The folders that a person without XDG variables has; and files that others may not write, whatever the umask was.
  const std::string before = "set -eu; umask 077; unset XDG_CONFIG_HOME XDG_STATE_HOME; PATH=" + prefix + "/bin:$PATH\n";
  for (const auto& block : blocks_of(document)) {
    INFO(block.where());
    if (block.is_file() && fs::exists(home.path(place_of(block)))) {
      CHECK(home.read(place_of(block)) == block.text);
    } else if (block.is_file()) {
      home.write(place_of(block), with_provider((block.word == kConfig ? configured : "") + block.text, provider.issuer()));
    }
    if (block.language != "sh" || block.word != "run") continue;
    const auto finished = run({"bash", "-c", before + block.text}, home, env);
    INFO(block.text << "---- stdout\n" << finished.out << "---- stderr\n" << finished.err);
    REQUIRE(finished.status == 0);
  }
}

bool wants_grpc(const Block& block) {
  return block.text.find("<authhost/clientset.hpp>") != std::string::npos || block.text.find("<authhost/channel.hpp>") != std::string::npos;
}

bool has_commands(const std::string& document) {
  for (const auto& block : blocks_of(document)) {
    if (block.language == "sh" && block.word == "run") return true;
  }
  return false;
}

}  // namespace

TEST_CASE("every code block of the documents says what it is") {
  const std::set<std::string> untested = {"", "json", "text"};
  const auto blocks = all_blocks();
  REQUIRE(blocks.size() >= 10);
  for (const auto& block : blocks) {
    INFO(block.where() << ": " << block.language << " " << block.word);
    if (untested.count(block.language) != 0) {
      CHECK(block.word.empty());
    } else if (block.language == "toml") {
      CHECK((block.word.empty() || block.word == "fragment" || block.is_file()));
    } else if (block.language == "cmake") {
      CHECK(block.word.find('/') != std::string::npos);
    } else if (block.language == "sh") {
      CHECK((block.word.empty() || block.word == "run" || block.is_file()));
    } else {
      CHECK((block.language == "cpp" || block.language == "c"));
      CHECK((block.word == "fragment" || block.is_file()));
    }
  }
}

TEST_CASE("every configuration in the documents loads") {
  int loaded = 0;
  for (const auto& block : all_blocks()) {
    if (block.language != "toml" || !(block.word.empty() || block.word == kConfig)) continue;
    const TempHome home;
    const auto finished = Cli(home).run({"--config", home.write("doc.toml", block.text), "config", "show"});
    INFO(block.where() << "\n" << block.text << finished.err);
    CHECK(finished.status == 0);
    CHECK(finished.err.empty());
    ++loaded;
  }
  CHECK(loaded >= 2);
}

TEST_CASE("code that the documents take from the project is the project's") {
  int compared = 0;
  for (const auto& block : all_blocks()) {
    if (!block.is_file() || block.word.find('/') == std::string::npos || block.word[0] == '~') continue;
    INFO(block.where() << ": " << block.word);
    REQUIRE(project_has(block.word));
    CHECK(file_of_project(block.word) == block.text);
    ++compared;
  }
  CHECK(compared >= 2);
}

TEST_CASE("C and C++ files in the documents compile") {
  for (const auto& block : all_blocks()) {
    const bool cpp = block.language == "cpp";
    if (!(cpp || block.language == "c") || !block.is_file() || project_has(block.word)) continue;
    if (!AUTHHOST_HAS_CLIENTSET && wants_grpc(block)) continue;
    const TempHome home;
    home.write("work/" + block.word, block.text);
    const auto finished = run({cpp ? AUTHHOST_CXX : AUTHHOST_CC, cpp ? "-std=c++20" : "-std=c99", "-Wall", "-Wextra", "-Werror",
                               "-fsyntax-only", "-I" AUTHHOST_SOURCE_DIR "/sdk/include",
                               "-I" AUTHHOST_SOURCE_DIR "/host/core/include",
                               "-I" AUTHHOST_SOURCE_DIR "/host/clientset/include",
                               "-isystem" AUTHHOST_BUILD_DIR "/proto-include", block.word},
                              home);
    INFO(block.where() << "\n" << finished.err);
    CHECK(finished.status == 0);
  }
}

TEST_CASE("the commands of the documents work") {
  const DemoIdp provider;
  provider.control({{"clients", {{"my-cli", nlohmann::json::object()}}}});
  int ran = 0;
  for (const auto& document : documents()) {
    if (!has_commands(document)) continue;
    run_document(document, provider);
    ++ran;
  }
  CHECK(ran >= 2);
}

TEST_CASE("the guide for plugins works in the home in which README's tour was taken") {
  const DemoIdp provider;
  std::string tour;
  for (const auto& block : blocks_of("README.md")) {
    if (block.word == kConfig) tour = block.text;
  }
  REQUIRE(tour.find("default_profile") != std::string::npos);
  run_document("docs/writing-a-plugin.md", provider, tour);
}

TEST_CASE("the guide for plugins names every word that grants may hold") {
  const auto guide = file_of_project("docs/writing-a-plugin.md");
  const auto begin = guide.find("The words for `grants`");
  REQUIRE(begin != std::string::npos);
  const auto paragraph = guide.substr(begin, guide.find("\n\n", begin) - begin);
  for (const std::string service :
       {AUTHHOST_SERVICE_CLOCK, AUTHHOST_SERVICE_CRYPTO, AUTHHOST_SERVICE_HTTP, AUTHHOST_SERVICE_JSON, AUTHHOST_SERVICE_BROWSER,
        AUTHHOST_SERVICE_PROMPT, AUTHHOST_SERVICE_LOOPBACK, AUTHHOST_SERVICE_STORE, AUTHHOST_SERVICE_PROCESS}) {
    const auto dot = service.find('.') + 1;  // authhost.http/1
    const auto word = "`" + service.substr(dot, service.find('/') - dot) + "`";
    INFO(word);
    CHECK(paragraph.find(word) != std::string::npos);
  }
}

TEST_CASE("the manual page and the reference say the same of --config: it takes the place of the user's and the project's file") {
  CHECK(file_of_project("docs/man/authhost.1").find("in place of the user's and the project's.") != std::string::npos);
  CHECK(file_of_project("docs/config.md").find("takes the place of the user's and the project's") != std::string::npos);
}

TEST_CASE("every link between the documents leads somewhere") {
  for (const auto& document : documents()) {
    for (const auto& link : links_of(document)) {
      INFO(document << " links to " << link);
      CHECK(project_has((fs::path(document).parent_path() / link).lexically_normal().string()));
    }
  }
}

// What a contributor reads may lead into the source tree.
TEST_CASE("every link between the installed documents leads somewhere, the headers and the protocol included") {
  const auto top = fs::path(installation().path("share/doc/authhost"));
  int followed = 0;
  for (const auto& document : documents()) {
    if (document == "CONTRIBUTING.md" || document == "docs/architecture.md") continue;
    for (const auto& link : links_of(document)) {
      if (!AUTHHOST_HAS_CLIENTSET && link.find("clientset/include") != std::string::npos) continue;
      INFO(document << " links to " << link);
      CHECK(fs::exists(top / fs::path(document).parent_path() / link));
      ++followed;
    }
  }
  CHECK(followed >= 20);
}
