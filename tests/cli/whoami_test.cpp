#include "harness.hpp"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

using namespace authhost::test;
using nlohmann::json;

namespace {

void log_in(const Cli& cli) {
  provider().control({{"device", {{"auto", "approve"}}}});
  REQUIRE(cli.run({"login"}, {.terminal = Terminal::person}).status == 0);
  provider().clear_log();
}

}  // namespace

TEST_CASE("whoami prints what the userinfo endpoint says, the names that matter first") {
  const TempHome home;
  const Cli cli(home);
  home.write_config(device_profile().toml());
  provider().control({{"person", {{"preferred_username", "al"}, {"groups", {"dev", "ops"}}, {"age", 7}}}});
  log_in(cli);
  const auto done = cli.run({"whoami"});
  CHECK(done.status == 0);
  CHECK(done.err.empty());
  CHECK(done.out ==
        "sub                 alice\n"
        "name                Alice Example\n"
        "preferred_username  al\n"
        "email               alice@example.com\n"
        "age                 7\n"
        "groups              dev, ops\n");
  const auto asked = provider().log("/userinfo");
  REQUIRE(asked.size() == 1);
  CHECK(asked[0]["method"] == "GET");
  CHECK(asked[0]["headers"]["authorization"].get<std::string>().substr(0, 7) == "Bearer ");
  CHECK(provider().count("/token") == 0);
  const auto object = cli.run({"--output", "json", "whoami"});
  CHECK(json::parse(object.out) == json{{"sub", "alice"}, {"name", "Alice Example"}, {"preferred_username", "al"},
                                        {"email", "alice@example.com"}, {"age", 7}, {"groups", {"dev", "ops"}}});
  CHECK(object.out.find("{\"sub\":\"alice\",\"name\"") == 0);
}

TEST_CASE("whoami needs no login before where no person is needed") {
  const TempHome home;
  home.write_config(service_profile().toml());
  const auto done = Cli(home).run({"whoami"}, {.env = {kSecret}});
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(done.out.find("sub ") == 0);
  CHECK(provider().count("/token") == 1);
}

TEST_CASE("whoami without a login, and nobody to ask, is 4") {
  const TempHome home;
  home.write_config(device_profile().toml());
  const auto done = Cli(home).run({"whoami"});
  CHECK(done.status == 4);
  CHECK(said(done).message == "no credentials for 'demo': a person has to log in");
}

TEST_CASE("O59 a token that the userinfo endpoint rejects is refreshed once, and asked about once more") {
  const TempHome home;
  const Cli cli(home);
  home.write_config(device_profile().toml());
  log_in(cli);
  provider().control({{"expire_access_tokens", true}});
  const auto done = cli.run({"whoami"});
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(provider().count("/token") == 1);
  CHECK(provider().count("/userinfo") == 2);
}

TEST_CASE("O59 a token that is rejected again ends with 5, after one refresh") {
  const TempHome home;
  const Cli cli(home);
  home.write_config(device_profile().toml());
  log_in(cli);
  provider().control({{"userinfo", {{"status", 401}, {"json", json::object()}}}});
  const auto done = cli.run({"whoami"});
  CHECK(done.status == 5);
  CHECK(said(done).message.find(provider().url("/userinfo") + " rejects the token") == 0);
  CHECK(done.out.empty());
  CHECK(provider().count("/token") == 1);
  CHECK(provider().count("/userinfo") == 2);
}

TEST_CASE("whoami says that the claims are those of the kept ID token where no userinfo endpoint is known") {
  const TempHome home;
  const Cli cli(home);
  home.write_config(device_profile().toml());
  provider().control({{"discovery", {{"omit", {"userinfo_endpoint"}}}}});
  log_in(cli);
  const auto done = cli.run({"whoami"});
  CHECK(done.status == 0);
  CHECK(done.out.find("sub  ") == 0);
  CHECK(done.out.find(" alice\n") != std::string::npos);
  CHECK(done.out.find("\niss ") != std::string::npos);
  CHECK(done.err.find("warning: these are the claims of the ID token as the login brought it") == 0);
  CHECK(provider().count("/userinfo") == 0);
}

TEST_CASE("whoami says why nobody can be named") {
  const TempHome home;
  home.write_config(command_profile(R"(["echo", "t"])").toml());
  const auto done = Cli(home).run({"whoami"});
  CHECK(done.status == 3);
  CHECK(said(done).message ==
        "nobody can be named: no userinfo endpoint is known, and the login brought no ID token");
  CHECK(said(done).hint == "set discovery in the profile, and \"openid\" among its scopes, if the token is a person's");
}

TEST_CASE("an answer about another person than the one who logged in is refused") {
  const TempHome home;
  const Cli cli(home);
  home.write_config(device_profile().toml());
  log_in(cli);
  provider().control({{"userinfo", {{"set", {{"sub", "mallory"}}}}}});
  const auto done = cli.run({"whoami"});
  CHECK(done.status == 7);
  CHECK(said(done).message.find("speaks of \"mallory\", and the login was that of \"alice\"") != std::string::npos);
  CHECK(done.out.empty());
}

TEST_CASE("O44 claims are printed without control or direction characters, in JSON as they are") {
  const TempHome home;
  const Cli cli(home);
  home.write_config(device_profile().toml());
  log_in(cli);
  provider().control({{"userinfo", {{"set", {{"name", "A\x1b[31m\nB\xE2\x80\xAE"}, {"x\ny", "z"}}}}}});
  const auto done = cli.run({"whoami"});
  CHECK(done.status == 0);
  CHECK(done.out.find("\x1b") == std::string::npos);
  CHECK(done.out.find("\xE2\x80\xAE") == std::string::npos);
  CHECK(std::count(done.out.begin(), done.out.end(), '\n') == 4);
  const auto object = cli.run({"--output", "json", "whoami"});
  CHECK(json::parse(object.out)["name"] == "A\x1b[31m\nB\xE2\x80\xAE");
  CHECK(std::count(object.out.begin(), object.out.end(), '\n') == 1);
}

TEST_CASE("a userinfo endpoint in trouble has the exit status of its trouble") {
  const TempHome home;
  const Cli cli(home);
  home.write_config(device_profile().toml());
  log_in(cli);
  const auto with = [&](const json& fault) {
    provider().control({{"userinfo", fault}});
    const auto done = cli.run({"whoami"});
    CHECK(done.out.empty());
    CHECK(said(done).message.find(provider().url("/userinfo")) != std::string::npos);
    return done.status;
  };
  CHECK(with({{"status", 503}}) == 6);
  CHECK(with({{"status", 403}, {"json", json::object()}}) == 5);
  CHECK(with({{"body", "[]"}}) == 7);
  CHECK(with({{"body", "<html>Sign in</html>"}, {"content_type", "text/html"}}) == 7);
  CHECK(with({{"redirect", provider().url("/api")}}) == 7);
}
