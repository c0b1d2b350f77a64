#include "plugin_words.hpp"
#include "table.hpp"
#include "verbs.hpp"

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
  std::vector<std::vector<std::string>> rows = {{"AUTHENTICATOR", "VERSION", "KIND", "STATE", "PATH", "REASON"}};
  const auto add = [&](const plugins::PluginRecord& record, const std::string& id, const std::string& version) {
    const std::string state(state_name(record.state));
    const auto reason = record.reason.status == Status::ok ? std::string() : record.reason.message;
    rows.push_back({id, version, record.kind, state, record.path, reason});
    objects.push_back({{"id", id}, {"version", version}, {"kind", record.kind}, {"state", state},
                       {"path", record.path}, {"manifest", record.manifest}, {"reason", reason}});
  };
  for (const auto& record : plugins::make_registry(config.plugins)->list()) {
    for (const auto& info : record.authenticators) add(record, info.id, info.version);
    if (record.authenticators.empty()) add(record, "", "");  // it was never asked what it provides
  }
  return print(app.json() ? objects.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                          : table_text(rows));
}

}  // namespace authhost::cli
