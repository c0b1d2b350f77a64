// Profile: everything that is configured about one endpoint, resolved, with the source of every value.
#pragma once

#include <authhost/client_config.hpp>
#include <authhost/result.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace authhost::config {

// Later wins.
enum class Layer { builtin, system, user, project, environment, flag, program };

// Where a value was said.
struct Source {
  Layer layer = Layer::builtin;
  std::string file = {};  // path; or the variable's or flag's name
  int line = 0;           // 1-based; 0: not a file

  // "config.toml:12", "$AUTHHOST_PROFILE", "--profile", "built-in".
  [[nodiscard]] std::string text() const;
};

// A value of `[profiles.X.settings]`, as written; checked against the plugin's descriptor later.
struct SettingValue {
  std::variant<std::string, std::int64_t, bool, std::vector<std::string>> value;
  Source source = {};
};
using Settings = std::map<std::string, SettingValue>;

enum class Discovery { none, oidc, flyte };
enum class Storage { automatic, secret_service, file, memory };

struct Profile;

struct Profile {
  std::string name;
  std::string endpoint;
  std::string authenticator;  // short name or id; "" where none is configured
  Discovery discovery = Discovery::none;
  std::string issuer;
  bool insecure = false;
  bool insecure_skip_verify = false;
  std::string ca_cert_file;
  std::string http_proxy;
  Storage storage = Storage::automatic;
  bool allow_insecure_http = false;
  bool runtime_cache = true;
  std::string account;
  std::chrono::milliseconds refresh_timeout{60'000};
  ClientConfig client;
  Settings settings;
  std::shared_ptr<const Profile> proxy_authenticator;  // the second role; inherits endpoint, storage, TLS of this one

  std::map<std::string, Source> sources;  // "endpoint", "client.client_id", "settings.timeout", … of every set value
};

enum class PluginPolicy { any, allowlist, none };

struct PluginsConfig {
  std::vector<std::string> directories;  // absolute
  PluginPolicy policy = PluginPolicy::any;
  std::map<std::string, Source> sources;
};

struct Config {
  std::string default_profile;
  std::map<std::string, Profile> profiles;
  PluginsConfig plugins;
  std::vector<Source> files;          // the files that were read, lowest layer first
  std::vector<std::string> warnings;  // one sentence each, e.g. a literal secret in the file

  // `name` empty: $AUTHHOST_PROFILE / default_profile / the only one there is. INVALID_CONFIG names the known ones.
  [[nodiscard]] Result<Profile> profile(std::string_view name) const;
};

struct LoadOptions {
  std::optional<std::string> config_file;  // --config: then this is the only user-level file
  std::optional<std::string> profile;      // --profile
};

// Reads the files that exist and the environment. INVALID_CONFIG with file, line, what and what to do. No network, no bus.
Result<Config> load(const LoadOptions& options);

}  // namespace authhost::config
