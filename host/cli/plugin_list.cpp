#include "plugin_words.hpp"
#include "table.hpp"
#include "verbs.hpp"

#include "core/services/redact.hpp"

#include <nlohmann/json.hpp>

namespace authhost::cli {

std::string_view state_name(plugins::PluginState state) {
  switch (state) {
    case plugins::PluginState::loaded: return "loaded";
    case plugins::PluginState::found: return "found";
    case plugins::PluginState::disabled: return "disabled";
    case plugins::PluginState::refused: return "refused";
  }
  return "refused";
}

Result<void> plugin_list(const App& app) {
  AUTHHOST_TRY(config, app.load_config());
  auto objects = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> rows = {{"AUTHENTICATOR", "VERSION", "KIND", "STATE"}};
  std::vector<std::string> notes = {""};  // one a row: why it is not loaded, on lines of its own
  const auto add = [&](const plugins::PluginRecord& record, const std::string& id, const std::string& version) {
    const std::string state(state_name(record.state));
    const auto reason = record.reason.status == Status::ok ? std::string() : record.reason.message;
    objects.push_back({{"id", id}, {"version", version}, {"kind", record.kind}, {"state", state},
                       {"path", record.path}, {"manifest", record.manifest}, {"reason", reason}});
    // Where nobody asked it what it provides, it goes by the name of its manifest.
    const auto name = id.empty() ? record.manifest.substr(record.manifest.rfind('/') + 1) : id;
    rows.push_back({name, version, record.kind, state});
    std::string note;
    const auto line = [&](const std::string& text) {
      if (!text.empty()) note += "  " + safe_text(text, 1024) + "\n";
    };
    if (record.state != plugins::PluginState::loaded && reason.find(record.path) == std::string::npos) line(record.path);
    line(reason);
    notes.push_back(std::move(note));
  };
  for (const auto& record : plugins::make_registry(config.plugins)->list()) {
    for (const auto& info : record.authenticators) add(record, info.id, info.version);
    if (record.authenticators.empty()) add(record, "", "");
  }
  if (app.json()) return print(objects.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  return print(table_text(rows, notes));
}

}  // namespace authhost::cli
