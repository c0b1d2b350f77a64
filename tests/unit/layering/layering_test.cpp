// The arrows of docs/architecture.md: who may include whom.
#include "includes.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <regex>
#include <set>
#include <string>

using namespace authhost::test;

namespace {

bool starts_with(const std::string& text, std::string_view start) { return text.compare(0, start.size(), start) == 0; }

}  // namespace

TEST_CASE("the SDK includes the language's own headers and its own, nothing else") {
  const auto all = includes_of({"sdk/include"});
  REQUIRE(all.size() > 50);
  for (const auto& include : all) {
    INFO(include.text());
    CHECK((is_standard(include) || starts_with(file_of_ours(include), "sdk/include/")));
  }
}

TEST_CASE("plugins include the language's own headers, the SDK and their own folder, nothing else") {
  const auto all = includes_of({"plugins"});
  REQUIRE(all.size() > 10);
  for (const auto& include : all) {
    INFO(include.text());
    const auto ours = file_of_ours(include);
    const auto own_folder = include.file.substr(0, include.file.rfind('/') + 1);
    CHECK((is_standard(include) || starts_with(ours, "sdk/include/") || starts_with(ours, own_folder)));
  }
}

TEST_CASE("the rooms of the core include only the rooms below them") {
  const std::map<std::string, std::set<std::string>> below = {
      {"include", {}},
      {"config", {"include"}},
      {"services", {"config", "include"}},
      {"keyring", {"config", "services", "include"}},
      {"plugins", {"config", "services", "keyring", "include"}},
      {"discovery", {"config", "services", "include"}},
      {"session", {"config", "services", "keyring", "plugins", "discovery", "include"}},
  };
  // Belong to the light part as much as config does: they need nothing but the language and the system.
  const std::set<std::string> light = {"host/core/services/call.hpp", "host/core/services/fd.hpp", "host/core/services/redact.hpp",
                                       "host/core/services/trusted_path.hpp"};
  const std::regex room_of("host/core/([a-z]+)/.*");
  const auto all = includes_of({"host/core"});
  REQUIRE(all.size() > 500);
  for (const auto& include : all) {
    INFO(include.text());
    std::smatch from;
    REQUIRE(std::regex_match(include.file, from, room_of));
    const auto rooms = below.find(from[1]);
    REQUIRE(rooms != below.end());  // a new room: say here what lies below it
    const auto ours = file_of_ours(include);
    if (ours.empty() || starts_with(ours, "sdk/include/") || light.count(ours) != 0) {
      CHECK((!include.quoted || !ours.empty()));
      continue;
    }
    std::smatch to;
    REQUIRE(std::regex_match(ours, to, room_of));  // else it belongs to the command line, the client set or the tests
    CHECK((to[1] == from[1] || rooms->second.count(to[1]) != 0));
  }
}

TEST_CASE("nothing below the command line and the client set includes them") {
  for (const auto& include : includes_of({"sdk", "plugins", "host/core", "host/testing", "host/runner", "host/conform", "host/program"})) {
    INFO(include.text());
    const auto ours = file_of_ours(include);
    CHECK_FALSE(starts_with(ours, "host/cli/"));
    CHECK_FALSE(starts_with(ours, "host/clientset/"));
    CHECK_FALSE(starts_with(ours, "tests/"));
  }
  for (const auto& include : includes_of({"host/program"})) {
    INFO(include.text());
    CHECK((file_of_ours(include).empty() || starts_with(file_of_ours(include), "host/program/")));
  }
  for (const auto& include : includes_of({"host/cli"})) {
    INFO(include.text());
    CHECK_FALSE(starts_with(file_of_ours(include), "host/clientset/"));
  }
  for (const auto& include : includes_of({"host/clientset"})) {
    INFO(include.text());
    CHECK_FALSE(starts_with(file_of_ours(include), "host/cli/"));
  }
}

TEST_CASE("only programs guard their process: a library is a guest in somebody else's") {
  int programs = 0;
  for (const auto& include : includes_of({"host"})) {
    if (!starts_with(file_of_ours(include), "host/program/") || starts_with(include.file, "host/program/")) continue;
    INFO(include.text());
    CHECK((include.file.find("main.cpp") != std::string::npos || include.file == "host/cli/front.cpp"));
    ++programs;
  }
  CHECK(programs >= 3);
}

TEST_CASE("the path of a cached token includes no heavy library, however indirectly") {
  const auto all = includes_behind({"host/core/config", "host/core/keyring/runtime_cache.cpp", "host/core/keyring/safe_file.cpp",
                                    "host/core/services/call.cpp", "host/core/services/redact.cpp", "host/core/services/trusted_path.cpp",
                                    "host/cli/front.cpp", "host/cli/front_arguments.cpp", "host/cli/output.cpp",
                                    "host/program/process_guard.cpp", "host/cli/token_view.cpp"});
  REQUIRE(all.size() > 100);
  const std::set<std::string> light = {"toml++/toml.h", "sodium.h", "keyutils.h"};
  const std::regex system("(sys|linux|netinet|arpa)/[a-z_]+\\.h|[a-z_]+\\.h");
  const std::regex heavy("(curl|openssl|fmt|spdlog|boost|nlohmann|CLI|libsecret|glib|grpc|grpcpp|google|qrcodegen|yaml-cpp).*");
  for (const auto& include : all) {
    INFO(include.text());
    CHECK_FALSE(std::regex_match(include.header, heavy));
    const bool known = is_standard(include) || !file_of_ours(include).empty() || light.count(include.header) != 0 ||
                       std::regex_match(include.header, system);
    CHECK(known);
  }
}
