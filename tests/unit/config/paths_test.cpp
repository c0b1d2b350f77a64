#include "core/config/paths.hpp"

#include "sandbox.hpp"

#include <pwd.h>

namespace paths = authhost::paths;

TEST_CASE("the XDG variables say where things lie") {
  Sandbox box;
  box.set("XDG_CONFIG_HOME", "/c");
  box.set("XDG_STATE_HOME", "/s/");
  box.set("XDG_RUNTIME_DIR", "/r");
  CHECK(*paths::config_home() == "/c/authhost");
  CHECK(*paths::state_home() == "/s/authhost");
  CHECK(*paths::runtime_dir() == "/r/authhost");
}

TEST_CASE("without the XDG variables the home folder's usual places count, and there is no runtime folder") {
  Sandbox box;
  CHECK(*paths::config_home() == box.path("home/.config/authhost"));
  CHECK(*paths::state_home() == box.path("home/.local/state/authhost"));
  CHECK_FALSE(paths::runtime_dir().has_value());
}

TEST_CASE("relative values of the XDG variables are ignored, as their specification says") {
  Sandbox box;
  box.set("XDG_CONFIG_HOME", "c");
  box.set("XDG_RUNTIME_DIR", "");
  CHECK(*paths::config_home() == box.path("home/.config/authhost"));
  CHECK_FALSE(paths::runtime_dir().has_value());
}

TEST_CASE("without HOME the password database knows the home folder") {
  Sandbox box;
  box.set("HOME", std::nullopt);
  const passwd* entry = ::getpwuid(::geteuid());
  REQUIRE(entry != nullptr);
  CHECK(*paths::home() == entry->pw_dir);
}

TEST_CASE("the built-in manifests lie beside the program that this code is in") {
  CHECK(paths::builtin_manifests() == std::string(AUTHHOST_BUILD_DIR) + "/share/authhost/plugins.d");
}

TEST_CASE("the built-in manifests are found from wherever a prefix keeps programs and libraries") {
  for (const char* file :
       {"/opt/a/bin/authhost", "/opt/a/lib/libauthhost-core.so.0", "/opt/a/lib64/libauthhost-core.so.0",
        "/opt/a/lib/x86_64-linux-gnu/libauthhost-core.so.0", "/opt/a/libexec/authhost/runner"}) {
    INFO(file);
    CHECK(paths::manifests_beside(file) == "/opt/a/share/authhost/plugins.d");
  }
}
