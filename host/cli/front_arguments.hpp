// The arguments that the fast path understands: a strict subset of those of the full program.
#pragma once

#include "output.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace authhost::cli {

struct FrontArguments {
  bool header = false;  // `header`, else `token`
  std::optional<std::string> config;
  std::optional<std::string> profile;
  Output output = Output::text;
  std::chrono::milliseconds min_ttl{0};
};

// none: there is something that is not known here exactly, so the full program has to look at it.
std::optional<FrontArguments> parse_front_arguments(int argc, const char* const* argv);

}  // namespace authhost::cli
