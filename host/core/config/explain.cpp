#include "core/config/explain.hpp"

#include "core/config/duration.hpp"
#include "core/config/expand.hpp"
#include "core/config/slots.hpp"

namespace authhost::config {
namespace {

constexpr std::string_view kRedacted = "[redacted]";

std::string text_of(const Key&, const std::string& value) { return value; }
std::string text_of(const Key&, bool value) { return value ? "true" : "false"; }
std::string text_of(const Key&, std::chrono::milliseconds value) { return format_duration(value); }
std::string text_of(const Key&, const std::vector<std::string>& list) {
  std::string text = "[";
  for (const auto& item : list) {
    if (text.size() > 1) text += ", ";
    text += '"' + item + '"';
  }
  return text + "]";
}
template <class Enum, std::enable_if_t<std::is_enum_v<Enum>, int> = 0>
std::string text_of(const Key& key, Enum value) {
  return key.choices[static_cast<std::size_t>(value)];
}

template <class T>
decltype(SettingValue::value) typed(const T& value, const std::string& text) {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::vector<std::string>>) return value;
  return text;
}

// A proxy's URL may hold a user name and a password.
std::string without_userinfo(std::string url) {
  const auto scheme = url.find("://");
  const std::size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
  const auto at = url.substr(0, url.find_first_of("/?#", begin)).rfind('@');
  if (at != std::string::npos && at >= begin) url.replace(begin, at - begin, kRedacted);
  return url;
}

ExplainRow setting_row(const std::string& prefix, const std::string& name, const SettingValue& setting) {
  ExplainRow row{prefix + "settings." + name, "", setting.source.text(), setting.value};
  const Key none{Section::profile, name, Type::text, "", "", ""};
  if (setting.sensitive || names_secret(name)) {
    row.value = kRedacted;
    row.typed = row.value;
  } else if (const auto* integer = std::get_if<std::int64_t>(&setting.value)) {
    row.value = std::to_string(*integer);
  } else if (const auto* boolean = std::get_if<bool>(&setting.value)) {
    row.value = text_of(none, *boolean);
  } else if (const auto* list = std::get_if<std::vector<std::string>>(&setting.value)) {
    row.value = text_of(none, *list);
  } else {
    row.value = std::get<std::string>(setting.value);
  }
  return row;
}

std::string source_text(const std::map<std::string, Source>& sources, const std::string& name) {
  const auto found = sources.find(name);
  return found == sources.end() ? Source{}.text() : found->second.text();
}

std::string unquoted(std::string_view toml) {
  if (toml.size() >= 2 && toml.front() == '"') toml = toml.substr(1, toml.size() - 2);
  return std::string(toml);
}

void add_settings(std::vector<ExplainRow>& rows, const std::string& prefix, const Profile& profile) {
  for (const auto& [name, setting] : profile.settings) {
    rows.push_back(setting_row(prefix, name, setting));
  }
}

}  // namespace

std::vector<ExplainRow> explain(const Profile& profile) {
  std::vector<ExplainRow> rows;
  for (const auto& key : keys()) {
    if (key.section != Section::profile && key.section != Section::client) continue;
    const std::string name = slot_name(key);
    with_slot(profile, key, [&](const auto& member) {
      std::string value = text_of(key, member);
      if (profile.sources.find(name) == profile.sources.end()) value = unquoted(key.default_text);
      if (key.name == "http_proxy") value = without_userinfo(std::move(value));
      auto same = typed(member, value);
      rows.push_back({name, std::move(value), source_text(profile.sources, name), std::move(same)});
    });
  }
  add_settings(rows, "", profile);
  if (profile.proxy_authenticator) {
    const Profile& proxy = *profile.proxy_authenticator;
    const std::string prefix = "proxy_authenticator.";
    for (const auto& key : keys()) {
      const std::string name = slot_name(key);
      const bool own = name == "authenticator" || key.section == Section::client;
      if (!own || key.section == Section::proxy || proxy.sources.find(name) == proxy.sources.end()) continue;
      with_slot(proxy, key, [&](const auto& member) {
        const std::string value = text_of(key, member);
        rows.push_back({prefix + name, value, source_text(proxy.sources, name), typed(member, value)});
      });
    }
    add_settings(rows, prefix, proxy);
  }
  return rows;
}

std::vector<ExplainRow> explain(const Config& config) {
  std::vector<ExplainRow> rows;
  const auto add = [&](std::string key, const std::string& value, std::string source) {
    rows.push_back({std::move(key), value, std::move(source), value});
  };
  add("default_profile", config.written_default, config.written_default_source.text());
  for (std::size_t i = 0; i < config.plugins.directories.size(); ++i) {
    add("plugins.directories", config.plugins.directories[i], config.plugins.directory_sources[i].text());
  }
  const Key& policy = *find_key(Section::plugins, "policy");
  add("plugins.policy", text_of(policy, config.plugins.policy), source_text(config.plugins.sources, "policy"));
  return rows;
}

}  // namespace authhost::config
