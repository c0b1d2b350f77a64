// Results on stdout. Light: the path of a cached token uses it too.
#pragma once

#include <authhost/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace authhost::cli {

enum class Output { text, json };

// Writes everything to stdout. INTERNAL: it could not (a full disk, a closed pipe).
Result<void> print(std::string_view text);

// A JSON string, quotes included. `text` is valid UTF-8; control characters are escaped.
std::string json_string(std::string_view text);

// "2026-11-24T09:30:00Z": RFC 3339, UTC, whole seconds, rounded down. Milliseconds since the Unix epoch.
std::string rfc3339(std::int64_t unix_ms);

}  // namespace authhost::cli
