#include "plugin_place.hpp"
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

// None: it does not say.
std::optional<std::vector<std::string>> capabilities(const plugins::AuthenticatorInfo& info) {
  if (!info.described) return std::nullopt;
  std::vector<std::string> names;
  if (info.capabilities & AUTHHOST_CAP_INTERACTIVE) names.emplace_back("interactive");
  if (info.capabilities & AUTHHOST_CAP_OAUTH) names.emplace_back("oauth");
  if (info.can_revoke) names.emplace_back("revoke");
  return names;
}

std::string not_granted(const plugins::PluginRecord& record) {
  std::vector<std::string> missing;
  for (const auto& info : record.authenticators) {
    for (const auto& service : info.services_needed) {
      if (std::find(record.grants.begin(), record.grants.end(), service) == record.grants.end()) missing.push_back(service);
    }
  }
  return missing.empty() ? "" : " (of what it declares, not: " + joined(as_grants(missing)) + ")";
}

// What it may use, and where that was not said, what follows.
std::string grants_text(const plugins::PluginRecord& record) {
  const auto manifest = manifest_at(record.manifest);
  if (!record.manifest.empty() && !manifest) return "";
  if (record.kind == "exec" || (manifest && manifest->grants)) return joined(grant_names(record)) + not_granted(record);
  if (record.authenticators.empty()) return "every service that it declares";
  return "every service that it declares: " + joined(grant_names(record));
}

Json to_json(const plugins::PluginRecord& record) {
  Json object = {{"manifest", record.manifest}, {"path", record.path}, {"kind", record.kind},
                 {"isolation", isolation_name(record)}, {"state", state_name(record.state)},
                 {"sha256", record.sha256}, {"pinned", record.pinned}, {"grants", grant_names(record)}};
  if (record.state == plugins::PluginState::refused) {
    object["reason"] = record.reason.message;
    object["hint"] = record.reason.hint;
  }
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
                                        {"services_needed", info.services_needed}, {"described", info.described}, {"silence", info.silence},
                                        {"capabilities", capabilities(info).value_or(std::vector<std::string>())},
                                        {"settings", std::move(settings)}});
  }
  return object;
}

// A row a setting, and what has no room in it below.
std::string settings_text(const plugins::AuthenticatorInfo& info, std::size_t width) {
  if (!info.described && !info.silence.empty()) return wrapped("settings: not said, for " + safe_text(info.silence, 512), 0, width);
  if (info.settings.empty()) return "settings: " + std::string(info.described ? "none" : "not said") + "\n";
  std::vector<std::vector<std::string>> rows = {{"SETTING", "TYPE", "REQUIRED", "DEFAULT"}};
  std::vector<std::string> notes = {""};
  for (const auto& setting : info.settings) {
    rows.push_back({setting.name, std::string(type_name(setting.type)), setting.required ? "yes" : "no", setting.default_value.value_or("")});
    notes.push_back(setting.summary.empty() ? "" : wrapped(safe_text(setting.summary, 512), 2, width));
    if (!setting.allowed.empty()) notes.back() += wrapped(safe_text("one of: " + joined(setting.allowed), 512), 2, width);
  }
  return table_text(rows, notes);
}

// Without the reason of a refusal: that is the error which the verb ends with.
std::string to_text(const plugins::PluginRecord& record) {
  const auto line = [](const char* name, const std::string& value) {
    return std::string(name) + ": " + (value.empty() ? "-" : safe_text(value, 1024)) + "\n";
  };
  std::string text = line("manifest", record.manifest) + line("path", record.path) + line("kind", record.kind) +
                     line("isolation", std::string(isolation_name(record))) + line("state", std::string(state_name(record.state)));
  text += line("sha256", record.sha256) + line("pinned", record.pinned ? "yes" : "no") + line("grants", grants_text(record));
  for (const auto& info : record.authenticators) {
    const auto can = capabilities(info);
    text += "\n" + line("id", info.id) + line("name", info.name) + line("version", info.version) + line("summary", info.summary) +
            line("services", info.described ? joined(as_grants(info.services_needed)) : "not said") +
            line("capabilities", can ? joined(*can) : "not said") + settings_text(info, terminal_width());
  }
  return text;
}

}  // namespace

Result<void> plugin_inspect(const App& app) {
  AUTHHOST_TRY(place, plugin_place(app, app.arguments().plugin, Opening::plugins));
  AUTHHOST_TRY(config, app.load_config());
  const auto record = plugins::make_registry(config.plugins)->inspect(place, app.call());
  AUTHHOST_CHECK(app.call().check());
  AUTHHOST_CHECK(print(app.json() ? to_json(record).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n" : to_text(record)));
  return record.state == plugins::PluginState::refused ? Result<void>(record.reason) : Result<void>{};
}

}  // namespace authhost::cli
