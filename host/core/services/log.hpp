// Log: lines for whoever runs the program, on stderr, quiet unless asked for.
#pragma once

#include <memory>
#include <string_view>

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

}  // namespace authhost::log
