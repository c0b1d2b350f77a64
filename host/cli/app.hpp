// App: what the verbs share: the arguments, the caller's patience, and the way from a configuration to a session.
#pragma once

#include "arguments.hpp"

#include "core/config/profile.hpp"
#include "core/plugins/registry.hpp"
#include "core/services/services.hpp"
#include "core/session/session_impl.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace authhost::cli {

// A profile of the configuration, or why it cannot be used.
struct NamedProfile {
  std::string name;
  Result<config::Profile> profile;
};

class App {
 public:
  App(Arguments arguments, std::shared_ptr<const Cancellation> cancellation);

  [[nodiscard]] const Arguments& arguments() const { return arguments_; }
  [[nodiscard]] bool json() const { return arguments_.output == Output::json; }
  [[nodiscard]] const Call& call() const { return call_; }

  // Loads the configuration; its warnings are shown at the end.
  Result<config::Config> load_config() const;
  // The profile that --profile, the environment or the configuration chooses.
  using Purpose = config::Config::Purpose;
  Result<config::Profile> chosen_profile(const config::Config& config, Purpose purpose = Purpose::use) const;
  // The profiles of --all, else the chosen one. One of many that is broken does not hide the others.
  Result<std::vector<NamedProfile>> profiles(const config::Config& config) const;
  Result<std::shared_ptr<Session::Impl>> open_session(config::Profile profile,
                                                      std::shared_ptr<plugins::Registry> registry) const;
  // The session of the chosen profile.
  Result<std::shared_ptr<Session::Impl>> open_session() const;

  // A sentence for the person, on stderr. Kept until the verb is done: a failure has only its own two lines.
  void warn(std::string sentence) const {
    if (std::find(warnings_.begin(), warnings_.end(), sentence) == warnings_.end()) warnings_.push_back(std::move(sentence));
  }
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  Arguments arguments_;
  Call call_;
  Services services_;
  mutable std::vector<std::string> warnings_;
};

// "59m", "2h 5m", "3d 1h", "12s", for people; "0s" for nothing and less.
std::string duration_text(std::chrono::milliseconds duration);

}  // namespace authhost::cli
