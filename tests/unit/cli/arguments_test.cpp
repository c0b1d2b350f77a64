#include "cli/arguments.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace authhost;
using namespace authhost::cli;

namespace {

Result<Parsed> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "authhost");
  return parse_arguments(static_cast<int>(words.size()), words.data());
}

}  // namespace

TEST_CASE("common options may stand before and after the verb") {
  for (const auto& words : {std::vector<const char*>{"--profile", "p", "-vv", "config", "show", "--explain"},
                            std::vector<const char*>{"config", "show", "--explain", "--profile", "p", "-v", "-v"}}) {
    const auto parsed = parse(words);
    REQUIRE(parsed);
    const auto& arguments = std::get<Arguments>(*parsed);
    CHECK(arguments.verb == "config show");
    CHECK(arguments.profile == "p");
    CHECK(arguments.verbosity == 2);
    CHECK(arguments.explain);
  }
}

TEST_CASE("a misspelt verb or option is a usage error with did you mean") {
  const auto verb = parse({"tokne"});
  REQUIRE(verb.status() == Status::usage);
  CHECK(verb.error().message == "reading the command line: unknown verb `tokne`");
  CHECK(verb.error().hint == "did you mean `token`?");
  const auto option = parse({"token", "--min-tl=5s"});
  REQUIRE(option.status() == Status::usage);
  CHECK(option.error().message == "reading the command line: unknown option `--min-tl`");
  CHECK(option.error().hint == "did you mean `--min-ttl`?");
  const auto inner = parse({"config", "chek"});
  REQUIRE(inner.status() == Status::usage);
  CHECK(inner.error().hint == "did you mean `check`?");
}

TEST_CASE("words that make no sense are usage errors") {
  using Words = std::vector<const char*>;
  for (const auto& words : {Words{}, Words{"config"}, Words{"plugin", "inspect"}, Words{"completion", "tcsh"},
                            Words{"--output", "xml", "token"}, Words{"token", "--min-ttl", "soon"}, Words{"token", "extra"},
                            Words{"login", "--refresh"}, Words{"--profile"}, Words{"token", "header"}}) {
    const auto parsed = parse(words);
    CHECK(parsed.status() == Status::usage);
  }
}

TEST_CASE("help names exactly the verbs that there are") {
  const auto parsed = parse({"--help"});
  REQUIRE(parsed);
  const auto& text = std::get<Notice>(*parsed).text;
  for (const char* verb : {"login", "token", "header", "status", "logout", "plugin", "config", "completion", "version"}) {
    CHECK(text.find("\n  " + std::string(verb) + " ") != std::string::npos);
  }
}

TEST_CASE("errors of words that do not parse are JSON where JSON was asked for") {
  const char* words[] = {"authhost", "--output", "json", "tokne"};
  CHECK(output_asked_for(4, words) == Output::json);
  CHECK(output_asked_for(2, words) == Output::text);
}
