// Library: a native plugin in this process. Loaded once, never unloaded.
#pragma once

#include "core/plugins/authenticator.hpp"
#include "core/plugins/trust.hpp"

#include <authhost/abi.h>

#include <vector>

namespace authhost::plugins {

struct LoadedAuthenticator {
  const authhost_descriptor* descriptor = nullptr;
  AuthenticatorInfo info;
};

// Valid for the rest of the process, like the code behind it.
struct NativeLibrary {
  const authhost_plugin* plugin = nullptr;
  std::vector<LoadedAuthenticator> authenticators;
};

// Looks for the symbol through the file's descriptor, loads that very descriptor, and checks what it finds. The same file
// (device, inode, SHA-256) is loaded once per process. The descriptor stays open for ever: a number that is used again
// would make the dynamic linker answer with the plugin it knows by that name (O78). Thread-safe. PLUGIN; also where the file was written
// over since it was loaded: the process has the old code, and cannot have the new.
Result<const NativeLibrary*> load_native(TrustedFile file);

}  // namespace authhost::plugins
