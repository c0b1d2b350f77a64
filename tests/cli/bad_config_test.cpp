#include "harness.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

using namespace authhost::test;

namespace {

// Ends with 3, and says which file (and line, where there is one), what is wrong, and what to do.
void refuses(const TempHome& home, const std::string& place, const std::string& what) {
  for (const char* verb : {"token", "status", "login"}) {
    const auto done = Cli(home).run({verb});
    INFO(verb << ": " << done.err);
    CHECK(done.status == 3);
    CHECK(done.out.empty());
    const auto text = said(done);
    CHECK(text.message.find(place) != std::string::npos);
    CHECK(text.message.find(what) != std::string::npos);
    CHECK_FALSE(text.hint.empty());
    CHECK(done.err.size() < 4096);
  }
}

}  // namespace

TEST_CASE("a wrong key, type, value or table is refused with file and line") {
  struct Case {
    const char* toml;
    const char* place;
    const char* what;
  };
  const Case cases[] = {
      {"[profiles.a]\nendpoint = \"x:1\"\nendpint = \"x:1\"\n", "config.toml:3", "endpint"},
      {"[profiles.a]\nendpoint = 7\n", "config.toml:2", "endpoint"},
      {"[profiles.a]\nendpoint = \"x:1\"\ninsecure = \"yes\"\n", "config.toml:3", "insecure"},
      {"[profiles.a]\nendpoint = \"x:1\"\nstorage = \"flie\"\n", "config.toml:3", "flie"},
      {"[profiles.a]\nendpoint = \"x:1\"\nrefresh_timeout = \"soon\"\n", "config.toml:3", "refresh_timeout"},
      {"[profiles.a]\nendpoint = \"x:1\"\n[profiles.a]\n", "config.toml:3", ""},
      {"[profiles.a]\nendpoint = \"x:1\"\nendpoint = \"y:1\"\n", "config.toml:3", ""},
      {"[profiles.a\n", "config.toml:1", ""},
      {"[[[", "config.toml:1", ""},
      {"[profiles.a]\nendpoint = \"\xff\xfe\"\n", "config.toml:2", ""},
      {"default_profile = \"b\"\n[profiles.a]\nendpoint = \"x:1\"\n", "", "b"},
  };
  for (const auto& one : cases) {
    INFO(one.toml);
    const TempHome home;
    home.write_config(one.toml);
    refuses(home, one.place, one.what);
  }
}

TEST_CASE("a setting that the plugin does not know is refused with line and did you mean") {
  const TempHome home;
  auto profile = command_profile(R"(["echo", "t"])");
  profile.settings += "timout = \"5s\"\n";
  home.write_config(profile.toml());
  const auto done = Cli(home).run({"token"});
  CHECK(done.status == 3);
  const auto text = said(done);
  CHECK(text.message.find("config.toml:") != std::string::npos);
  CHECK(text.message.find("timout") != std::string::npos);
  CHECK(text.hint.find("timeout") != std::string::npos);
}

TEST_CASE("a file of ten megabytes, a folder and a file that may not be read are refused") {
  {
    const TempHome home;
    home.write_config(std::string(10 << 20, '#'));
    refuses(home, "config.toml", "");
  }
  {
    const TempHome home;
    REQUIRE(::mkdir(home.config_file().c_str(), 0700) == 0);
    refuses(home, "config.toml", "");
  }
  {
    const TempHome home;
    home.write("config/authhost/config.toml", "endpint = 1\n", 0000);  // for root, who may read it, the key is wrong
    refuses(home, "config.toml", "");
  }
}

TEST_CASE("a configuration that others may write is refused") {
  const TempHome home;
  home.write("config/authhost/config.toml", service_profile().toml(), 0666);
  refuses(home, "config.toml", "");
}

TEST_CASE("a file or profile that is named but missing is refused") {
  const TempHome home;
  home.write_config(service_profile().toml());
  const auto file = Cli(home).run({"--config", home.path("none.toml"), "token"});
  CHECK(file.status == 3);
  CHECK(said(file).message.find("none.toml") != std::string::npos);
  const auto profile = Cli(home).run({"--profile", "dem", "token"});
  CHECK(profile.status == 3);
  CHECK(said(profile).hint.find("demo") != std::string::npos);
}

TEST_CASE("without any configuration the hint says where to write one") {
  const TempHome home;
  const auto done = Cli(home).run({"token"});
  CHECK(done.status == 3);
  CHECK(said(done).hint.find("config.toml") != std::string::npos);
}
