// Reads the C headers. They are plain on purpose: structs, enums, names for types, macros, one symbol.
#include "surface.hpp"

#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace authhost::test {
namespace {

std::string slurp(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

bool take(std::string_view& rest, std::string_view start) {
  if (rest.substr(0, start.size()) != start) return false;
  rest.remove_prefix(start.size());
  return true;
}

std::string trimmed(const std::string& text) {
  const std::string flat = std::regex_replace(text, std::regex("\\s+"), " ");
  const auto first = flat.find_first_not_of(' ');
  return first == std::string::npos ? "" : flat.substr(first, flat.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, at);) {
    if (auto plain = trimmed(part); !plain.empty()) parts.push_back(std::move(plain));
  }
  return parts;
}

// By hand: std::regex takes its recursion from the stack.
std::string without_comments(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = text.find("/*", at);
    out.append(text, at, begin == std::string::npos ? begin : begin - at);
    if (begin == std::string::npos) break;
    const auto end = text.find("*/", begin);
    if (end == std::string::npos) throw std::runtime_error("a comment does not end");
    out += ' ';
    at = end + 2;
  }
  return out;
}

[[noreturn]] void puzzled(std::string_view text) {
  throw std::runtime_error("not understood, and so not pinned: " + trimmed(std::string(text.substr(0, 120))));
}

// "const char* name" and "void (*log)(authhost_call* call)", each as a name and a type.
Member declared(const std::string& text) {
  static const std::regex function("(.+?)\\s*\\(\\*(\\w+)\\)\\((.*)\\)");
  static const std::regex plain("(.*[\\s*])(\\w+)(\\[\\w+\\])?");
  std::smatch parts;
  if (std::regex_match(text, parts, function)) {
    std::string types;
    for (const auto& parameter : split(parts[3], ',')) {
      std::smatch named;
      types += types.empty() ? "" : ", ";
      types += std::regex_match(parameter, named, plain) ? trimmed(named[1]) + named[3].str() : parameter;
    }
    return {parts[2], trimmed(parts[1]) + " (*)(" + types + ")"};
  }
  if (!std::regex_match(text, parts, plain)) puzzled(text);
  return {parts[2], trimmed(parts[1]) + parts[3].str()};
}

// Takes the macros out; of two definitions of one the first, which is GCC's and clang's.
std::string without_macros(const std::string& text, Surface& surface) {
  static const std::regex definition("\\s*#\\s*define\\s+(\\w+(?:\\([^)]*\\))?)\\s*(.*)");
  std::string rest;
  std::stringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find_first_not_of(" \t");
    if (first == std::string::npos || line[first] != '#') {
      rest += line + "\n";
      continue;
    }
    for (std::string more; line.back() == '\\' && std::getline(in, more);) {
      line.pop_back();
      line += more;
    }
    std::smatch parts;
    if (std::regex_match(line, parts, definition) && parts[2].length() > 0) surface.macros.emplace(parts[1], trimmed(parts[2]));
  }
  return rest;
}

}  // namespace

Surface declarations_in(const std::string& header_text) {
  static const std::regex opaque("typedef struct (\\w+) \\1");
  static const std::regex alias("typedef ([\\w ]+) (\\w+)");
  static const std::regex symbol("extern AUTHHOST_EXPORT const (\\w+) (\\w+)");
  static const std::regex struct_head("typedef struct (\\w+) \\{");
  Surface surface;
  const std::string text = without_macros(without_comments(header_text), surface);
  std::string_view rest(text);
  while (true) {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \n\t"), rest.size()));
    if (rest.empty()) return surface;
    if (take(rest, "extern \"C\" {") || take(rest, "}")) continue;
    const auto brace = rest.find('{');
    const auto semicolon = rest.find(';');
    if (semicolon == std::string_view::npos) puzzled(rest);
    if (brace < semicolon) {
      const std::string head = trimmed(std::string(rest.substr(0, brace + 1)));
      const auto end = rest.find('}', brace);
      if (end == std::string_view::npos) puzzled(rest);
      const std::string body(rest.substr(brace + 1, end - brace - 1));
      const auto stop = rest.find(';', end);
      std::smatch parts;
      if (head == "enum {") {
        for (const auto& item : split(body, ',')) surface.enumerators.emplace(trimmed(item.substr(0, item.find('='))), "");
      } else if (std::regex_match(head, parts, struct_head)) {
        Struct found{parts[1], 0, {}};
        for (const auto& member : split(body, ';')) found.members.push_back(declared(member));
        if (trimmed(std::string(rest.substr(end + 1, stop - end - 1))) != found.name) puzzled(rest);
        surface.structs.push_back(std::move(found));
      } else {
        puzzled(rest);
      }
      rest.remove_prefix(stop + 1);
      continue;
    }
    const std::string statement = trimmed(std::string(rest.substr(0, semicolon)));
    std::smatch parts;
    if (std::regex_match(statement, parts, opaque)) surface.types.emplace(parts[1], "opaque");
    else if (std::regex_match(statement, parts, symbol)) surface.symbols.emplace(parts[2], parts[1]);
    else if (std::regex_match(statement, parts, alias)) surface.types.emplace(parts[2], parts[1]);
    else puzzled(statement);
    rest.remove_prefix(semicolon + 1);
  }
}

Surface declarations(const std::string& folder) {
  return declarations_in(slurp(folder + "/authhost/abi.h") + slurp(folder + "/authhost/services.h"));
}

}  // namespace authhost::test
