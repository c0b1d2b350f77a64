// Opening: what stands between a manifest that was read and a plugin that can be asked.
#pragma once

#include "core/plugins/authenticator.hpp"
#include "core/plugins/exec/exec.hpp"
#include "core/plugins/library.hpp"
#include "core/plugins/manifest.hpp"

#include <optional>
#include <string>
#include <vector>

namespace authhost::plugins {

// Who put the manifest where it is.
struct Origin {
  bool builtin = false;  // the installation
  bool of_user = false;  // a person's own configuration: what it names runs in a process of its own, unless it says otherwise
};

struct Opened {
  std::string path;    // of the file that was looked at
  std::string sha256;  // of what it held
  bool isolated = false;
  std::vector<AuthenticatorInfo> authenticators;
  const NativeLibrary* library = nullptr;  // of a plugin in this process
  std::optional<exec::Command> command;    // of one that is not
  std::optional<Error> failure;            // the members above say how far it came
};

// Checks the file (owner, modes, SHA-256), loads it or asks its program what it is, and holds that against the manifest. May take as
// long as the plugin does, at most until the call's end. Thread-safe. PLUGIN; DEADLINE, CANCELLED.
Opened open_plugin(const Manifest& manifest, const Origin& origin, const Call& call);

}  // namespace authhost::plugins
