#include "verbs.hpp"

#include "core/discovery/discovery.hpp"
#include "core/plugins/settings.hpp"
#include "core/services/redact.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace authhost::cli {

namespace {

// What the built-in flows want from [profiles.NAME.client] beside a client_id. Of another plugin only the capability is
// known, and that says no more than that it asks a token endpoint.
struct Wanted {
  std::string_view id;
  std::string_view endpoint;
  std::string ClientConfig::*field;
};
constexpr Wanted kWanted[] = {
    {"org.authhost.pkce", "authorization_endpoint", &ClientConfig::authorization_endpoint},
    {"org.authhost.device_code", "device_authorization_endpoint", &ClientConfig::device_authorization_endpoint},
    {"org.authhost.client_credentials", "", nullptr},
};

// What an OAuth flow would miss at the login, where nobody is asked for it.
Result<void> check_client(const config::Profile& profile, const plugins::AuthenticatorInfo& info) {
  if ((info.capabilities & AUTHHOST_CAP_OAUTH) == 0) return {};
  AUTHHOST_CHECK(check_client_config(profile));
  if (!info.described) return {};  // it has not said that it wants an endpoint
  const auto missing = [&](std::string_view key) {
    const std::string where = profile.source.line > 0 ? profile.source.text() + ": " : "";
    return Error{Status::invalid_config,
                 where + "no " + std::string(key) + " is known: " + info.short_name + " needs one",
                 "set " + std::string(key) + " in [profiles." + profile.name + ".client]" +
                     (profile.discovery == config::Discovery::none ? ", or a discovery that finds it" : "")};
  };
  const bool none = profile.discovery == config::Discovery::none;
  if (none && profile.client.token_endpoint.empty()) return missing("token_endpoint");
  for (const auto& wanted : kWanted) {
    if (wanted.id != info.id) continue;
    if (none && wanted.field != nullptr && (profile.client.*wanted.field).empty()) return missing(wanted.endpoint);
    // A Flyte endpoint tells its client id; an issuer does not.
    if (profile.discovery != config::Discovery::flyte && profile.client.client_id.empty()) return missing("client_id");
  }
  return {};
}

Result<void> check_one(const config::Config& config, const std::string& name, plugins::Registry& registry, const Call& call) {
  AUTHHOST_TRY(profile, config.profile(name));
  for (const auto* role = &profile; role; role = role->proxy_authenticator.get()) {
    if (role->authenticator.empty()) {
      return Error{Status::invalid_config, role->source.text() + ": no authenticator is configured",
                   "add `authenticator = \"pkce\"` or another one"};
    }
    AUTHHOST_TRY(info, registry.describe(role->authenticator, call));
    AUTHHOST_CHECK(plugins::check_settings(info, role->settings));
    AUTHHOST_CHECK(check_client(*role, info));
  }
  return {};
}

// The rows, and in JSON the objects, of a check.
class Findings {
 public:
  void good(const std::string& name, const std::string& authenticator) {
    ++count_;
    text_ += "ok   " + safe_text(name) + "  " + safe_text(authenticator) + "\n";
    objects_.push_back({{"profile", name}, {"ok", true}});
  }
  void bad(const std::string& name, const Error& error) {
    ++count_;
    const std::string hint = error.hint.empty() ? "see docs/config.md" : error.hint;
    text_ += "bad  " + safe_text(name) + "\n     " + safe_text(error.message, 1024) + "\n     hint: " +
             safe_text(hint, 512) + "\n";
    objects_.push_back({{"profile", name}, {"ok", false}, {"message", error.message}, {"hint", hint}});
    bad_ += (bad_.empty() ? "" : ", ") + name;
    if (!first_) first_ = error.status;
  }

  [[nodiscard]] std::string text() const { return count_ == 0 ? "ok  no profiles are configured\n" : text_; }
  [[nodiscard]] std::string json() const {
    return objects_.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }
  // Each fault stands in the result; the error only counts them up, with the status of the first.
  [[nodiscard]] Result<void> outcome() const {
    if (!first_) return {};
    return Error{*first_, "checking the configuration: cannot be used: " + bad_, "correct what the result says of each, then run it again"};
  }

 private:
  std::size_t count_ = 0;
  std::string text_;
  nlohmann::ordered_json objects_ = nlohmann::ordered_json::array();
  std::string bad_;
  std::optional<Status> first_;
};

}  // namespace

Result<void> config_check(const App& app) {
  AUTHHOST_TRY(config, app.load_config());
  const auto& asked = app.arguments().profile;
  if (asked) AUTHHOST_CHECK(app.chosen_profile(config));
  const auto registry = plugins::make_registry(config.plugins);
  Findings findings;
  if (!config.default_profile.empty() && !config.profiles.contains(config.default_profile)) {
    findings.bad(config.default_profile, config.profile("").error());
  }
  for (const auto& [name, unresolved] : config.profiles) {
    if (asked && *asked != name) continue;
    if (auto checked = check_one(config, name, *registry, app.call())) findings.good(name, unresolved.authenticator);
    else findings.bad(name, checked.error());
  }
  AUTHHOST_CHECK(print(app.json() ? findings.json() : findings.text()));
  return findings.outcome();
}

}  // namespace authhost::cli
