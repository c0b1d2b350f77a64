// Registry: the plugins that the manifests name, and who of them is meant by a name.
#pragma once

#include "core/config/profile.hpp"
#include "core/plugins/authenticator.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace authhost::plugins {

enum class PluginState { loaded, found, disabled, refused };

// A row of `plugin list`.
struct PluginRecord {
  std::string manifest;  // path of the manifest
  std::string path;      // of the plugin
  std::string id;        // that the manifest gives its authenticator; "": none
  std::string kind;      // "native", "exec"
  bool isolated = false; // a native plugin in a process of its own
  PluginState state = PluginState::found;
  Error reason;          // of a refusal; status ok otherwise
  std::string sha256;    // of the file that was read
  bool pinned = false;   // the manifest says that it has to be that one
  std::vector<std::string> grants;
  std::vector<AuthenticatorInfo> authenticators;
};

// The plugins that the manifests name. Thread-safe. Loading is lazy: a manifest is opened when its authenticator is asked
// for, or by list().
class Registry {
 public:
  virtual ~Registry() = default;
  // `name`: short name or id. PLUGIN: unknown (the hint lists the known ones), refused, or incompatible.
  virtual Result<std::unique_ptr<Authenticator>> create(std::string_view name, const Call& call) = 0;
  virtual Result<AuthenticatorInfo> describe(std::string_view name, const Call& call) = 0;
  // All of them, opened; what the call's time did not suffice for is `found`.
  virtual std::vector<PluginRecord> list(const Call& call) = 0;
  // The same rows before any plugin is opened: what the manifests alone say.
  virtual std::vector<PluginRecord> announced() = 0;
  // What a manifest or a plugin says that need not be among those of the configuration. The same checks, and the same policy.
  virtual PluginRecord inspect(const std::string& path, const Call& call) = 0;
};

std::shared_ptr<Registry> make_registry(const config::PluginsConfig& config);

}  // namespace authhost::plugins
