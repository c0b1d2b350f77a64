// The files that are written from the table of keys: the JSON Schema, the example, the reference in the documentation.
#include "core/config/schema.hpp"

#include "sandbox.hpp"

#include <sstream>

using namespace authhost::config;

namespace {

std::string source_file(const std::string& name) {
  std::ifstream in(std::string(AUTHHOST_SOURCE_DIR) + "/" + name);
  REQUIRE(in.good());
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string reference_table() {
  std::string text = "| where | key | type | default | meaning |\n|---|---|---|---|---|\n";
  for (const auto& key : keys()) {
    const std::string value = key.default_text.empty() ? "" : "`" + std::string(key.default_text) + "`";
    text += "| " + std::string(section_title(key.section)) + " | `" + std::string(key.name) + "` | " + type_text(key) +
            " | " + value + " | " + std::string(key.meaning) + " |\n";
  }
  return text;
}

bool is_key_line(const std::string& line) {
  return line.size() > 1 && line[0] == '#' && (line[1] == '[' || (line[1] >= 'a' && line[1] <= 'z'));
}

}  // namespace

TEST_CASE("config/authhost.schema.json is what config schema prints") {
  CHECK(source_file("config/authhost.schema.json") == json_schema());
}

TEST_CASE("docs/config.md has every key with type, default and meaning") {
  CHECK(source_file("docs/config.md").find(reference_table()) != std::string::npos);
}

TEST_CASE("the example has every key with its meaning above it") {
  const std::string example = source_file("config/authhost.example.toml");
  for (const auto& key : keys()) {
    INFO(key.name);
    if (key.section == Section::proxy)
      continue;  // keys of the profile once more, inside the example of proxy_authenticator
    CHECK(example.find("# " + std::string(key.meaning) + "\n") != std::string::npos);
    if (key.example.empty()) continue;
    const std::string line = std::string(key.name) + " = " + std::string(key.example) + "\n";
    CHECK((example.find("\n" + line) != std::string::npos || example.find("\n#" + line) != std::string::npos));
  }
}

TEST_CASE("the example loads as it is, and with every key in it switched on") {
  Sandbox box;
  std::istringstream lines(source_file("config/authhost.example.toml"));
  std::string as_is, all, line;
  while (std::getline(lines, line)) {
    as_is += line + "\n";
    all += (is_key_line(line) ? line.substr(1) : line) + "\n";
  }
  const auto profile = box.profile(as_is);
  REQUIRE(profile.ok());
  box.user(all);
  const auto config = box.load();
  if (!config) FAIL(config.error().message);
  const auto& full = config->profiles.at("prod");
  for (const auto& key : keys()) {
    INFO(key.name);
    if (key.section == Section::profile && key.type != Type::table && key.type != Type::settings) {
      CHECK(full.sources.count(std::string(key.name)) == 1);
    }
    if (key.section == Section::client) CHECK(full.sources.count("client." + std::string(key.name)) == 1);
  }
  CHECK(config->plugins.sources.size() == 2);
}
