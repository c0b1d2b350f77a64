#include "core/config/options.hpp"

#include "core/config/expand.hpp"
#include "core/config/slots.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace authhost::config {
namespace {

Source said_by_program(const std::string& member) { return {Layer::program, "option " + member}; }

template <class Enum>
Result<void> choose(Enum& member, const std::string& name, const std::string& text) {
  auto index = find_choice(*find_key(Section::profile, name), text);
  if (!index) return config_error(said_by_program(name), "`" + name + "` " + index.error().message, index.error().hint);
  member = static_cast<Enum>(*index);
  return {};
}

}  // namespace

Result<Profile> profile_from_options(const SessionOptions& options) {
  Profile profile;
  profile.endpoint = options.endpoint;
  profile.authenticator = options.authenticator;
  profile.issuer = options.issuer.empty() ? options.client_config.issuer : options.issuer;
  profile.insecure = options.insecure;
  profile.insecure_skip_verify = options.insecure_skip_verify;
  profile.ca_cert_file = options.ca_cert_file;
  profile.http_proxy = options.http_proxy;
  profile.allow_insecure_http = options.allow_insecure_http;
  profile.runtime_cache = options.runtime_cache;
  profile.account = options.account;
  profile.refresh_timeout = options.refresh_timeout;
  profile.client = options.client_config;
  AUTHHOST_CHECK(choose(profile.discovery, "discovery", options.discovery));
  AUTHHOST_CHECK(choose(profile.storage, "storage", options.storage));
  for (const auto& key : keys()) {
    if (key.section != Section::profile && key.section != Section::client) continue;
    const std::string member =
        key.section == Section::client ? "client_config." + std::string(key.name) : std::string(key.name);
    with_slot(profile, key, [&](const auto&) { profile.sources[slot_name(key)] = said_by_program(member); });
  }
  for (const auto& [name, value] : options.settings) {
    const Source source = said_by_program("settings." + name);
    profile.settings[name] = SettingValue{value, source};
    profile.sources["settings." + name] = source;
  }
  AUTHHOST_CHECK(expand_profile(profile));
  AUTHHOST_CHECK(check_profile(profile));
  return profile;
}

std::string said_options(const SessionOptions& options, const SessionOptions& defaults) {
  const auto client = [](const ClientConfig& c) {
    return std::tie(c.issuer, c.token_endpoint, c.authorization_endpoint, c.device_authorization_endpoint, c.revocation_endpoint,
                    c.userinfo_endpoint, c.jwks_uri, c.redirect_uri, c.client_id, c.audience, c.header_key, c.scopes,
                    c.code_challenge_methods, c.iss_parameter_supported);
  };
  const std::pair<const char*, bool> members[] = {
      {"authenticator", options.authenticator != defaults.authenticator},
      {"client_config", client(options.client_config) != client(defaults.client_config)},
      {"settings", options.settings != defaults.settings},
      {"discovery", options.discovery != defaults.discovery},
      {"issuer", options.issuer != defaults.issuer},
      {"insecure", options.insecure != defaults.insecure},
      {"insecure_skip_verify", options.insecure_skip_verify != defaults.insecure_skip_verify},
      {"ca_cert_file", options.ca_cert_file != defaults.ca_cert_file},
      {"http_proxy", options.http_proxy != defaults.http_proxy},
      {"storage", options.storage != defaults.storage},
      {"allow_insecure_http", options.allow_insecure_http != defaults.allow_insecure_http},
      {"runtime_cache", options.runtime_cache != defaults.runtime_cache},
      {"account", options.account != defaults.account},
      {"refresh_timeout", options.refresh_timeout != defaults.refresh_timeout},
      {"plugin_directories", options.plugin_directories != defaults.plugin_directories}};
  std::string names;
  for (const auto& [name, said] : members) {
    if (said) names.append(names.empty() ? "" : ", ").append(name);
  }
  return names;
}

SessionOptions options_from_api_key(const ApiKey& key, SessionOptions options) {
  options.endpoint = key.endpoint;
  options.authenticator = "client_credentials";
  options.client_config.client_id = key.client_id;
  options.settings["client_secret"] = std::string(key.client_secret.reveal());
  options.discovery = "flyte";
  return options;
}

Result<PluginsConfig> plugins_from_options(const SessionOptions& options, const LoadOptions& load_options) {
  AUTHHOST_TRY(system, load_system(load_options));
  PluginsConfig plugins = std::move(system.plugins);
  const Source source = said_by_program("plugin_directories");
  for (const auto& directory : options.plugin_directories) {
    AUTHHOST_TRY(path, absolute_path(directory, source));
    if (std::find(plugins.directories.begin(), plugins.directories.end(), path) != plugins.directories.end()) continue;
    plugins.directories.push_back(std::move(path));
    plugins.directory_sources.push_back(source);
  }
  return plugins;
}

}  // namespace authhost::config
