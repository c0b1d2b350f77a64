#include "core/config/duration.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using authhost::format_duration;
using authhost::parse_duration;

TEST_CASE("a duration is numbers with units, the largest first") {
  CHECK(*parse_duration("60s") == 60s);
  CHECK(*parse_duration("5m") == 5min);
  CHECK(*parse_duration("1h30m") == 90min);
  CHECK(*parse_duration("250ms") == 250ms);
  CHECK(*parse_duration("1h1m1s1ms") == 3'661'001ms);
  CHECK(*parse_duration("0s") == 0ms);
}

TEST_CASE("a duration that could be misread is refused with an example of a good one") {
  for (const char* text : {"",
                           "60",
                           "s",
                           "-5s",
                           "+5s",
                           "1.5h",
                           "5 m",
                           " 5m",
                           "5m ",
                           "5x",
                           "5m1h",
                           "5s5s",
                           "1ms1s",
                           "5min",
                           "5M",
                           "99999999999999999999s",
                           "9223372036854775807h",
                           "1000000h",
                           "1h\n",
                           "٣s"}) {
    INFO(text);
    const auto parsed = parse_duration(text);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.status() == authhost::Status::usage);
    CHECK(parsed.error().hint.find("\"60s\"") != std::string::npos);
  }
  CHECK_FALSE(parse_duration(std::string_view("5s\0", 3)).ok());
}

TEST_CASE("a formatted duration reads back as the same") {
  CHECK(format_duration(0ms) == "0s");
  CHECK(format_duration(90s) == "1m30s");
  for (const auto duration : {1ms, 999ms, 60'000ms, 3'600'000ms, 3'661'001ms, 86'400'000ms}) {
    CHECK(*parse_duration(format_duration(duration)) == duration);
  }
}
