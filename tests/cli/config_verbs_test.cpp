#include "harness.hpp"

#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

using namespace authhost::test;
using nlohmann::json;
namespace fs = std::filesystem;

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

TEST_CASE("config check has a line for each profile, says each fault once, and ends with the status of the first") {
  const TempHome home;
  auto broken = command_profile(R"(["echo", "t"])");
  broken.name = "broken";
  broken.settings += "timout = \"5s\"\n";
  home.write_config(broken.toml() + command_profile(R"(["echo", "t"])").toml());
  const auto done = Cli(home).run({"config", "check"});
  CHECK(done.status == 3);
  CHECK(done.out.find("bad  broken") != std::string::npos);
  CHECK(done.out.find("ok   demo") != std::string::npos);
  CHECK(said(done).message == "checking the configuration: cannot be used: broken");
  CHECK(done.out.find("did you mean `timeout`?") != std::string::npos);
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

TEST_CASE("plugin list says of each plugin in whose process it runs, whether it is pinned, what it may use, and where its manifest lies") {
  const TempHome home;
  home.write("plugins.d/demo.sh", "#!/bin/sh\n", 0755);
  home.write("plugins.d/demo.toml", "kind = \"exec\"\nid = \"com.example.demo\"\npath = \"demo.sh\"\ngrants = [\"http\", \"store\"]\n", 0644);
  home.write("plugins.d/off.toml", "path = \"off.so\"\nenabled = false\nsha256 = \"" + std::string(64, 'a') + "\"\n", 0644);
  fs::copy_file(AUTHHOST_BUILD_DIR "/lib/authhost/plugins/authhost-command.so", home.path("plugins.d/own.so"));
  home.write("plugins.d/own.toml", "path = \"own.so\"\npriority = 1\ngrants = []\n", 0644);
  home.write_config("[plugins]\ndirectories = [\"" + home.path("plugins.d") + "\"]\n");
  const Cli cli(home);
  REQUIRE(cli.run({"plugin", "pin", home.path("plugins.d/own.toml")}).status == 0);
  const auto out = cli.run({"plugin", "list"}).out;
  INFO(out);
  const auto folder = "  " + home.path("plugins.d/");
  CHECK(out.starts_with("AUTHENTICATOR                    VERSION  KIND    ISOLATION  PINNED  STATE\n"));
  CHECK(out.find("org.authhost.pkce                1.0.0    native  none       no      loaded\n") != std::string::npos);
  CHECK(out.find("com.example.demo                 -        exec    process    no      loaded\n" + folder + "demo.toml\n  grants: http, store\n") !=
        std::string::npos);
  CHECK(out.find("off.toml                         -        native  -          yes     disabled\n" + folder + "off.toml\n") !=
        std::string::npos);
  CHECK(out.find("org.authhost.command             1.0.0    native  process    yes     loaded\n" + folder + "own.toml\n  grants: none\n") !=
        std::string::npos);

  const auto list = json::parse(cli.run({"--output", "json", "plugin", "list"}).out);
  const auto demo = std::find_if(list.begin(), list.end(), [](const json& one) { return one["id"] == "com.example.demo"; });
  REQUIRE(demo != list.end());
  CHECK((*demo)["isolation"] == "process");
  CHECK((*demo)["pinned"] == false);
  CHECK((*demo)["grants"] == json::array({"http", "store"}));
  CHECK((*demo)["manifest"] == home.path("plugins.d/demo.toml"));
  CHECK((*demo)["sha256"].get<std::string>().size() == 64);
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

TEST_CASE("config check finds what a login would refuse without asking a server, with file and line") {
  struct Case {
    const char* toml;
    const char* place;
    const char* what;
  };
  const Case cases[] = {
      {"default_profile = \"prdo\"\n[profiles.prod]\nendpoint = \"x:1\"\nauthenticator = \"passthrough\"\n", ":1: ", "prdo"},
      {"[profiles.a]\nendpoint = \"x:1\"\nauthenticator = \"pkce\"\ndiscovery = \"oidc\"\nissuer = \"http://127.0.0.1:1\"\n", ":5: ",
       "issuer cannot be used"},
      {"[profiles.a]\nendpoint = \"x:1\"\nauthenticator = \"pkce\"\n", ":1: ", "token_endpoint"},
      {"[profiles.a]\nendpoint = \"x:1\"\nauthenticator = \"pkce\"\nclient = { token_endpoint = \"https://a/t\" }\n", ":1: ",
       "authorization_endpoint"},
      {"[profiles.a]\nendpoint = \"x:1\"\nauthenticator = \"device_code\"\nclient = { token_endpoint = \"https://a/t\" }\n", ":1: ",
       "device_authorization_endpoint"},
      {"[profiles.a]\nendpoint = \"x:1\"\nauthenticator = \"client_credentials\"\nclient = { token_endpoint = \"https://a/t\" }\n"
       "settings = { client_secret_env = \"S\" }\n", ":1: ", "client_id"},
      {"[profiles.a]\nauthenticator = \"pkce\"\n", ":1: ", "no endpoint"},
  };
  for (const auto& one : cases) {
    INFO(one.toml);
    const TempHome home;
    home.write_config(one.toml);
    const auto done = Cli(home).run({"config", "check"});
    CHECK(done.status == 3);
    said(done);
    CHECK(done.out.find(home.config_file() + one.place) != std::string::npos);
    CHECK(done.out.find(one.what) != std::string::npos);
    CHECK(done.out.find("bad  ") != std::string::npos);
    CHECK(done.out.find("hint: ") != std::string::npos);
  }
}

TEST_CASE("config check is content with a working OAuth profile") {
  const TempHome home;
  home.write_config(service_profile().toml());
  CHECK(Cli(home).run({"config", "check"}).out == "ok   demo  client_credentials\n");
}

TEST_CASE("without any profile config show and config check are content alike") {
  const TempHome home;
  CHECK(Cli(home).run({"config", "check"}).status == 0);
  const auto show = Cli(home).run({"config", "show"});
  CHECK(show.status == 0);
  CHECK(show.out.starts_with("no profiles are configured\n"));
  CHECK(json::parse(Cli(home).run({"--output", "json", "config", "show"}).out)["profile"].is_null());
}

TEST_CASE("config show in JSON gives values their type, and default_profile as the file says it") {
  const TempHome home;
  auto profile = service_profile();
  profile.profile = "refresh_timeout = \"90s\"\n";
  auto other = command_profile(R"(["echo", "t"])");
  other.name = "other";
  home.write_config("default_profile = \"other\"\n" + profile.toml() + other.toml());
  const auto shown = json::parse(Cli(home).run({"--output", "json", "--profile", "demo", "config", "show", "--explain"}).out);
  CHECK(shown["profile"] == "demo");
  CHECK(shown["chosen_by"] == "--profile");
  json values;
  for (const auto& row : shown["values"]) values[row["key"].get<std::string>()] = row;
  CHECK(values["insecure"]["value"] == false);
  CHECK(values["client.scopes"]["value"] == json::array({"all"}));
  CHECK(values["refresh_timeout"]["value"] == "1m30s");
  CHECK(values["default_profile"]["value"] == "other");
  CHECK(values["default_profile"]["source"] == home.config_file() + ":1");
}

TEST_CASE("plugin list fits 80 columns, and a refused row says its path once") {
  const TempHome home;
  home.write("plugins.d/gone.toml", "kind = \"native\"\npath = \"gone.so\"\n");
  home.write_config("[plugins]\ndirectories = [\"" + home.path("plugins.d") + "\"]\n");
  const auto out = Cli(home).run({"plugin", "list"}).out;
  CHECK(out.find("gone.toml") != std::string::npos);
  const auto first = out.find("gone.so");
  REQUIRE(first != std::string::npos);
  CHECK(out.find("gone.so", first + 1) == std::string::npos);
  std::size_t begin = 0;
  for (auto end = out.find('\n'); end != std::string::npos; begin = end + 1, end = out.find('\n', begin)) {
    if (out[begin] != ' ') CHECK(end - begin <= 80);
  }
}
