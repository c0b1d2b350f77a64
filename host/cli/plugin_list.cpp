#include "plugin_words.hpp"
#include "table.hpp"
#include "verbs.hpp"

#include "core/plugins/manifest.hpp"
#include "core/services/redact.hpp"

#include <nlohmann/json.hpp>

namespace authhost::cli {

namespace {

using Json = nlohmann::ordered_json;

// What a row has no room for, on lines of its own: where it comes from, what it may use, why it is not loaded and what to do.
std::string note_of(const plugins::PluginRecord& record, std::size_t width) {
  std::string note;
  const auto line = [&](const std::string& text) { note += wrapped(safe_text(text, 1024), 2, width); };
  line(record.manifest);
  if (record.state == plugins::PluginState::loaded) line("grants: " + joined(grant_names(record)));
  if (record.state != plugins::PluginState::refused) return note;
  // The manifest stands above; what the message says of another file it says with its path.
  std::string_view reason = record.reason.message;
  if (const auto first = record.manifest + ": "; reason.starts_with(first)) reason.remove_prefix(first.size());
  line(std::string(reason));
  if (!record.reason.hint.empty()) line("hint: " + record.reason.hint);
  return note;
}

}  // namespace

std::string_view state_name(plugins::PluginState state) {
  switch (state) {
    case plugins::PluginState::loaded: return "loaded";
    case plugins::PluginState::found: return "found";
    case plugins::PluginState::disabled: return "disabled";
    case plugins::PluginState::refused: return "refused";
  }
  return "refused";
}

std::string_view isolation_name(const plugins::PluginRecord& record) {
  if (record.isolated || record.kind == "exec") return "process";
  return record.state == plugins::PluginState::loaded ? "none" : "";  // not known where it was not opened
}

std::vector<std::string> as_grants(const std::vector<std::string>& services) {
  std::vector<std::string> names;
  for (const auto& service : services) {
    const auto grant = plugins::grant_of_service(service);
    names.emplace_back(grant.empty() ? std::string_view(service) : grant);
  }
  return names;
}

std::vector<std::string> grant_names(const plugins::PluginRecord& record) { return as_grants(record.grants); }

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "none" : text;
}

Result<void> plugin_list(const App& app) {
  AUTHHOST_TRY(config, app.load_config());
  auto objects = Json::array();
  std::vector<std::vector<std::string>> rows = {{"AUTHENTICATOR", "VERSION", "KIND", "ISOLATION", "PINNED", "STATE"}};
  std::vector<std::string> notes = {""};  // one a row
  const auto add = [&](const plugins::PluginRecord& record, const std::string& id, const std::string& version) {
    const std::string state(state_name(record.state));
    const std::string isolation(isolation_name(record));
    objects.push_back({{"id", id}, {"version", version}, {"kind", record.kind}, {"isolation", isolation}, {"pinned", record.pinned},
                       {"state", state}, {"path", record.path}, {"sha256", record.sha256}, {"grants", grant_names(record)},
                       {"manifest", record.manifest}, {"reason", record.reason.message}, {"hint", record.reason.hint}});
    // Where nobody asked it what it provides, it goes by the name of its manifest.
    const auto name = id.empty() ? record.manifest.substr(record.manifest.rfind('/') + 1) : id;
    rows.push_back({name, version, record.kind, isolation, record.pinned ? "yes" : "no", state});
    notes.emplace_back();
  };
  const auto width = terminal_width();
  const auto records = plugins::make_registry(config.plugins)->list(app.call());
  AUTHHOST_CHECK(app.call().check());
  for (const auto& record : records) {
    for (const auto& info : record.authenticators) add(record, info.id, info.version);
    if (record.authenticators.empty()) add(record, record.id, "");
    notes.back() = note_of(record, width);  // once, where one plugin provides several
  }
  if (app.json()) return print(objects.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  return print(table_text(rows, notes));
}

}  // namespace authhost::cli
