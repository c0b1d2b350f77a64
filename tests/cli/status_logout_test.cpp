#include "harness.hpp"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

using namespace authhost::test;
using nlohmann::json;

TEST_CASE("status reads only: it makes no file, asks nobody and no server") {
  const TempHome home;
  home.write_config(device_profile().toml());
  const auto before = home.files();
  const auto done = Cli(home).run({"status"}, {.terminal = Terminal::person});
  CHECK(done.status == 0);
  CHECK(done.err.empty());
  CHECK(done.out == "PROFILE  ENDPOINT        AUTHENTICATOR  STORE  STATE  EXPIRES IN\n"
                    "demo     127.0.0.1:8090  device_code    file   none   -\n");
  CHECK(home.files() == before);
  CHECK(provider().log().empty());
}

TEST_CASE("status --all has a row for each profile, in JSON an object") {
  const TempHome home;
  auto command = command_profile(R"(["echo", "t"])");
  command.name = "other";
  home.write_config("default_profile = \"demo\"\n" + device_profile().toml() + command.toml());
  REQUIRE(Cli(home).run({"--profile", "other", "token"}).status == 0);
  const auto done = Cli(home).run({"--output", "json", "status", "--all"});
  REQUIRE(done.status == 0);
  const auto rows = json::parse(done.out);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0]["profile"] == "demo");
  CHECK(rows[0]["state"] == "none");
  CHECK(rows[0]["expires_at"].is_null());
  CHECK(rows[1]["profile"] == "other");
  CHECK(rows[1]["state"] == "valid");
  CHECK(rows[1]["store"] == "file");
  CHECK(rows[1]["expires_in_s"].get<int>() <= 300);
}

TEST_CASE("one profile in trouble does not hide the others, and its status is the exit status") {
  const TempHome home;
  auto broken = command_profile(R"(["echo", "t"])");
  broken.name = "broken";
  broken.authenticator = "nonesuch";
  home.write_config(broken.toml() + command_profile(R"(["echo", "t"])").toml());
  const auto done = Cli(home).run({"status", "--all"});
  CHECK(done.status == 9);
  CHECK(said(done).message.find("broken") != std::string::npos);
  CHECK(done.out.find("\ndemo ") != std::string::npos);
}

TEST_CASE("logout revokes the refresh token and deletes, and a second one is content") {
  const TempHome home;
  const Cli cli(home);
  home.write_config(device_profile().toml());
  provider().control({{"device", {{"auto", "approve"}}}});
  REQUIRE(cli.run({"login"}, {.terminal = Terminal::person}).status == 0);
  const auto done = cli.run({"logout"});
  CHECK(done.status == 0);
  CHECK(done.out == "demo: logged out\n");
  CHECK(provider().count("/revoke") == 1);
  CHECK(cli.run({"token"}).status == 4);
  CHECK(cli.run({"logout"}).out == "demo: there was no login\n");
}

TEST_CASE("a logout that could tell nobody does not say that it revoked") {
  const TempHome home;
  const Cli cli(home);
  home.write_config(command_profile(R"(["echo", "t"])").toml());
  for (const bool as_json : {false, true}) {
    REQUIRE(cli.run({"token"}).status == 0);
    const auto done = as_json ? cli.run({"--output", "json", "logout"}) : cli.run({"logout"});
    CHECK(done.status == 0);
    if (as_json) CHECK(json::parse(done.out)[0]["revoked"] == false);
    else CHECK(done.out.find("demo: logged out here; the server was not told") == 0);
  }
}

TEST_CASE("O64 logout deletes here although the server cannot be told, and ends with 6") {
  const TempHome home;
  const Cli cli(home);
  home.write_config(device_profile().toml());
  provider().control({{"device", {{"auto", "approve"}}}});
  REQUIRE(cli.run({"login"}, {.terminal = Terminal::person}).status == 0);
  provider().control({{"revoke", {{"status", 500}, {"body", "no"}}}});
  const auto done = cli.run({"logout"});
  CHECK(done.status == 6);
  CHECK(said(done).message.find("deleted here") != std::string::npos);
  CHECK(cli.run({"token"}).status == 4);
}

TEST_CASE("logout deletes here although the plugin cannot be had") {
  const TempHome home;
  const Cli cli(home);
  auto profile = device_profile();
  home.write_config(profile.toml());
  provider().control({{"device", {{"auto", "approve"}}}});
  REQUIRE(cli.run({"login"}, {.terminal = Terminal::person}).status == 0);
  profile.settings = "nonesuch = 1";
  home.write_config(profile.toml());
  const auto done = cli.run({"logout"});
  CHECK(done.status == 3);
  CHECK(said(done).message.find("deleted here") != std::string::npos);
  home.write_config(device_profile().toml());
  CHECK(cli.run({"token"}).status == 4);
  CHECK(provider().count("/revoke") == 0);
}

TEST_CASE("a logout that could not reach the server for want of a secret names that secret") {
  const TempHome home;
  home.write_config(service_profile().toml());
  REQUIRE(Cli(home).run({"login"}, {.env = {kSecret}}).status == 0);
  const auto done = Cli(home).run({"logout"});
  CHECK(done.status == 6);
  CHECK(said(done).message.find("deleted here") != std::string::npos);
  CHECK(said(done).hint.starts_with("set DEMO_SECRET"));
}
