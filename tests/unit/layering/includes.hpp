// What the project's files include, read from the source tree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace authhost::test {

struct Include {
  std::string file;    // who includes, relative to the top: "host/core/config/load.cpp"
  int line = 0;
  std::string header;  // what, without the brackets or quotes
  bool quoted = false;

  [[nodiscard]] std::string text() const;  // "file:line includes header", for messages
};

// Of every C and C++ file below these folders or files, relative to the top; in order of name.
std::vector<Include> includes_of(const std::vector<std::string>& places);

// The same, and of every file of the project that these include, directly or not.
std::vector<Include> includes_behind(const std::vector<std::string>& places);

// A header of the language: no folder in its name and no ".h", or one of the C headers that C99 has.
bool is_standard(const Include& include);

// The file of the project that is meant; "" for a header of somebody else's.
std::string file_of_ours(const Include& include);

bool exists(std::string_view place);

}  // namespace authhost::test
