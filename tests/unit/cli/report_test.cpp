#include "cli/report.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace authhost;
using namespace authhost::cli;

TEST_CASE("every status but ok has a hint of its own") {
  std::vector<std::string_view> hints;
  for (const auto status : kAllStatuses) {
    INFO(status_name(status));
    const auto hint = default_hint(status);
    CHECK(hint.empty() == (status == Status::ok));
    CHECK(std::count(hints.begin(), hints.end(), hint) == 0);
    hints.push_back(hint);
  }
}

TEST_CASE("a text error is one authhost line and one hint line, whatever is in it") {
  for (const auto status : kAllStatuses) {
    if (status == Status::ok) continue;
    for (const std::string message : {"plain", "two\nlines\r\n", "", "\x1b[31mred \xe2\x80\xae turned \xff"}) {
      const auto text = error_text({status, message, ""}, Output::text);
      INFO(text);
      CHECK(std::count(text.begin(), text.end(), '\n') == 2);
      CHECK(text.starts_with("authhost: "));
      CHECK(text.find("\nhint: ") != std::string::npos);
      CHECK(text.find('\x1b') == std::string::npos);
      CHECK(text.find("\xe2\x80\xae") == std::string::npos);
      CHECK(text.find("hint: \n") == std::string::npos);
    }
  }
}

TEST_CASE("an error's own hint comes before the general one") {
  CHECK(error_text({Status::denied, "a: b", "do c"}, Output::text) == "authhost: a: b\nhint: do c\n");
}

TEST_CASE("a JSON error has status, message and hint") {
  CHECK(error_text({Status::invalid_grant, "say \"x\"", ""}, Output::json) ==
        "{\"error\":{\"status\":\"invalid-grant\",\"message\":\"say \\\"x\\\"\",\"hint\":\"run `authhost login`\"}}\n");
}

TEST_CASE("stderr stays under 4 KiB however much went wrong") {
  const std::string much(100'000, '"');
  const std::vector<std::string> warnings(1000, much);
  for (const auto output : {Output::text, Output::json}) {
    CHECK(error_text({Status::internal, much, much}, output).size() <= 4096);
    CHECK(warnings_text(warnings, output).size() <= 4096);
  }
}

TEST_CASE("too many warnings end in a count of the rest") {
  const auto text = warnings_text(std::vector<std::string>(7, "w"), Output::text);
  CHECK(text.find("warning: 3 more warnings") != std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 5);
  CHECK(warnings_text({}, Output::text).empty());
}

TEST_CASE("colours stand around whole lines of text, never in JSON") {
  const Error error{Status::denied, "a: b", "do c"};
  CHECK(error_text(error, Output::text, true) == "\x1b[31mauthhost: a: b\x1b[0m\n\x1b[36mhint: do c\x1b[0m\n");
  CHECK(error_text(error, Output::json, true) == error_text(error, Output::json));
  CHECK(warnings_text({"w"}, Output::text, true) == "\x1b[33mwarning: w\x1b[0m\n");
}
