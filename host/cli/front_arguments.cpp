#include "front_arguments.hpp"

#include "core/config/duration.hpp"

#include <string_view>

namespace authhost::cli {

std::optional<FrontArguments> parse_front_arguments(int argc, const char* const* argv) {
  FrontArguments result;
  std::optional<std::string_view> verb;
  std::optional<std::string_view> output;
  std::optional<std::string_view> min_ttl;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    // Options with a value, in the two spellings of the full program. Said twice is for the full program to refuse.
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    const bool has_value = name == "--config" || name == "--profile" || name == "--output" || name == "--min-ttl";
    if (has_value) {
      if (equals == std::string_view::npos && ++i == argc) return std::nullopt;
      const std::string_view value = equals == std::string_view::npos ? argv[i] : word.substr(equals + 1);
      if (value.empty() || value.front() == '-') return std::nullopt;
      if (name == "--config" && !result.config) result.config = value;
      else if (name == "--profile" && !result.profile) result.profile = value;
      else if (name == "--output" && !output) output = value;
      else if (name == "--min-ttl" && !min_ttl && verb == "token") min_ttl = value;
      else return std::nullopt;
    } else if (!verb && (word == "token" || word == "header")) {
      verb = word;
    } else if (word != "--no-interactive") {
      return std::nullopt;
    }
  }
  if (!verb) return std::nullopt;
  result.header = *verb == "header";
  if (output) {
    if (*output != "text" && *output != "json") return std::nullopt;
    result.output = *output == "json" ? Output::json : Output::text;
  }
  if (min_ttl) {
    const auto duration = parse_duration(*min_ttl);
    if (!duration) return std::nullopt;
    result.min_ttl = *duration;
  }
  return result;
}

}  // namespace authhost::cli
