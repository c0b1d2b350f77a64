// The words for a status are the same in the code, docs/troubleshooting.md and the manual page.
#include <authhost/result.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace authhost;

namespace {

std::string read(const std::string& path) {
  std::ifstream file(std::string(AUTHHOST_SOURCE_DIR) + "/" + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("every status has a row in troubleshooting.md with meaning, causes and what to do") {
  std::istringstream lines(read("docs/troubleshooting.md"));
  std::string text;
  std::vector<std::string> rows;
  while (std::getline(lines, text)) rows.push_back(text);
  for (const auto status : kAllStatuses) {
    const auto begin = "| " + std::to_string(static_cast<int>(status)) + " | `" + std::string(status_name(status)) + "` | ";
    INFO(begin);
    int found = 0;
    for (const auto& row : rows) {
      if (!row.starts_with(begin)) continue;
      ++found;
      CHECK(std::count(row.begin(), row.end(), '|') == 6);
      CHECK(row.find("|  |") == std::string::npos);
    }
    CHECK(found == 1);
  }
}

TEST_CASE("every status is in the manual page") {
  const auto page = read("docs/man/authhost.1");
  for (const auto status : kAllStatuses) {
    std::string name;
    for (const char c : status_name(status)) name += c == '-' ? std::string("\\-") : std::string(1, c);
    INFO(name);
    CHECK(page.find("\n.B " + std::to_string(static_cast<int>(status)) + "\n" + name) != std::string::npos);
  }
}

TEST_CASE("every verb is in the manual page") {
  const auto page = read("docs/man/authhost.1");
  for (const char* verb : {"login", "token", "header", "status", "logout", "whoami", "plugin list", "plugin inspect ", "plugin check", "plugin new ", "plugin pin", "config show",
                           "config check", "config path", "config schema", "completion", "help", "version"}) {
    INFO(verb);
    const bool found = page.find(".BR " + std::string(verb)) != std::string::npos ||
                       page.find(".BR \"" + std::string(verb)) != std::string::npos ||
                       page.find(".B " + std::string(verb)) != std::string::npos ||
                       page.find(".BI \"" + std::string(verb)) != std::string::npos;
    CHECK(found);
  }
}
