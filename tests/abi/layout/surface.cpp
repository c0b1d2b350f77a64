#include "surface.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <stdlib.h>

namespace authhost::test {
namespace {

// A program that prints what only the compiler knows, in the words of layout.txt.
std::string probe_source(const Surface& surface) {
  std::string code = "#include <authhost/services.h>\n#include <stdio.h>\nint main(void) {\n";
  for (const auto& item : surface.structs) {
    code += "  printf(\"struct " + item.name + " %zu\\n\", sizeof(" + item.name + "));\n";
    for (const auto& member : item.members) {
      code += "  printf(\"  %zu %zu " + member.name + ": " + member.type + "\\n\", offsetof(" + item.name + ", " + member.name +
              "), sizeof(((" + item.name + "*)0)->" + member.name + "));\n";
    }
  }
  for (const auto& [name, value] : surface.enumerators) code += "  printf(\"enum " + name + " = %d\\n\", (int)" + name + ");\n";
  return code + "  return 0;\n}\n";
}

std::string output_of(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  std::string text;
  std::array<char, 4096> part{};
  while (const auto size = std::fread(part.data(), 1, part.size(), pipe)) text.append(part.data(), size);
  if (::pclose(pipe) != 0) throw std::runtime_error("failed: " + command + "\n" + text);
  return text;
}

}  // namespace

bool Struct::sized() const {
  return !members.empty() && members[0].name == "size" && members[0].type == "size_t" && members[0].offset == 0;
}

const Member* Struct::find(const std::string& member) const {
  const auto found = std::find_if(members.begin(), members.end(), [&](const Member& one) { return one.name == member; });
  return found == members.end() ? nullptr : &*found;
}

const Struct* Surface::find(const std::string& name) const {
  const auto found = std::find_if(structs.begin(), structs.end(), [&](const Struct& one) { return one.name == name; });
  return found == structs.end() ? nullptr : &*found;
}

Struct& Surface::at(const std::string& name) {
  for (auto& item : structs) {
    if (item.name == name) return item;
  }
  throw std::runtime_error("no struct " + name);
}

std::string Surface::text() const {
  std::ostringstream out;
  for (const auto& item : structs) {
    out << "struct " << item.name << " " << item.size << "\n";
    for (const auto& member : item.members) {
      out << "  " << member.offset << " " << member.size << " " << member.name << ": " << member.type << "\n";
    }
  }
  for (const auto& [name, value] : enumerators) out << "enum " << name << " = " << value << "\n";
  for (const auto& [name, value] : macros) out << "macro " << name << " = " << value << "\n";
  for (const auto& [name, value] : types) out << "type " << name << " = " << value << "\n";
  for (const auto& [name, value] : symbols) out << "symbol " << name << " = " << value << "\n";
  return out.str();
}

Surface Surface::parse(const std::string& text) {
  Surface surface;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    if (line[0] == ' ') {
      Member member;
      words >> member.offset >> member.size >> member.name;
      std::getline(words >> std::ws, member.type);
      if (!words || surface.structs.empty() || member.name.back() != ':') throw std::runtime_error("not a member: " + line);
      member.name.pop_back();
      surface.structs.back().members.push_back(std::move(member));
      continue;
    }
    std::string kind, name, equals, value;
    words >> kind >> name;
    if (kind == "struct") {
      surface.structs.push_back({name, 0, {}});
      words >> surface.structs.back().size;
    } else {
      const auto at = line.find(" = ");  // a macro's name may hold blanks
      if (at == std::string::npos) throw std::runtime_error("not a line of a layout: " + line);
      name = line.substr(kind.size() + 1, at - kind.size() - 1);
      value = line.substr(at + 3);
      if (kind == "enum") surface.enumerators.emplace(name, value);
      else if (kind == "macro") surface.macros.emplace(name, value);
      else if (kind == "type") surface.types.emplace(name, value);
      else if (kind == "symbol") surface.symbols.emplace(name, value);
      else throw std::runtime_error("not a line of a layout: " + line);
    }
    if (words.bad()) throw std::runtime_error("not a line of a layout: " + line);
  }
  return surface;
}

Surface laid_out(const std::string& folder, const std::string& compiler) {
  namespace fs = std::filesystem;
  Surface surface = declarations(folder);
  std::string place = (fs::temp_directory_path() / "authhost-layout-XXXXXX").string();
  if (::mkdtemp(place.data()) == nullptr) throw std::runtime_error("cannot make " + place);
  const std::string source = place + "/probe.c";
  std::ofstream(source) << probe_source(surface);
  std::string printed;
  try {
    output_of(compiler + " -Wno-deprecated -I'" + folder + "' '" + source + "' -o '" + place + "/probe' 2>&1");
    printed = output_of("'" + place + "/probe'");
  } catch (...) {
    fs::remove_all(place);
    throw;
  }
  fs::remove_all(place);
  Surface measured = Surface::parse(printed);
  surface.structs = std::move(measured.structs);
  surface.enumerators = std::move(measured.enumerators);
  return surface;
}

}  // namespace authhost::test
