// The project's documents and the code blocks in them.
#pragma once

#include <string>
#include <vector>

namespace authhost::test {

struct Block {
  std::string document;  // relative to the top: "docs/config.md"
  int line = 0;          // of the opening fence
  std::string language;  // the fence's first word; "" if it has none
  std::string word;      // its second word; "" if it has none
  std::string text;

  [[nodiscard]] std::string where() const { return document + ":" + std::to_string(line); }
  // Whether `word` is a place for the text, such as "hello.cpp" or "~/.config/authhost/config.toml".
  [[nodiscard]] bool is_file() const { return word.find('.') != std::string::npos; }
};

// README.md and its companions, and every document below docs/, relative to the top; sorted.
std::vector<std::string> documents();

// Throws std::runtime_error for a block that does not end.
std::vector<Block> blocks_of(const std::string& document);

// Where the links of a document lead: files and folders only, without the part after "#". As written.
std::vector<std::string> links_of(const std::string& document);

// A file of the project; throws std::runtime_error if there is none.
std::string file_of_project(const std::string& path);
bool project_has(const std::string& path);

}  // namespace authhost::test
