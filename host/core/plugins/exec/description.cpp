#include "core/plugins/exec/description.hpp"

#include "core/plugins/descriptor.hpp"
#include "core/services/redact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace authhost::plugins::exec {

namespace {

using nlohmann::json;

constexpr const char* kAuthor = "tell the plugin's author (docs/exec-protocol.md)";

constexpr std::pair<const char*, std::int32_t> kTypes[] = {
    {"string", AUTHHOST_SETTING_STRING},     {"integer", AUTHHOST_SETTING_INTEGER},          {"boolean", AUTHHOST_SETTING_BOOLEAN},
    {"duration", AUTHHOST_SETTING_DURATION}, {"string_list", AUTHHOST_SETTING_STRING_LIST}, {"secret", AUTHHOST_SETTING_SECRET}};
constexpr std::pair<const char*, std::uint32_t> kCapabilities[] = {{"interactive", AUTHHOST_CAP_INTERACTIVE}, {"oauth", AUTHHOST_CAP_OAUTH}};

Error too_many(const char* what) { return {Status::plugin, fmt::format("it lists more than {} {}", kMostItems, what), kAuthor}; }

Result<SettingInfo> read_setting(const json& object) {
  Fields fields(object);
  SettingInfo info;
  info.name = fields.text("name");
  info.summary = safe_text(fields.text("summary"));
  info.required = fields.flag("required");
  if (fields.find("default") != nullptr) info.default_value = fields.text("default");
  info.allowed = fields.texts("allowed");
  const std::string word = fields.text("type");
  if (!fields.problem().empty()) return Error{Status::plugin, fields.problem(), kAuthor};
  if (info.allowed.size() > kMostItems) return too_many("allowed");
  const auto* const type = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& known) { return word == known.first; });
  if (!word.empty() && type == std::end(kTypes)) {
    return Error{Status::plugin, fmt::format("the setting {} has the unknown type {}", safe_text(info.name, 64), safe_text(word, 64)), kAuthor};
  }
  info.type = word.empty() ? AUTHHOST_SETTING_STRING : type->second;
  return info;
}

Result<AuthenticatorInfo> read_authenticator(const json& object) {
  Fields fields(object);
  AuthenticatorInfo info;
  info.id = fields.text("id");
  info.short_name = info.id.substr(info.id.rfind('.') + 1);
  info.name = safe_text(fields.text("name"));
  info.version = safe_text(fields.text("version"));
  info.summary = safe_text(fields.text("summary"));
  info.services_needed = fields.texts("services");
  info.can_revoke = fields.flag("revoke");
  for (const auto& word : fields.texts("capabilities")) {
    for (const auto& [name, bit] : kCapabilities) info.capabilities |= word == name ? bit : 0;
  }
  if (info.services_needed.size() > kMostItems) return too_many("services");
  if (const json* const settings = fields.list("settings")) {
    if (settings->size() > kMostItems) return too_many("settings");
    for (const auto& setting : *settings) {
      AUTHHOST_TRY(read, read_setting(setting));
      info.settings.push_back(std::move(read));
    }
  }
  if (!fields.problem().empty()) return Error{Status::plugin, fields.problem(), kAuthor};
  AUTHHOST_CHECK(check_info(info));
  return info;
}

json write_setting(const SettingInfo& info) {
  json out = {{"name", info.name}, {"required", info.required}, {"summary", info.summary}};
  for (const auto& [word, type] : kTypes) {
    if (type == info.type) out["type"] = word;
  }
  if (info.default_value) out["default"] = *info.default_value;
  if (!info.allowed.empty()) out["allowed"] = info.allowed;
  return out;
}

}  // namespace

Result<std::vector<AuthenticatorInfo>> read_description(const Frame& frame) {
  Fields fields(frame.body());
  const json* const list = fields.list("authenticators");
  if (list == nullptr || list->empty() || list->size() > kMostAuthenticators) {
    return Error{Status::plugin, "it describes no authenticator", kAuthor};
  }
  std::vector<AuthenticatorInfo> out;
  for (const auto& object : *list) {
    AUTHHOST_TRY(info, read_authenticator(object));
    out.push_back(std::move(info));
  }
  return out;
}

Frame write_description(const std::vector<AuthenticatorInfo>& all, std::int64_t id) {
  json list = json::array();
  for (const auto& info : all) {
    json one = {{"id", info.id}, {"name", info.name}, {"version", info.version}, {"summary", info.summary},
                {"services", info.services_needed}, {"revoke", info.can_revoke}};
    one["settings"] = json::array();
    for (const auto& setting : info.settings) one["settings"].push_back(write_setting(setting));
    one["capabilities"] = json::array();
    for (const auto& [word, bit] : kCapabilities) {
      if ((info.capabilities & bit) != 0) one["capabilities"].push_back(word);
    }
    list.push_back(std::move(one));
  }
  return Frame({{"type", "description"}, {"id", id}, {"authenticators", std::move(list)}});
}

}  // namespace authhost::plugins::exec
