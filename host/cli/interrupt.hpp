// Ctrl-C, SIGTERM and a closed terminal cancel what is under way; a second signal ends the program where it stands.
#pragma once

#include "core/services/call.hpp"

#include <memory>

namespace authhost::cli {

// Once a process, before any thread is started.
std::shared_ptr<const Cancellation> cancel_on_signals();

}  // namespace authhost::cli
