#include "core/plugins/descriptor.hpp"

#include "core/plugins/host_table.hpp"
#include "core/plugins/manifest.hpp"
#include "core/services/redact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

namespace authhost::plugins {
namespace {

constexpr std::string_view kAuthor = "tell the plugin's author (docs/abi.md)";

Error refused(std::string message, std::string_view hint = kAuthor) {
  return Error{Status::plugin, std::move(message), std::string(hint)};
}

bool is_word(std::string_view text, bool hyphens) {
  if (text.empty() || text.front() < 'a' || text.front() > 'z') return false;
  return std::all_of(text.begin(), text.end(), [hyphens](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || (hyphens && c == '-');
  });
}

// Text of a descriptor; "" for NULL. Cleaned: it will be shown.
std::string text_of(const char* text) { return text != nullptr ? safe_text(text, 512) : ""; }

Result<SettingInfo> read_setting(std::string_view id, const authhost_setting* raw) {
  if (raw == nullptr || !AUTHHOST_HAS_FIELD(raw, authhost_setting, n_allowed)) {
    return refused(fmt::format("{}: a setting's struct is too small", id));
  }
  SettingInfo info;
  info.name = raw->name != nullptr ? raw->name : "";
  info.type = raw->type;
  info.required = (raw->flags & AUTHHOST_SETTING_REQUIRED) != 0;
  info.summary = text_of(raw->summary);
  if (raw->default_value != nullptr) info.default_value = raw->default_value;
  if (raw->n_allowed > kMostItems || (raw->n_allowed > 0 && raw->allowed == nullptr)) {
    return refused(fmt::format("{}: the allowed values of {} are not usable", id, info.name));
  }
  for (std::size_t i = 0; i < raw->n_allowed; ++i) {
    if (raw->allowed[i] == nullptr) return refused(fmt::format("{}: an allowed value of {} is null", id, info.name));
    info.allowed.emplace_back(raw->allowed[i]);
  }
  return info;
}

Result<void> read_settings(const authhost_descriptor& raw, AuthenticatorInfo& info) {
  if (raw.n_settings > kMostItems || (raw.n_settings > 0 && raw.settings == nullptr)) {
    return refused(fmt::format("{}: its settings are not usable", info.id));
  }
  for (std::size_t i = 0; i < raw.n_settings; ++i) {
    AUTHHOST_TRY(setting, read_setting(info.id, raw.settings[i]));
    info.settings.push_back(std::move(setting));
  }
  return {};
}

Result<void> read_services(const authhost_descriptor& raw, AuthenticatorInfo& info) {
  if (raw.n_services_needed > kMostItems || (raw.n_services_needed > 0 && raw.services_needed == nullptr)) {
    return refused(fmt::format("{}: its list of services is not usable", info.id));
  }
  for (std::size_t i = 0; i < raw.n_services_needed; ++i) {
    info.services_needed.emplace_back(raw.services_needed[i] != nullptr ? raw.services_needed[i] : "");
  }
  return {};
}

}  // namespace

// "org.authhost.pkce": at least two dotted words of lower-case letters, digits, `_` and `-`.
bool is_authenticator_id(std::string_view id) {
  if (id.size() > 128) return false;
  std::size_t words = 0;
  for (std::size_t begin = 0; begin <= id.size(); ++words) {
    const auto end = std::min(id.find('.', begin), id.size());
    if (!is_word(id.substr(begin, end - begin), true)) return false;
    begin = end + 1;
  }
  return words >= 2;
}

Result<void> check_plugin(const authhost_plugin& plugin, std::uint64_t symbol_size) {
  if (!AUTHHOST_HAS_FIELD(&plugin, authhost_plugin, abi_major) || plugin.size > symbol_size) {
    return refused(fmt::format("the size of {} makes no sense ({} bytes said, {} in the file)", AUTHHOST_PLUGIN_SYMBOL,
                               plugin.size, symbol_size));
  }
  if (plugin.abi_major != AUTHHOST_ABI_MAJOR) {
    return refused(fmt::format("it was built for major {} of the plugin interface; this host speaks {}", plugin.abi_major,
                               AUTHHOST_ABI_MAJOR),
                   "get the version of the plugin that fits this host");
  }
  if (!AUTHHOST_HAS_FIELD(&plugin, authhost_plugin, authenticators)) {
    return refused(fmt::format("{} is too small: {} bytes", AUTHHOST_PLUGIN_SYMBOL, plugin.size));
  }
  if (plugin.min_host_minor > AUTHHOST_ABI_MINOR) {
    return refused(fmt::format("it needs at least version {}.{} of the plugin interface; this host speaks {}.{}",
                               plugin.abi_major, plugin.min_host_minor, AUTHHOST_ABI_MAJOR, AUTHHOST_ABI_MINOR),
                   "update authhost, or get an older version of the plugin");
  }
  if (plugin.n_authenticators == 0 || plugin.n_authenticators > kMostAuthenticators || plugin.authenticators == nullptr) {
    return refused("it holds no authenticator");
  }
  return {};
}

Result<AuthenticatorInfo> read_descriptor(const authhost_descriptor* raw) {
  if (raw == nullptr) return refused("one of its authenticators is null");
  if (!AUTHHOST_HAS_FIELD(raw, authhost_descriptor, refresh)) {
    return refused(fmt::format("the descriptor of an authenticator is too small: {} bytes", raw->size));
  }
  AuthenticatorInfo info;
  info.id = raw->id != nullptr ? raw->id : "";
  info.short_name = info.id.substr(info.id.rfind('.') + 1);
  info.name = text_of(raw->name);
  info.version = text_of(raw->version);
  info.summary = text_of(raw->summary);
  if (raw->create == nullptr || raw->destroy == nullptr || raw->refresh == nullptr) {
    return refused(fmt::format("{} lacks one of the functions create, destroy and refresh", info.id));
  }
  info.capabilities = raw->capabilities;
  AUTHHOST_CHECK(read_settings(*raw, info));
  AUTHHOST_CHECK(read_services(*raw, info));
  AUTHHOST_CHECK(check_info(info));
  return info;
}

Result<void> check_info(const AuthenticatorInfo& info) {
  if (!is_authenticator_id(info.id)) {
    return refused(fmt::format("\"{}\" is not an id: it has to look like org.example.flow", safe_text(info.id, 64)));
  }
  if (info.name.empty() || info.version.empty()) return refused(fmt::format("{} says no name or no version", info.id));
  std::set<std::string> names;
  for (const auto& setting : info.settings) {
    if (!is_word(setting.name, false) || setting.name.size() > 64) {
      return refused(fmt::format("{}: \"{}\" is not a setting's name (snake_case)", info.id, safe_text(setting.name, 64)));
    }
    if (setting.type < AUTHHOST_SETTING_STRING || setting.type > AUTHHOST_SETTING_SECRET) {
      return refused(fmt::format("{}: the setting {} has the unknown type {}", info.id, setting.name, setting.type));
    }
    if (!names.insert(setting.name).second) {
      return refused(fmt::format("{}: the setting {} is declared twice", info.id, setting.name));
    }
  }
  for (const auto& service : info.services_needed) {
    if (is_known_service(service)) continue;
    const auto meant = service_of_grant(service);
    return refused(fmt::format("{} needs {}, which this host does not have", info.id, safe_text(service, 64)),
                   meant.empty() ? "a newer host may have it" : fmt::format("did you mean \"{}\"?", meant));
  }
  return {};
}

}  // namespace authhost::plugins
