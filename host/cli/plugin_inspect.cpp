#include "plugin_words.hpp"
#include "table.hpp"
#include "verbs.hpp"

#include "core/services/redact.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace authhost::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string_view type_name(std::int32_t type) {
  switch (type) {
    case AUTHHOST_SETTING_STRING: return "string";
    case AUTHHOST_SETTING_INTEGER: return "integer";
    case AUTHHOST_SETTING_BOOLEAN: return "boolean";
    case AUTHHOST_SETTING_DURATION: return "duration";
    case AUTHHOST_SETTING_STRING_LIST: return "list";
    case AUTHHOST_SETTING_SECRET: return "secret";
    default: return "unknown";
  }
}

bool is_meant(const plugins::PluginRecord& record, std::string_view word) {
  const auto file = std::string_view(record.path).substr(record.path.rfind('/') + 1);
  if (word == file) return true;
  return std::any_of(record.authenticators.begin(), record.authenticators.end(),
                     [&](const auto& info) { return info.id == word || info.short_name == word; });
}

std::vector<std::string> capabilities(const plugins::AuthenticatorInfo& info) {
  std::vector<std::string> names;
  if (info.capabilities & AUTHHOST_CAP_INTERACTIVE) names.emplace_back("interactive");
  if (info.capabilities & AUTHHOST_CAP_OAUTH) names.emplace_back("oauth");
  if (info.can_revoke) names.emplace_back("revoke");
  return names;
}

Json to_json(const plugins::PluginRecord& record) {
  Json object = {{"manifest", record.manifest}, {"path", record.path}, {"kind", record.kind},
                 {"isolation", isolation_name(record)}, {"state", state_name(record.state)},
                 {"sha256", record.sha256}, {"pinned", record.pinned}, {"grants", record.grants}};
  if (record.reason.status != Status::ok) object["reason"] = record.reason.message;
  object["authenticators"] = Json::array();
  for (const auto& info : record.authenticators) {
    Json settings = Json::array();
    for (const auto& setting : info.settings) {
      settings.push_back({{"name", setting.name}, {"type", type_name(setting.type)}, {"required", setting.required},
                          {"default", setting.default_value ? Json(*setting.default_value) : Json()},
                          {"allowed", setting.allowed}, {"summary", setting.summary}});
    }
    object["authenticators"].push_back({{"id", info.id}, {"short_name", info.short_name}, {"name", info.name},
                                        {"version", info.version}, {"summary", info.summary},
                                        {"services_needed", info.services_needed}, {"capabilities", capabilities(info)},
                                        {"settings", std::move(settings)}});
  }
  return object;
}

std::string to_text(const plugins::PluginRecord& record) {
  const auto line = [](const char* name, const std::string& value) {
    return std::string(name) + ": " + (value.empty() ? "-" : safe_text(value, 1024)) + "\n";
  };
  std::string text = line("manifest", record.manifest) + line("path", record.path) + line("kind", record.kind) +
                     line("isolation", std::string(isolation_name(record))) + line("state", std::string(state_name(record.state)));
  if (record.reason.status != Status::ok) text += line("reason", record.reason.message);
  text += line("sha256", record.sha256) + line("pinned", record.pinned ? "yes" : "no") + line("grants", joined(record.grants));
  for (const auto& info : record.authenticators) {
    text += "\n" + line("id", info.id) + line("name", info.name) + line("version", info.version) +
            line("summary", info.summary) + line("services", joined(info.services_needed)) +
            line("capabilities", joined(capabilities(info)));
    std::vector<std::vector<std::string>> rows = {{"SETTING", "TYPE", "REQUIRED", "DEFAULT", "SUMMARY"}};
    for (const auto& setting : info.settings) {
      auto type = std::string(type_name(setting.type));
      if (!setting.allowed.empty()) type += " (" + joined(setting.allowed) + ")";
      rows.push_back({setting.name, type, setting.required ? "yes" : "no", setting.default_value.value_or(""), setting.summary});
    }
    if (rows.size() > 1) text += table_text(rows);
  }
  return text;
}

}  // namespace

Result<void> plugin_inspect(const App& app) {
  AUTHHOST_TRY(config, app.load_config());
  const auto registry = plugins::make_registry(config.plugins);
  const auto& word = app.arguments().plugin;
  const auto show = [&](const plugins::PluginRecord& record) {
    return print(app.json() ? to_json(record).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n" : to_text(record));
  };
  if (word.find('/') != std::string::npos) {
    const auto record = registry->inspect(word);
    AUTHHOST_CHECK(show(record));
    return record.state == plugins::PluginState::refused ? Result<void>(record.reason) : Result<void>{};
  }
  for (const auto& record : registry->list()) {
    if (is_meant(record, word)) return show(record);
  }
  // The registry knows why, and which ones there are.
  auto described = registry->describe(word);
  if (!described) return std::move(described).error();
  return Error{Status::plugin, "no plugin is called " + word, ""};
}

}  // namespace authhost::cli
