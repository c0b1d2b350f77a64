#include "harness.hpp"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

using namespace authhost::test;
using nlohmann::json;

TEST_CASE("config show names every value, with --explain its source, and no secret") {
  const TempHome home;
  auto profile = service_profile();
  profile.settings = "client_secret = \"s3cr3t-in-clear\"\n";
  profile.profile = "http_proxy = \"http://user:pr0xy-pw@127.0.0.1:1\"\n";
  home.write_config(profile.toml());
  const auto done = Cli(home).run({"config", "show", "--explain"});
  CHECK(done.status == 0);
  CHECK(done.out.find("authenticator = client_credentials  # " + home.config_file() + ":3\n") != std::string::npos);
  CHECK(done.out.find("runtime_cache = true  # built-in\n") != std::string::npos);
  const auto all = Cli(home).run({"--output", "json", "config", "show"});
  CHECK(json::parse(all.out)["profile"] == "demo");
  for (const auto& text : {done.out, done.err, all.out, all.err}) {
    CHECK(text.find("s3cr3t-in-clear") == std::string::npos);
    CHECK(text.find("pr0xy-pw") == std::string::npos);
  }
}

TEST_CASE("config check has a line for each profile and ends with the first fault") {
  const TempHome home;
  auto broken = command_profile(R"(["echo", "t"])");
  broken.name = "broken";
  broken.settings += "timout = \"5s\"\n";
  home.write_config(broken.toml() + command_profile(R"(["echo", "t"])").toml());
  const auto done = Cli(home).run({"config", "check"});
  CHECK(done.status == 3);
  CHECK(done.out.find("bad  broken") != std::string::npos);
  CHECK(done.out.find("ok   demo") != std::string::npos);
  CHECK(said(done).message.starts_with("profile broken: "));
  CHECK(Cli(home).run({"--profile", "demo", "config", "check"}).status == 0);
}

TEST_CASE("config path lists the files even where one of them is broken") {
  const TempHome home;
  home.write_config("[[[");
  const auto done = Cli(home).run({"config", "path"});
  CHECK(done.status == 3);
  CHECK(done.out.find(home.config_file() + "  not read") != std::string::npos);
  home.write_config("");
  CHECK(Cli(home).run({"config", "path"}).out.find(home.config_file() + "  read") != std::string::npos);
}

TEST_CASE("config schema prints a JSON schema") {
  const TempHome home;
  const auto done = Cli(home).run({"config", "schema"});
  CHECK(done.status == 0);
  CHECK(json::parse(done.out).contains("$schema"));
}

TEST_CASE("plugin list names the built-in authenticators, plugin inspect their settings") {
  const TempHome home;
  const Cli cli(home);
  const auto list = cli.run({"plugin", "list"});
  CHECK(list.status == 0);
  for (const char* id : {"org.authhost.pkce", "org.authhost.device_code", "org.authhost.client_credentials",
                         "org.authhost.command", "org.authhost.passthrough"}) {
    CHECK(list.out.find(id) != std::string::npos);
  }
  const auto record = json::parse(cli.run({"--output", "json", "plugin", "inspect", "pkce"}).out);
  CHECK(record["sha256"].get<std::string>().size() == 64);
  CHECK(record["authenticators"][0]["id"] == "org.authhost.pkce");
  CHECK(cli.run({"plugin", "inspect", "org.authhost.command"}).out.find("timeout") != std::string::npos);
  const auto none = cli.run({"plugin", "inspect", "nonesuch"});
  CHECK(none.status == 9);
  said(none);
}

TEST_CASE("plugin list says why a plugin is refused") {
  const TempHome home;
  home.write("plugins.d/gone.toml", "kind = \"native\"\npath = \"gone.so\"\n");
  home.write_config("[plugins]\ndirectories = [\"" + home.path("plugins.d") + "\"]\n");
  const auto done = Cli(home).run({"plugin", "list"});
  CHECK(done.status == 0);
  CHECK(done.out.find("refused") != std::string::npos);
  CHECK(done.out.find("gone.so: No such file or directory") != std::string::npos);
}
