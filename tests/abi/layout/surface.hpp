// Surface: everything that the C headers promise in binary, as a compiler lays it out.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace authhost::test {

struct Member {
  std::string name;
  std::string type;  // without the names of parameters: they are nobody's contract
  std::size_t offset = 0;
  std::size_t size = 0;
};

struct Struct {
  std::string name;
  std::size_t size = 0;
  std::vector<Member> members;
  // Begins with its own size, and so may grow.
  [[nodiscard]] bool sized() const;
  [[nodiscard]] const Member* find(const std::string& member) const;
};

struct Surface {
  std::vector<Struct> structs;
  std::map<std::string, std::string> enumerators;
  std::map<std::string, std::string> macros;
  std::map<std::string, std::string> types;    // opaque structs, and names for other types
  std::map<std::string, std::string> symbols;  // what a plugin exports
  [[nodiscard]] const Struct* find(const std::string& name) const;
  [[nodiscard]] Struct& at(const std::string& name);  // throws if there is none

  // One line a member, as in layout.txt.
  [[nodiscard]] std::string text() const;
  static Surface parse(const std::string& text);
};

// The declarations of authhost/abi.h and authhost/services.h below `folder`; offsets and sizes are not known yet. Throws
// what it does not understand: a new kind of declaration is for a person to judge.
Surface declarations(const std::string& folder);
Surface declarations_in(const std::string& header_text);

// The same, with what `compiler` (a command with its options) makes of them.
Surface laid_out(const std::string& folder, const std::string& compiler);

}  // namespace authhost::test
