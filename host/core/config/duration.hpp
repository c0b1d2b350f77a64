// Durations as people write them: "60s", "5m", "1h30m", "250ms".
#pragma once

#include <authhost/result.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace authhost {

// Whole numbers with a unit (h, m, s, ms), largest unit first, each at most once. At most 100 years. USAGE otherwise; a
// caller that read the text from a file says so itself.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

// The shortest text that parse_duration reads back as the same: 90'000 ms is "1m30s".
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace authhost
