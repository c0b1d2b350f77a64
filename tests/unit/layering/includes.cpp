#include "includes.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <stdexcept>

namespace authhost::test {

namespace fs = std::filesystem;

namespace {

const fs::path& top() {
  static const fs::path path = AUTHHOST_SOURCE_DIR;
  return path;
}

bool is_code(const fs::path& path) {
  const auto extension = path.extension();
  return extension == ".h" || extension == ".hpp" || extension == ".c" || extension == ".cpp";
}

std::vector<std::string> files_below(const std::string& place) {
  if (fs::is_regular_file(top() / place)) return {place};
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(top() / place)) {
    if (entry.is_regular_file() && is_code(entry.path())) files.push_back(fs::relative(entry.path(), top()).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Include> read(const std::string& file) {
  static const std::regex pattern("^\\s*#\\s*include\\s*([<\"])([^>\"]+)[>\"].*");
  std::ifstream in(top() / file);
  if (!in) throw std::runtime_error("cannot read " + file);
  std::vector<Include> found;
  std::string text;
  for (int line = 1; std::getline(in, text); ++line) {
    if (text.find('#') == std::string::npos) continue;  // the pattern is slow
    std::smatch match;
    if (std::regex_match(text, match, pattern)) found.push_back({file, line, match[2], match[1] == "\""});
  }
  return found;
}

}  // namespace

std::string Include::text() const { return file + ":" + std::to_string(line) + " includes " + header; }

std::vector<Include> includes_of(const std::vector<std::string>& places) {
  std::vector<Include> all;
  for (const auto& place : places) {
    for (const auto& file : files_below(place)) {
      const auto found = read(file);
      all.insert(all.end(), found.begin(), found.end());
    }
  }
  return all;
}

std::vector<Include> includes_behind(const std::vector<std::string>& places) {
  std::vector<std::string> waiting;
  for (const auto& place : places) {
    for (auto& file : files_below(place)) waiting.push_back(std::move(file));
  }
  std::set<std::string> seen(waiting.begin(), waiting.end());
  std::vector<Include> all;
  while (!waiting.empty()) {
    const auto file = std::move(waiting.back());
    waiting.pop_back();
    for (auto& include : read(file)) {
      const auto ours = file_of_ours(include);
      if (!ours.empty() && seen.insert(ours).second) waiting.push_back(ours);
      all.push_back(std::move(include));
    }
  }
  return all;
}

bool is_standard(const Include& include) {
  static const std::set<std::string> c99 = {"assert.h", "errno.h",  "inttypes.h", "limits.h", "stdarg.h", "stdbool.h",
                                            "stddef.h", "stdint.h", "stdio.h",    "stdlib.h", "string.h", "time.h"};
  return !include.quoted && (include.header.find_first_of("./") == std::string::npos || c99.count(include.header) != 0);
}

std::string file_of_ours(const Include& include) {
  std::vector<std::string> roots = {"sdk/include/", "host/core/include/", "host/", "host/clientset/include/"};
  if (include.quoted) roots.insert(roots.begin(), include.file.substr(0, include.file.rfind('/') + 1));
  for (const auto& root : roots) {
    const auto path = fs::path(root + include.header).lexically_normal();
    if (fs::is_regular_file(top() / path)) return path.string();
  }
  return "";
}

bool exists(std::string_view place) { return fs::exists(top() / place); }

}  // namespace authhost::test
