// Log: lines for whoever runs the program, on stderr, quiet unless asked for.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace authhost::log {

// Same order as AUTHHOST_LOG_*.
enum class Level { error, warn, info, debug };

// What is shown from now on; the default is `error`. Thread-safe.
void set_level(Level level);
bool enabled(Level level);
// From now on a line begins with its level as sd-daemon(3) has it, "<3>" for an error, for a program whose log another one reads.
// Thread-safe.
void mark_levels();
// One line; cleaned of control and direction characters. Never pass a secret. Thread-safe.
void write(Level level, std::string_view line);

// The lines of one plugin in one call, each with its name. So much of them is written that a flood buries nothing and fills no disk: as
// whoever looks for less than everything wants to read a few lines. Not thread-safe.
class Voice {
 public:
  explicit Voice(std::string name) : name_(std::move(name)) {}
  ~Voice();  // says how many were left out
  Voice(const Voice&) = delete;
  Voice& operator=(const Voice&) = delete;
  void write(Level level, std::string_view line);

 private:
  const std::string name_;
  std::size_t written_ = 0;  // bytes
  std::size_t left_out_ = 0;
  Level gravest_ = Level::debug;  // of what was left out
};

}  // namespace authhost::log
