#include "output.hpp"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

namespace authhost::cli {

Result<void> print(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      return Error{Status::internal, std::string("writing the result to stdout: ") + std::strerror(errno),
                   "check what stdout is connected to"};
    }
  }
  return {};
}

std::string json_string(std::string_view text) {
  std::string out;
  out.reserve(2 * text.size() + 2);  // a token in one buffer, which its caller wipes: visible ASCII doubles at most
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out += '"';
}

std::string rfc3339(std::int64_t unix_ms) {
  // Not gmtime(3): it reads the zone file first, which costs more than all the rest of printing a cached token.
  using namespace std::chrono;
  const sys_seconds time{floor<seconds>(milliseconds{unix_ms})};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const auto rest = time - day;
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(rest / hours{1}), static_cast<int>(rest % hours{1} / minutes{1}),
                static_cast<int>(rest % minutes{1} / seconds{1}));
  return text;
}

}  // namespace authhost::cli
