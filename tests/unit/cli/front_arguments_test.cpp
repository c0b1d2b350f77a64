#include "cli/front_arguments.hpp"

#include "cli/arguments.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace authhost;
using namespace authhost::cli;

namespace {

using Words = std::vector<const char*>;

Words line(Words words) {
  words.insert(words.begin(), "authhost");
  return words;
}

}  // namespace

TEST_CASE("what the fast path takes, the full program takes the same way") {
  const std::vector<Words> lines = {
      {"token"}, {"header"}, {"--config", "f", "token"}, {"token", "--config=f"}, {"token", "--profile", "p"},
      {"--output=json", "--no-interactive", "token", "--min-ttl", "5m"}, {"header", "--output", "json"},
      {"token", "--min-ttl=1h30m", "--output", "text"}};
  for (const auto& words : lines) {
    const auto all = line(words);
    const auto count = static_cast<int>(all.size());
    const auto fast = parse_front_arguments(count, all.data());
    REQUIRE(fast);
    const auto full = parse_arguments(count, all.data());
    REQUIRE(full);
    const auto& arguments = std::get<Arguments>(*full);
    CHECK(arguments.verb == (fast->header ? "header" : "token"));
    CHECK(arguments.config == fast->config);
    CHECK(arguments.profile == fast->profile);
    CHECK(arguments.output == fast->output);
    CHECK(arguments.min_ttl == fast->min_ttl);
  }
}

TEST_CASE("what the fast path does not know exactly is left to the full program") {
  const std::vector<Words> lines = {
      {}, {"status"}, {"token", "--refresh"}, {"token", "-v"}, {"token", "--help"}, {"token", "token"}, {"token", "x"},
      {"--config"}, {"--config", "", "token"}, {"--config", "a", "--config", "b", "token"}, {"token", "--output", "xml"},
      {"token", "--min-ttl", "5"}, {"token", "--min-ttl", "-5s"}, {"--min-ttl", "5s", "token"}, {"header", "--min-ttl", "5s"},
      {"token", "--"}, {"token", "--conf", "f"}, {"--version"}, {"token", "--config", "--profile"}};
  for (const auto& words : lines) {
    const auto all = line(words);
    INFO(words.size() << " words");
    CHECK_FALSE(parse_front_arguments(static_cast<int>(all.size()), all.data()));
  }
}
