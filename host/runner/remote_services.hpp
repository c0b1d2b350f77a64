// Remote services: the host's services as the runner's plugin sees them: each a question over the pipe.
#pragma once

#include "core/services/services.hpp"
#include "runner/host_pipe.hpp"

#include <memory>
#include <string>
#include <vector>

namespace authhost::runner {

// Those that are granted; the others are null. `pipe` outlives them.
Services remote_services(HostPipe& pipe, const std::vector<std::string>& granted);

// The host's time where the plugin may have it, else this machine's.
std::unique_ptr<Clock> remote_clock(HostPipe& pipe, const std::vector<std::string>& granted);

}  // namespace authhost::runner
