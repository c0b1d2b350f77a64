#include "core/plugins/exec/exec.hpp"

#include "core/services/redact.hpp"

#include <elf.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string_view>

namespace authhost::plugins::exec {

namespace {

Error refused(const std::string& path, std::string_view why, std::string hint) {
  return {Status::plugin, fmt::format("{}: {}", path, why), std::move(hint)};
}

// The first line of a script, from behind its "#!".
Result<void> check_interpreter(std::string_view line, const std::string& path) {
  const auto begin = line.find_first_not_of(" \t");
  const std::string name(begin == std::string_view::npos ? "" : line.substr(begin, line.find_first_of(" \t\n", begin) - begin));
  if (::access(name.c_str(), X_OK) == 0) return {};
  const bool windows = !name.empty() && name.back() == '\r';
  return refused(path, fmt::format("its first line names the interpreter \"{}\", which cannot be run", safe_text(name, 200)),
                 windows ? "its lines end as on Windows: write it with \\n alone" : "correct its first line, or install the interpreter");
}

}  // namespace

Result<void> check_program(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || (status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0) {
    return refused(path, "it may not be executed", "chmod +x " + path);
  }
  std::array<char, 256> head{};
  const auto size = ::pread(fd, head.data(), head.size(), 0);
  const std::string_view text(head.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  if (text.substr(0, 2) == "#!") return check_interpreter(text.substr(2, text.find('\n') - 2), path);
  if (text.substr(0, SELFMAG) != ELFMAG) return refused(path, "neither a program nor a script: its first line does not begin with #!", "write #!/bin/sh, or whatever runs it, into its first line");
  return {};
}

}  // namespace authhost::plugins::exec
