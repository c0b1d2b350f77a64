// Bench: where one authenticator is put to work in a world, one call after the other.
#pragma once

#include "conform/profile.hpp"
#include "conform/record.hpp"
#include "conform/subject.hpp"
#include "conform/world.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace authhost::conform {

// One call, and what the host says in it.
struct Round {
  Reason reason = Reason::login;
  bool may_interact = true;
  const Credentials* previous = nullptr;
  bool revoke = false;
  std::string lacks = {};  // a service that this caller does not have
  std::optional<config::Settings> settings = {};
  std::optional<ClientConfig> client = {};
};

struct Outcome {
  std::optional<Credentials> credentials;
  std::optional<Error> error;
  Record record;
  Milliseconds took{0};  // by the real clock; since the caller gave up, if it did

  [[nodiscard]] bool ok() const { return !error; }
};

class Bench {
 public:
  Bench(Subject& subject, std::size_t index, const std::optional<config::Profile>& profile)
      : subject_(subject), index_(index), profile_(profile) {}

  [[nodiscard]] const plugins::AuthenticatorInfo& info() const { return subject_.authenticators()[index_]; }
  [[nodiscard]] Kind kind() const { return subject_.kind(); }
  [[nodiscard]] bool needs(std::string_view service) const;
  // Its author wrote down with what it works.
  [[nodiscard]] bool has_profile() const { return profile_.has_value(); }
  [[nodiscard]] Subject& subject() { return subject_; }
  [[nodiscard]] Configured configured(const World& world) const { return configure(info(), profile_, world.tag); }

  // ---- what makes an instance ----
  std::optional<std::vector<std::string>> granted;
  OtherHost other_host;

  Result<std::unique_ptr<plugins::Authenticator>> make(World& world);
  // And has the settings looked at, as a session of the host does before its first call.
  Result<std::unique_ptr<plugins::Authenticator>> make_ready(World& world, const Round& round = {});
  Outcome run(plugins::Authenticator& authenticator, World& world, const Round& round = {});
  // One instance, one call. What the host says before it asks the plugin is the outcome, too.
  Outcome once(World& world, const Round& round = {});

  // Credentials of an earlier call, as the host would have kept them.
  [[nodiscard]] static Credentials previous(const World& world);

 private:
  Subject& subject_;
  const std::size_t index_;
  const std::optional<config::Profile>& profile_;
};

}  // namespace authhost::conform
