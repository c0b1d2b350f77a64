#include "harness.hpp"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

using namespace authhost::test;
using nlohmann::json;

TEST_CASE("token prints the token and a newline, nothing else, and asks the server once") {
  const TempHome home;
  const Cli cli(home);
  home.write_config(service_profile().toml());
  const auto first = cli.run({"token"}, {.env = {kSecret}});
  REQUIRE(first.status == 0);
  CHECK(first.err.empty());
  CHECK(first.out.starts_with("access-"));
  CHECK(first.out.find('\n') == first.out.size() - 1);
  CHECK(provider().api_status(first.out.substr(0, first.out.size() - 1)) == 200);
  const auto second = cli.run({"token"}, {.env = {kSecret}});
  CHECK(second.out == first.out);
  CHECK(provider().count("/token") == 1);
}

TEST_CASE("a cached token is printed the same as a fetched one, in both forms") {
  const TempHome home;
  const Cli cli(home);
  home.write_config(service_profile().toml());
  REQUIRE(cli.run({"token"}, {.env = {kSecret}}).status == 0);
  for (const auto& words : {std::vector<std::string>{"token"}, {"token", "--output", "json"}, {"header"}, {"header", "--output=json"}}) {
    INFO(words[0]);
    const auto front = cli.run(words);
    auto slow = words;
    slow.push_back("-v");  // which the front leaves to the full program
    const auto full = cli.run(slow, {.env = {kSecret}});
    CHECK(front.status == 0);
    CHECK(front.out == full.out);
  }
  CHECK(provider().count("/token") == 1);
}

TEST_CASE("the JSON of a token has its six members") {
  const TempHome home;
  home.write_config(command_profile(R"(["echo", "my_custom_access_token_from_command"])").toml());
  const auto done = Cli(home).run({"--output", "json", "token"});
  REQUIRE(done.status == 0);
  const auto token = json::parse(done.out);
  CHECK(token.size() == 6);
  CHECK(token["access_token"] == "my_custom_access_token_from_command");
  CHECK(token["token_type"] == "Bearer");
  CHECK(token["header_key"] == "authorization");
  CHECK(token["scopes"].is_array());
  CHECK(token["id"] == "699d5ea47e2c6455de798ecc707562b7");
  const auto until = token["expires_at"].get<std::string>();
  CHECK(until.size() == 20);
  CHECK(until[10] == 'T');
  CHECK(until.back() == 'Z');
}

TEST_CASE("header prints the configured header") {
  const TempHome home;
  auto profile = command_profile(R"(["echo", "t0k3n"])");
  profile.client = "header_key = \"flyte-authorization\"\n";
  home.write_config(profile.toml());
  CHECK(Cli(home).run({"header"}).out == "flyte-authorization: Bearer t0k3n\n");
  CHECK(Cli(home).run({"header"}).out == "flyte-authorization: Bearer t0k3n\n");
}

TEST_CASE("the flag --min-ttl and --refresh ask the server: a token that lives long enough does not") {
  const TempHome home;
  const Cli cli(home);
  home.write_config(service_profile().toml());  // tokens live 300 s
  const RunOptions options{.env = {kSecret}};
  const auto first = cli.run({"token"}, options).out;
  CHECK(cli.run({"token", "--min-ttl", "60s"}, options).out == first);
  CHECK(provider().count("/token") == 1);
  CHECK(cli.run({"token", "--min-ttl", "300s"}, options).out != first);
  CHECK(provider().count("/token") == 2);
  const auto third = cli.run({"token"}, options).out;
  CHECK(cli.run({"token", "--refresh"}, options).out != third);
  CHECK(provider().count("/token") == 3);
}

TEST_CASE("runtime_cache = false leaves no access token in clear and still finds the stored one") {
  const TempHome home;
  const Cli cli(home);
  auto profile = service_profile();
  profile.profile = "runtime_cache = false\n";
  home.write_config(profile.toml());
  const auto first = cli.run({"token"}, {.env = {kSecret}}).out;
  REQUIRE(first.starts_with("access-"));
  CHECK(home.files_with(first.substr(0, first.size() - 1)).empty());
  CHECK(cli.run({"token"}).out == first);
}

TEST_CASE("a result that cannot be written is an error, from the cache too") {
  const TempHome home;
  home.write_config(service_profile().toml());
  REQUIRE(Cli(home).run({"token"}, {.env = {kSecret}}).status == 0);
  for (const char* words : {" token > /dev/full", " token -v > /dev/full", " token >&-"}) {
    INFO(words);
    Child child({.argv = {"sh", "-c", "exec " + Cli::program() + words}, .env = home.env()});
    const auto done = child.wait();
    CHECK(done.status == 1);
    CHECK(said(done).message.starts_with("writing the result to stdout: "));
  }
}

TEST_CASE("errors are JSON objects on stderr where JSON is asked for") {
  const TempHome home;
  home.write_config(device_profile().toml());
  const auto done = Cli(home).run({"--output", "json", "token"});
  CHECK(done.status == 4);
  CHECK(done.out.empty());
  const auto error = json::parse(done.err);
  CHECK(error.size() == 1);
  CHECK(error["error"].size() == 3);
  CHECK(error["error"]["status"] == "interaction-required");
  CHECK(error["error"]["message"].get<std::string>().size() > 10);
  CHECK(error["error"]["hint"].get<std::string>().size() > 10);
}

TEST_CASE("a secret written into the configuration earns a warning beside the token") {
  const TempHome home;
  auto profile = service_profile();
  profile.settings = "client_secret = \"demo-secret\"\n";
  home.write_config(profile.toml());
  for (int run = 0; run < 2; ++run) {
    const auto done = Cli(home).run({"token"});
    CHECK(done.status == 0);
    CHECK(done.err.starts_with("warning: "));
    CHECK(done.err.find("client_secret_env") != std::string::npos);
    CHECK(done.err.find("demo-secret") == std::string::npos);
  }
}
