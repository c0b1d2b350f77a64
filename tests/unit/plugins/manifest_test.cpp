// The manifests that are installed beside the plugins.
#include "built_in.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace built_in;

TEST_CASE("each built-in has a manifest that grants exactly the services it lists") {
  const std::string flow = GENERATE("pkce", "device_code", "client_credentials", "command", "passthrough");
  const auto path = std::filesystem::path(AUTHHOST_BUILD_DIR) / "share/authhost/plugins.d" / (flow + ".toml");
  std::ifstream file(path);
  std::ostringstream content;
  content << file.rdbuf();
  const auto& plugin = built_in::plugin(flow);
  REQUIRE(plugin.n_authenticators == 1);
  const auto& descriptor = *plugin.authenticators[0];
  CHECK(descriptor.id == "org.authhost." + flow);

  std::string grants;
  for (std::size_t i = 0; i < descriptor.n_services_needed; ++i) {
    const std::string name(descriptor.services_needed[i]);
    grants += (grants.empty() ? "\"" : ", \"") + name.substr(9, name.find('/') - 9) + "\"";
  }
  CHECK(contains(content.str(), "kind = \"native\"\n"));
  CHECK(contains(content.str(), "grants = [" + grants + "]\n"));
  const std::string relative = "../../../lib/authhost/plugins/authhost-" + flow + ".so";
  CHECK(contains(content.str(), "path = \"" + relative + "\"\n"));
  CHECK(std::filesystem::exists(path.parent_path() / relative));
}
