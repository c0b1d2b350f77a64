#include "app.hpp"

#include "core/services/log.hpp"

#include <unistd.h>

namespace authhost::cli {

namespace {

// `login` is the consent to interact. Any other verb may be part of a script, so it asks only where somebody sits.
bool may_interact(const Arguments& arguments) {
  if (arguments.no_interactive) return false;
  return arguments.verb == "login" || (::isatty(STDIN_FILENO) && ::isatty(STDERR_FILENO));
}

}  // namespace

App::App(Arguments arguments, std::shared_ptr<const Cancellation> cancellation) : arguments_(std::move(arguments)) {
  call_.cancellation = std::move(cancellation);
  call_.may_interact = may_interact(arguments_);
  if (arguments_.verbosity > 0) {
    log::set_level(arguments_.verbosity == 1   ? log::Level::warn
                   : arguments_.verbosity == 2 ? log::Level::info
                                               : log::Level::debug);
  }
  services_.browser = make_system_browser();
  services_.prompt = make_terminal_prompt(colored(arguments_.color));
  services_.loopback = make_loopback();
  services_.process = make_process();
}

Result<config::Config> App::load_config() const {
  auto config = config::load({.config_file = arguments_.config, .profile = arguments_.profile});
  if (config) {
    for (const auto& warning : config->warnings) warn(warning);
  }
  return config;
}

Result<config::Profile> App::chosen_profile(const config::Config& config, Purpose purpose) const {
  return config.profile(arguments_.profile.value_or(""), purpose);
}

Result<std::vector<NamedProfile>> App::profiles(const config::Config& config) const {
  std::vector<NamedProfile> profiles;
  if (!arguments_.all) {
    AUTHHOST_TRY(profile, chosen_profile(config));
    std::string name = profile.name;
    profiles.push_back({std::move(name), std::move(profile)});
    return profiles;
  }
  for (const auto& entry : config.profiles) profiles.push_back({entry.first, config.profile(entry.first)});
  return profiles;
}

Result<std::shared_ptr<Session::Impl>> App::open_session(config::Profile profile,
                                                         std::shared_ptr<plugins::Registry> registry) const {
  return Session::Impl::make({.profile = std::move(profile),
                              .registry = std::move(registry),
                              .services = services_,
                              .may_interact = call_.may_interact,
                              .background_refresh = false},
                             call_);
}

Result<std::shared_ptr<Session::Impl>> App::open_session() const {
  AUTHHOST_TRY(config, load_config());
  AUTHHOST_TRY(profile, chosen_profile(config));
  return open_session(std::move(profile), plugins::make_registry(config.plugins));
}

std::string duration_text(std::chrono::milliseconds duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  if (seconds <= 0) return "0s";
  const auto part = [](long long number, char unit) { return std::to_string(number) + unit; };
  if (seconds < 60) return part(seconds, 's');
  if (seconds < 3600) return part(seconds / 60, 'm');
  if (seconds < 86'400) return part(seconds / 3600, 'h') + (seconds % 3600 >= 60 ? " " + part(seconds % 3600 / 60, 'm') : "");
  return part(seconds / 86'400, 'd') + (seconds % 86'400 >= 3600 ? " " + part(seconds % 86'400 / 3600, 'h') : "");
}

}  // namespace authhost::cli
