// The command line, parsed.
#pragma once

#include "output.hpp"

#include <authhost/result.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace authhost::cli {

enum class Color { automatic, always, never };

struct Arguments {
  std::optional<std::string> config;
  std::optional<std::string> profile;
  bool no_interactive = false;
  Output output = Output::text;
  Color color = Color::automatic;
  int verbosity = 0;

  std::string verb;  // e.g. "token", "config show"
  bool force = false;
  bool all = false;
  bool refresh = false;
  bool explain = false;
  std::chrono::milliseconds min_ttl{0};
  std::string plugin;
  std::string check_profile;       // a file
  std::vector<std::string> cases;  // of `plugin check`
  bool list = false;
  std::string folder;  // of `plugin new`
  std::string id;
  std::string language = "cpp";
  bool check = false;
  std::string shell;
  std::string complete;  // "profiles", "plugins"
};

// Text to print instead of running a verb: --help, --version.
struct Notice {
  std::string text;
};

using Parsed = std::variant<Arguments, Notice>;

// USAGE says which word was not understood, with "did you mean".
Result<Parsed> parse_arguments(int argc, const char* const* argv);

// What the words ask for, for the errors of words that do not parse.
Output output_asked_for(int argc, const char* const* argv);
Color color_asked_for(int argc, const char* const* argv);

// Whether stderr gets colours: as asked for, else where it is a terminal that has them and NO_COLOR is not set.
bool colored(Color color);

std::string version_line();

}  // namespace authhost::cli
