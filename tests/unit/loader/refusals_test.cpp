// The table of refusals in docs/abi.md and the sentences in the code are the same.
#include "script.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <regex>
#include <string>
#include <vector>

using namespace authhost::test;

namespace {

const std::string kPlugins = std::string(AUTHHOST_SOURCE_DIR) + "/host/core/plugins/";

// A sentence without what is filled in: its longest part, from the first letter to the last.
std::string longest_part(const std::string& sentence, const std::regex& filled_in) {
  std::string out;
  for (std::sregex_token_iterator part(sentence.begin(), sentence.end(), filled_in, -1), end; part != end; ++part) {
    const std::string bare = std::regex_replace(part->str(), std::regex("^[^A-Za-z]+|[^A-Za-z]+$"), "");
    if (bare.size() > out.size()) out = bare;
  }
  return out;
}

std::vector<std::string> every(const std::string& text, const std::string& pattern) {
  const std::regex wanted(pattern);
  std::vector<std::string> out;
  for (std::sregex_iterator at(text.begin(), text.end(), wanted), end; at != end; ++at) out.push_back((*at)[1]);
  return out;
}

std::string without_escapes(const std::string& code) { return std::regex_replace(code, std::regex("\\\\\""), "\""); }

std::string table() {
  const auto rules = read(std::string(AUTHHOST_SOURCE_DIR) + "/docs/abi.md");
  return rules.substr(rules.find("## Refusals"));
}

}  // namespace

TEST_CASE("abi.md has a row for every sentence with which a plugin is refused") {
  const auto rows = table();
  const auto code_of = [](const std::string& file) { return read(kPlugins + file); };
  for (const char* file : {"descriptor.cpp", "elf.cpp", "library.cpp", "manifest.cpp", "opening.cpp", "registry.cpp", "trust.cpp", "exec/check_program.cpp", "exec/description.cpp"}) {
    const auto sentences = every(code_of(file), R"re((?:refused\(|refuse\(|Status::plugin,)(?![^";]*message\b)[^";]*"((?:[^"\\]|\\.)*)")re");
    CHECK_FALSE(sentences.empty());
    for (const auto& one : sentences) {
      const auto part = longest_part(without_escapes(one), std::regex("\\{[^}]*\\}"));
      if (part.empty() || has(one, "authenticator \\\"")) continue;  // no plugin, and none is refused
      INFO(file << ": " << part);
      CHECK(has(rows, part));
    }
  }
}

TEST_CASE("the rows of abi.md's refusals are sentences of the code") {
  std::string code;
  for (const auto& entry : fs::recursive_directory_iterator(kPlugins)) {
    if (entry.path().extension() == ".cpp") code += read(entry.path());
  }
  code = without_escapes(code);
  std::size_t count = 0;
  const auto rows = table();
  for (const auto& row : every(rows, "\n(\\| `[^\n]*) \\| [^|\n]*\\|")) {
    for (const auto& sentence : every(row, "`([^`]*)`")) {
      const auto part = longest_part(sentence, std::regex("\\b[A-Z]{1,7}\\b|…|authhost_plugin_v1|authhost\\.foo/1|1\\.|[0-9]+"));
      INFO(sentence);
      CHECK((part.size() > 3 && has(code, part)));
      ++count;
    }
  }
  CHECK(count > 40);
}
