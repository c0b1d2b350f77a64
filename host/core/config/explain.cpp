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

// A proxy's URL may hold a user name and a password.
std::string without_userinfo(std::string url) {
  const auto scheme = url.find("://");
  const std::size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
  const auto at = url.substr(0, url.find_first_of("/?#", begin)).rfind('@');
  if (at != std::string::npos && at >= begin) url.replace(begin, at - begin, kRedacted);
  return url;
}

std::string setting_text(const std::string& name, const SettingValue& setting) {
  if (setting.sensitive || names_secret(name)) return std::string(kRedacted);
  const Key none{Section::profile, name, Type::text, "", "", ""};
  if (const auto* integer = std::get_if<std::int64_t>(&setting.value)) return std::to_string(*integer);
  if (const auto* boolean = std::get_if<bool>(&setting.value)) return text_of(none, *boolean);
  if (const auto* list = std::get_if<std::vector<std::string>>(&setting.value)) return text_of(none, *list);
  return std::get<std::string>(setting.value);
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
    rows.push_back({prefix + "settings." + name, setting_text(name, setting), setting.source.text()});
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
      rows.push_back({name, std::move(value), source_text(profile.sources, name)});
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
        rows.push_back({prefix + name, text_of(key, member), source_text(proxy.sources, name)});
      });
    }
    add_settings(rows, prefix, proxy);
  }
  return rows;
}

std::vector<ExplainRow> explain(const Config& config) {
  std::vector<ExplainRow> rows;
  rows.push_back({"default_profile", config.default_profile, config.default_profile_source.text()});
  for (std::size_t i = 0; i < config.plugins.directories.size(); ++i) {
    rows.push_back({"plugins.directories", config.plugins.directories[i], config.plugins.directory_sources[i].text()});
  }
  const Key& policy = *find_key(Section::plugins, "policy");
  rows.push_back(
      {"plugins.policy", text_of(policy, config.plugins.policy), source_text(config.plugins.sources, "policy")});
  return rows;
}

}  // namespace authhost::config
