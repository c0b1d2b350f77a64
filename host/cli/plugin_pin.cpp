#include "plugin_place.hpp"
#include "verbs.hpp"

#include "core/plugins/pin.hpp"
#include "core/services/redact.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <system_error>

namespace authhost::cli {

namespace {

namespace fs = std::filesystem;

// The manifest that `word` means, or the one configured manifest that names the plugin at that path. No plugin is run for it.
Result<std::string> manifest_of(const App& app, const std::string& word) {
  AUTHHOST_TRY(path, plugin_place(app, word, Opening::manifests));
  if (fs::path(path).extension() == ".toml") return path;
  AUTHHOST_TRY(config, app.load_config());
  std::vector<std::string> manifests;
  for (const auto& record : plugins::make_registry(config.plugins)->announced()) {
    std::error_code ignored;
    if (fs::equivalent(record.path, path, ignored)) manifests.push_back(record.manifest);
  }
  if (manifests.size() == 1) return manifests.front();
  const std::string name = safe_text(path, 300);
  if (manifests.empty()) {
    return Error{Status::plugin, "no manifest of the configuration names " + name, "name the manifest itself: authhost plugin pin ./NAME.toml"};
  }
  std::string list;
  for (const auto& manifest : manifests) list += (list.empty() ? "" : " and ") + safe_text(manifest, 300);
  return Error{Status::plugin, name + " is the plugin of " + list, "name the manifest that is meant"};
}

Result<void> check(const plugins::Pin& pin) {
  if (pin.holds()) return {};
  const std::string command = "authhost plugin pin " + pin.manifest;
  if (pin.said.empty()) return Error{Status::plugin, pin.manifest + ": it is not pinned", "if you trust the plugin: " + command};
  return Error{Status::plugin, pin.plugin + ": its SHA-256 is " + pin.real + ", the manifest says " + pin.said,
               "if you trust the new file: " + command};
}

}  // namespace

Result<void> plugin_pin(const App& app) {
  AUTHHOST_TRY(manifest, manifest_of(app, app.arguments().plugin));
  const bool only_check = app.arguments().check;
  AUTHHOST_TRY(pin, only_check ? plugins::read_pin(manifest) : plugins::write_pin(manifest));
  if (only_check) AUTHHOST_CHECK(check(pin));
  if (app.json()) {
    const auto word = [](const std::string& sha256) { return sha256.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(sha256); };
    const nlohmann::ordered_json object = {
        {"manifest", pin.manifest}, {"plugin", pin.plugin}, {"old", word(pin.said)}, {"new", pin.real}, {"changed", !pin.holds()}};
    return print(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  }
  const auto line = [](const char* name, const std::string& value) { return std::string(name) + ": " + safe_text(value, 1024) + "\n"; };
  std::string text = line("manifest", pin.manifest) + line("plugin", pin.plugin);
  if (pin.holds()) return print(text + line("sha256", pin.real + (only_check ? ", and the pin holds" : ", as before")));
  return print(text + line("old", pin.said.empty() ? "none" : pin.said) + line("new", pin.real));
}

}  // namespace authhost::cli
