#include "documents.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace authhost::test {

namespace fs = std::filesystem;

namespace {

const std::string kTop = std::string(AUTHHOST_SOURCE_DIR) + "/";

}  // namespace

std::vector<std::string> documents() {
  std::vector<std::string> all;
  for (const auto& entry : fs::directory_iterator(kTop)) {
    if (entry.path().extension() == ".md") all.push_back(entry.path().filename().string());
  }
  for (const auto& entry : fs::recursive_directory_iterator(kTop + "docs")) {
    if (entry.path().extension() == ".md") all.push_back(fs::relative(entry.path(), kTop).string());
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<Block> blocks_of(const std::string& document) {
  std::istringstream in(file_of_project(document));
  std::vector<Block> blocks;
  std::string text;
  bool inside = false;
  for (int line = 1; std::getline(in, text); ++line) {
    if (text.compare(0, 3, "```") != 0) {
      if (inside) blocks.back().text += text + "\n";
      continue;
    }
    inside = !inside;
    if (!inside) continue;
    Block block;
    block.document = document;
    block.line = line;
    std::istringstream words(text.substr(3));
    words >> block.language >> block.word;
    blocks.push_back(std::move(block));
  }
  if (inside) throw std::runtime_error(blocks.back().where() + ": a code block without an end");
  return blocks;
}

std::vector<std::string> links_of(const std::string& document) {
  static const std::regex pattern("\\]\\(([^)#]*)(#[^)]*)?\\)");
  std::istringstream in(file_of_project(document));
  std::vector<std::string> links;
  std::string text;
  bool inside = false;
  while (std::getline(in, text)) {
    if (text.compare(0, 3, "```") == 0) inside = !inside;
    if (inside || text.find("](") == std::string::npos) continue;
    for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
      const std::string target = (*match)[1];
      if (!target.empty() && target.find("://") == std::string::npos) links.push_back(target);
    }
  }
  return links;
}

std::string file_of_project(const std::string& path) {
  std::ifstream in(kTop + path, std::ios::binary);
  if (!in) throw std::runtime_error("the project has no file " + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool project_has(const std::string& path) { return fs::exists(kTop + path); }

}  // namespace authhost::test
