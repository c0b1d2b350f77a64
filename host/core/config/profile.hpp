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
  bool sensitive = false;  // shown as "[redacted]": its name, or a ${file:…} in it, says that it is a secret
};
using Settings = std::map<std::string, SettingValue>;

// What a setting NAME that is a secret may be called in a profile: the secret itself, or where it is.
inline constexpr std::string_view kSecretSuffixes[] = {"", "_env", "_file", "_command"};

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

  Source source;                          // where its table begins
  bool inherited = false;                 // a layer below the project's defines it, too
  std::map<std::string, Source> sources;  // "endpoint", "client.client_id", "settings.timeout", … of every set value
};

enum class PluginPolicy { any, allowlist, none };

struct PluginsConfig {
  std::vector<std::string> directories;     // absolute; those of all files, lowest layer first
  std::vector<Source> directory_sources;    // one for each directory
  PluginPolicy policy = PluginPolicy::any;  // the strictest of all files
  std::map<std::string, Source> sources;
};

struct Config {
  std::string default_profile;  // from --profile, $AUTHHOST_PROFILE or the files; "": none
  Source default_profile_source;
  std::string written_default;  // what the files say, whatever was chosen instead
  Source written_default_source;
  std::map<std::string, Profile> profiles;  // as written: take them through profile(), which expands and checks
  PluginsConfig plugins;
  std::vector<Source> files;          // the files that were read, lowest layer first
  std::vector<std::string> warnings;  // one sentence each, e.g. a literal secret in the file

  // `name` empty: default_profile, else the only one there is. Expands ${env:…}, ${file:…} and paths, and checks what
  // one value alone does not tell (endpoint, issuer, certificate file). INVALID_CONFIG; names the known profiles.
  // What a file that was only found may not say (found_file.hpp) is an error, unless it is only to be shown.
  enum class Purpose { use, show };
  [[nodiscard]] Result<Profile> profile(std::string_view name, Purpose purpose = Purpose::use) const;
};

struct LoadOptions {
  std::optional<std::string> config_file = {};  // --config: replaces the user's and the project's file
  std::optional<std::string> profile = {};      // --profile
  std::string system_file = "/etc/authhost/config.toml";
};

// A file that is looked for.
struct Candidate {
  Layer layer = Layer::user;
  std::string path;  // absolute
  bool required = false;
  Source said_by = {};  // --config or $AUTHHOST_CONFIG; else built-in
};

// Where configuration is looked for, lowest layer first.
Result<std::vector<Candidate>> search(const LoadOptions& options);

// Reads the files that exist and the environment. INVALID_CONFIG with file, line, what and what to do. No network, no
// bus.
Result<Config> load(const LoadOptions& options);

// The system's file alone: its plugin policy binds programs that read no other file.
Result<Config> load_system(const LoadOptions& options);

}  // namespace authhost::config
