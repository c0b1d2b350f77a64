// Native: an Authenticator whose code is a shared object in this process.
#pragma once

#include "core/plugins/authenticator.hpp"
#include "core/plugins/call_state.hpp"
#include "core/plugins/library.hpp"

#include <memory>

namespace authhost::plugins {

// Calls `create`. `loaded` lives as long as the process. PLUGIN, or what `create` said.
Result<std::unique_ptr<Authenticator>> make_native(const LoadedAuthenticator& loaded, Permissions permissions, const Call& call);

}  // namespace authhost::plugins
