#include "conform/profile.hpp"

#include "core/plugins/settings.hpp"
#include "core/services/redact.hpp"

#include <filesystem>
#include <utility>

namespace authhost::conform {

namespace {

constexpr const char* kServer = "https://idp.conform.example";

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

config::SettingValue made_up(const plugins::SettingInfo& setting, const std::string& tag) {
  config::SettingValue out;
  out.source = {config::Layer::program, "the conformance kit"};
  const std::string& name = setting.name;
  switch (setting.type) {
    case AUTHHOST_SETTING_INTEGER: out.value = std::int64_t{1}; break;
    case AUTHHOST_SETTING_BOOLEAN: out.value = true; break;
    case AUTHHOST_SETTING_DURATION: out.value = std::string("30s"); break;
    case AUTHHOST_SETTING_STRING_LIST: out.value = std::vector<std::string>{"conform-" + name}; break;
    case AUTHHOST_SETTING_SECRET: out.value = "conform-secret-" + name + "-" + tag; break;
    default:
      if (!setting.allowed.empty()) out.value = setting.allowed.front();
      else if (has(name, "url") || has(name, "uri") || has(name, "endpoint") || has(name, "issuer")) out.value = kServer + ("/" + name);
      else out.value = "conform-" + name;
  }
  return out;
}

bool is_given(const config::Settings& settings, const plugins::SettingInfo& setting) {
  for (const auto suffix : config::kSecretSuffixes) {
    if (settings.count(setting.name + std::string(suffix)) != 0) return true;
  }
  return false;
}

void set_unless_said(std::string& field, const std::string& value) {
  if (field.empty()) field = value;
}

}  // namespace

Result<std::optional<config::Profile>> read_profile(const std::string& file) {
  if (file.empty()) return std::optional<config::Profile>();
  config::LoadOptions options;
  options.config_file = file;
  options.profile = "check";
  options.system_file = "/dev/null/none";
  if (std::error_code ignored; !std::filesystem::is_regular_file(file, ignored)) {
    return Error{Status::invalid_config, "--profile: there is no file " + safe_text(file, 300),
                 "with `plugin check` it is a file with a [profiles.check] in it (docs/conformance.md), not a profile's name"};
  }
  AUTHHOST_TRY(loaded, config::load(options));
  AUTHHOST_TRY(profile, loaded.profile("check"));
  return std::optional<config::Profile>(std::move(profile));
}

Configured configure(const plugins::AuthenticatorInfo& info, const std::optional<config::Profile>& profile, const std::string& tag) {
  Configured out;
  if (profile) {
    out.endpoint = profile->endpoint;
    out.client = profile->client;
    out.settings = profile->settings;
  }
  set_unless_said(out.endpoint, "dns:///service.conform.example");
  const std::string server = kServer;
  auto& client = out.client;
  set_unless_said(client.issuer, server);
  set_unless_said(client.token_endpoint, server + "/token");
  set_unless_said(client.authorization_endpoint, server + "/authorize");
  set_unless_said(client.device_authorization_endpoint, server + "/device");
  set_unless_said(client.revocation_endpoint, server + "/revoke");
  set_unless_said(client.client_id, "conform-client");
  set_unless_said(client.header_key, "authorization");
  if (client.scopes.empty()) client.scopes = {"openid", "offline_access"};
  if (client.code_challenge_methods.empty()) client.code_challenge_methods = {"S256"};
  for (const auto& setting : info.settings) {
    const bool wanted = setting.required || setting.type == AUTHHOST_SETTING_SECRET;
    if (wanted && !is_given(out.settings, setting)) out.settings[setting.name] = made_up(setting, tag);
  }
  return out;
}

std::vector<std::string> secrets_of(const plugins::AuthenticatorInfo& info, const config::Settings& settings) {
  std::vector<std::string> out;
  for (const auto& setting : info.settings) {
    if (setting.type != AUTHHOST_SETTING_SECRET) continue;
    const auto value = plugins::resolve_setting(setting, settings, nullptr, {});
    if (value && value->is_set) out.emplace_back(value->text.reveal());
  }
  return out;
}

}  // namespace authhost::conform
