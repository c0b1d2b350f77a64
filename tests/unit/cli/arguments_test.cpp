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
  for (const auto& words : {Words{}, Words{"config"}, Words{"plugin", "inspect"}, Words{"plugin", "pin"}, Words{"plugin", "new", "x"},
                            Words{"plugin", "new", "--id", "com.example.x"}, Words{"plugin", "new", "x", "--id", "com.example.x", "--lang", "rust"}, Words{"completion", "tcsh"},
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
  for (const char* verb : {"login", "token", "header", "status", "logout", "whoami", "plugin", "config", "completion", "help", "version"}) {
    CHECK(text.find("\n  " + std::string(verb) + " ") != std::string::npos);
  }
}

TEST_CASE("errors of words that do not parse are JSON where JSON was asked for") {
  const char* words[] = {"authhost", "--output", "json", "tokne"};
  CHECK(output_asked_for(4, words) == Output::json);
  CHECK(output_asked_for(2, words) == Output::text);
}

TEST_CASE("an option that other programs have is answered with ours") {
  CHECK(parse({"status", "--json"}).error().hint == "did you mean `--output json`?");
  CHECK(parse({"status", "--verbose"}).error().hint == "did you mean `-v`?");
}

TEST_CASE("the known options are named once each, the short ones too") {
  const auto hint = parse({"status", "--frobnicate"}).error().hint;
  CHECK(hint == "known ones: --help, --all, --version, --config, --profile, --no-interactive, --output, --color, -v");
}

TEST_CASE("help is named for the whole command and points to the common options") {
  for (const auto& words : {std::vector<const char*>{"config", "check", "--help"}, {"help", "config", "check"}}) {
    const auto parsed = parse(words);
    REQUIRE(parsed);
    const auto& text = std::get<Notice>(*parsed).text;
    CHECK(text.find("Usage: authhost config check [OPTIONS]\n") != std::string::npos);
    CHECK(text.find("--config FILE, --profile NAME") != std::string::npos);
  }
  CHECK(std::get<Notice>(*parse({"help"})).text == std::get<Notice>(*parse({"--help"})).text);
  CHECK(parse({"help", "tokn"}).error().hint == "did you mean `token`?");
}

TEST_CASE("help speaks of verbs, and hides the one that only completions use") {
  const auto parsed = parse({"--help"});
  REQUIRE(parsed);
  const auto& text = std::get<Notice>(*parsed).text;
  CHECK(text.find("SUBCOMMAND") == std::string::npos);
  CHECK(text.find("ubcommand") == std::string::npos);
  CHECK(text.find("names for the completions") == std::string::npos);
}

TEST_CASE("what is missing is named, with an example") {
  const auto plugin = parse({"plugin", "inspect"});
  CHECK(plugin.error().message.find("name a plugin") != std::string::npos);
  CHECK(plugin.error().hint.find("authhost plugin inspect pkce") != std::string::npos);
  CHECK(parse({"plugin", "new"}).error().hint == "for example: authhost plugin new corp-sso --id com.example.corp-sso");
  CHECK(parse({"plugin", "pin"}).error().message.find("name a plugin") != std::string::npos);
  CHECK(parse({"completion"}).error().hint == "for example: authhost completion bash");
  CHECK(parse({"--profile"}).error().message == "reading the command line: --profile needs a NAME");
}
