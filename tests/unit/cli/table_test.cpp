#include "cli/app.hpp"
#include "cli/table.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace authhost::cli;
using namespace std::chrono_literals;

TEST_CASE("a table lines its columns up, by characters and not by bytes") {
  CHECK(table_text({{"A", "B"}, {"é", "2"}, {"long", ""}}) == "A     B\né     2\nlong  -\n");
}

TEST_CASE("a cell cannot start a line or an escape sequence") {
  const auto text = table_text({{"A"}, {"x\ny\x1b[2J"}});
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
}

TEST_CASE("durations are told in their two largest units") {
  CHECK(duration_text(-5s) == "0s");
  CHECK(duration_text(12s) == "12s");
  CHECK(duration_text(59min + 59s) == "59m");
  CHECK(duration_text(2h + 5min) == "2h 5m");
  CHECK(duration_text(2h) == "2h");
  CHECK(duration_text(73h) == "3d 1h");
}

TEST_CASE("a note goes below its row and widens no column") {
  CHECK(table_text({{"A", "B"}, {"1", "2"}}, {"", "  a long note\n"}) == "A  B\n1  2\n  a long note\n");
}

TEST_CASE("a sentence is broken between words, and not at all where no width is known") {
  CHECK(wrapped("one two three", 2, 9) == "  one two\n  three\n");
  CHECK(wrapped("one longer-than-that é", 2, 9) == "  one\n  longer-than-that\n  é\n");
  CHECK(wrapped("one two three", 2, 0) == "  one two three\n");
}
