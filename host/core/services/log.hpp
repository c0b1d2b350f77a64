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

// The lines of one plugin in one call, each with its name. So many of them are written that a flood buries nothing and fills no disk; what
// is told for information takes no room from errors and warnings. In a program whose log another one reads, that one sees to it. Not
// thread-safe.
class Voice {
 public:
  explicit Voice(std::string name) : name_(std::move(name)) {}
  ~Voice();  // says how many were left out
  Voice(const Voice&) = delete;
  Voice& operator=(const Voice&) = delete;
  // Whether the next line of this level would be written; if not, it is left out.
  bool takes(Level level);
  // A line that takes() was asked about. Cut to what there is room for.
  void write(Level level, std::string_view line);

 private:
  struct Room {
    std::size_t written = 0;  // bytes
    std::size_t left_out = 0;
    Level gravest = Level::debug;  // of what was left out
  };
  Room& room_for(Level level) { return level <= Level::warn ? grave_ : other_; }

  const std::string name_;
  Room grave_;
  Room other_;
};

}  // namespace authhost::log
