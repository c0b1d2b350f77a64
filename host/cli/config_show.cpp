#include "verbs.hpp"

#include "core/config/duration.hpp"
#include "core/services/redact.hpp"

#include <nlohmann/json.hpp>

#include <map>

namespace authhost::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kRedacted = "[redacted]";

// Values by dotted key, in the order of the documentation.
using Values = std::vector<std::pair<std::string, Json>>;

std::string_view discovery_name(config::Discovery discovery) {
  switch (discovery) {
    case config::Discovery::none: return "none";
    case config::Discovery::oidc: return "oidc";
    case config::Discovery::flyte: return "flyte";
  }
  return "none";
}

std::string_view storage_name(config::Storage storage) {
  switch (storage) {
    case config::Storage::automatic: return "auto";
    case config::Storage::secret_service: return "secret-service";
    case config::Storage::file: return "file";
    case config::Storage::memory: return "memory";
  }
  return "auto";
}

// "http://user:pw@proxy:3128" without what stands before the @.
std::string without_userinfo(const std::string& url) {
  const auto begin = url.find("://");
  const auto at = url.rfind('@');
  if (at == std::string::npos) return url;
  const auto host = begin == std::string::npos ? 0 : begin + 3;
  return at < host ? url : url.substr(0, host) + kRedacted + url.substr(at);
}

// A secret that was written into the file in clear. The place of a secret (NAME_env, NAME_file, NAME_command) is none.
bool holds_secret(std::string_view name, const std::optional<plugins::AuthenticatorInfo>& info) {
  for (const char* place : {"_env", "_file", "_command"}) {
    if (name.ends_with(place)) return false;
  }
  if (info) {
    for (const auto& setting : info->settings) {
      if (setting.name == name) return setting.type == AUTHHOST_SETTING_SECRET;
    }
  }
  for (const char* word : {"secret", "password", "passphrase", "token", "key"}) {
    if (name.find(word) != std::string_view::npos) return true;
  }
  return false;
}

void add_settings(Values& values, const std::string& prefix, const config::Profile& profile, plugins::Registry& registry) {
  std::optional<plugins::AuthenticatorInfo> info;
  if (auto described = registry.describe(profile.authenticator)) info = std::move(*described);
  for (const auto& [name, setting] : profile.settings) {
    Json value = std::visit([](const auto& held) { return Json(held); }, setting.value);
    if (holds_secret(name, info)) value = kRedacted;
    values.emplace_back(prefix + name, std::move(value));
  }
}

Values values_of(const config::Profile& profile, plugins::Registry& registry) {
  const auto& client = profile.client;
  Values values = {{"endpoint", profile.endpoint},
                   {"authenticator", profile.authenticator},
                   {"discovery", discovery_name(profile.discovery)},
                   {"issuer", profile.issuer},
                   {"insecure", profile.insecure},
                   {"insecure_skip_verify", profile.insecure_skip_verify},
                   {"ca_cert_file", profile.ca_cert_file},
                   {"http_proxy", without_userinfo(profile.http_proxy)},
                   {"storage", storage_name(profile.storage)},
                   {"allow_insecure_http", profile.allow_insecure_http},
                   {"runtime_cache", profile.runtime_cache},
                   {"account", profile.account},
                   {"refresh_timeout", format_duration(profile.refresh_timeout)},
                   {"client.token_endpoint", client.token_endpoint},
                   {"client.authorization_endpoint", client.authorization_endpoint},
                   {"client.device_authorization_endpoint", client.device_authorization_endpoint},
                   {"client.redirect_uri", client.redirect_uri},
                   {"client.client_id", client.client_id},
                   {"client.scopes", client.scopes},
                   {"client.audience", client.audience},
                   {"client.header_key", client.header_key}};
  add_settings(values, "settings.", profile, registry);
  if (const auto& proxy = profile.proxy_authenticator) {
    values.emplace_back("proxy_authenticator.authenticator", proxy->authenticator);
    add_settings(values, "proxy_authenticator.settings.", *proxy, registry);
  }
  return values;
}

std::string source_of(const config::Profile& profile, const std::string& key) {
  if (const auto source = profile.sources.find(key); source != profile.sources.end()) return source->second.text();
  constexpr std::string_view kSettings = "settings.";
  if (key.starts_with(kSettings)) {
    if (const auto setting = profile.settings.find(key.substr(kSettings.size())); setting != profile.settings.end()) {
      return setting->second.source.text();
    }
  }
  const auto whole = key.substr(0, key.find('.'));
  if (const auto source = profile.sources.find(whole); source != profile.sources.end()) return source->second.text();
  return config::Source{}.text();
}

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

Result<void> config_show(const App& app) {
  AUTHHOST_TRY(config, app.load_config());
  AUTHHOST_TRY(profile, app.chosen_profile(config));
  const auto values = values_of(profile, *plugins::make_registry(config.plugins));
  const bool explain = app.arguments().explain;
  Json object = Json::object();
  std::string text = "# profile " + safe_text(profile.name) + "\n";
  for (const auto& [key, value] : values) {
    const auto source = explain ? source_of(profile, key) : std::string();
    object[key] = explain ? Json{{"value", value}, {"source", source}} : value;
    text += key + " = " + dump(value) + (explain ? "  # " + safe_text(source) : "") + "\n";
  }
  return print(app.json() ? dump(Json{{"profile", profile.name}, {"values", std::move(object)}}) + "\n" : text);
}

}  // namespace authhost::cli
