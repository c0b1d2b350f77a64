// Remote services: the host's services as the runner's plugin sees them: each a question over the pipe.
#pragma once

#include "core/plugins/authenticator.hpp"
#include "core/services/services.hpp"
#include "runner/host_pipe.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace authhost::runner {

// Those that are granted; the others are null. `pipe` outlives them.
Services remote_services(HostPipe& pipe, const std::vector<std::string>& granted);

// A secret among the settings, when the plugin asks for it: a variable or a command that it does not need may be missing. One that
// stands in the request need not be asked for. `settings` and `pipe` outlive the function.
std::function<Result<plugins::ResolvedSetting>(const std::string& name)> remote_secrets(HostPipe& pipe, const config::Settings& settings);

// The host's time where the plugin may have it, else this machine's.
std::unique_ptr<Clock> remote_clock(HostPipe& pipe, const std::vector<std::string>& granted);

}  // namespace authhost::runner
