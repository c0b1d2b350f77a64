// The reference of manifests is complete.
#include "core/plugins/manifest.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>
#include <string>

using namespace authhost;

TEST_CASE("docs/config.md has every key of a manifest") {
  std::ifstream file(AUTHHOST_SOURCE_DIR "/docs/config.md");
  std::ostringstream text;
  text << file.rdbuf();
  const std::string reference = text.str();

  // The hint for a key that is like no other lists them all.
  const auto refused = plugins::parse_manifest("zzzzzzzzzzzzzzzz = 1\n", "/m.toml");
  REQUIRE_FALSE(refused.ok());
  const std::string begin = "known ones: ";
  std::string hint = refused.error().hint;
  REQUIRE(hint.compare(0, begin.size(), begin) == 0);
  std::istringstream keys(hint.substr(begin.size()));
  int found = 0;
  for (std::string key; std::getline(keys >> std::ws, key, ','); ++found) {
    INFO(key);
    CHECK(reference.find("| `" + key + "` | ") != std::string::npos);
  }
  CHECK(found >= 8);
}
