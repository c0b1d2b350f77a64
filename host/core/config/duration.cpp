#include "core/config/duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>

namespace authhost {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array<Unit, 4> kUnits{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::int64_t kLongest = 100LL * 366 * 24 * 3'600'000;

Error bad_duration(std::string why) {
  return {Status::usage, std::move(why), "write a duration like \"60s\", \"5m\", \"1h30m\" or \"250ms\""};
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text.empty()) return bad_duration("the duration is empty");
  std::int64_t total = 0;
  std::size_t next_unit = 0;  // units must come in the order of kUnits
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  while (at != end) {
    std::int64_t number = 0;
    const auto [after, error] = std::from_chars(at, end, number);
    if (error == std::errc::result_out_of_range) return bad_duration("the duration is too long");
    if (error != std::errc{} || *at == '-') return bad_duration("the duration does not consist of numbers with a unit");
    const char* unit_end = after;
    while (unit_end != end && (*unit_end < '0' || *unit_end > '9')) ++unit_end;
    const std::string_view name(after, static_cast<std::size_t>(unit_end - after));
    if (name.empty()) return bad_duration("the duration has no unit");
    std::size_t unit = next_unit;
    while (unit < kUnits.size() && kUnits[unit].name != name) ++unit;
    if (unit == kUnits.size()) return bad_duration("the duration has an unknown, repeated or misplaced unit");
    if (number > kLongest / kUnits[unit].milliseconds) return bad_duration("the duration is too long");
    total += number * kUnits[unit].milliseconds;
    if (total > kLongest) return bad_duration("the duration is too long");
    next_unit = unit + 1;
    at = unit_end;
  }
  return std::chrono::milliseconds{total};
}

std::string format_duration(std::chrono::milliseconds duration) {
  std::int64_t left = duration.count();
  std::string text;
  for (const auto& unit : kUnits) {
    if (left < unit.milliseconds) continue;
    text += std::to_string(left / unit.milliseconds);
    text += unit.name;
    left %= unit.milliseconds;
  }
  return text.empty() ? "0s" : text;
}

}  // namespace authhost
