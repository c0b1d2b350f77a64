// Who the session's token speaks for. The servers that know are asked in turn, each only for what the one before did not say.
#include "core/session/live_session.hpp"

#include "core/discovery/discovery.hpp"
#include "core/discovery/identity.hpp"
#include "core/services/redact.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace authhost {

// What is known about the server, also where the authenticator itself does not need it.
Result<ClientConfig> LiveSession::known_config(const Call& call) {
  if ((authenticator_->info().capabilities & AUTHHOST_CAP_OAUTH) == 0 && parts_.profile.discovery == config::Discovery::oidc) {
    return resolve_client_config(parts_.profile, *parts_.services.http, call);
  }
  ClientConfig known;
  const auto work = [&]() -> Result<void> {
    AUTHHOST_TRY(found, client_config(call));
    known = std::move(found);
    return {};
  };
  AUTHHOST_CHECK(flights_.fly_alone(call, work));
  return known;
}

// Nothing: the token was rejected, and `rejected` says by whom.
Result<std::optional<Identity>> LiveSession::ask_who(const SessionReport& report, const ClientConfig& config,
                                                     std::string& rejected, const Call& call) {
  using Kind = IdentityAnswer::Kind;
  using Source = Identity::Source;
  const Secret& token = report.credentials.access_token;
  const bool flyte = parts_.profile.discovery == config::Discovery::flyte && parts_.flyte_rpc != nullptr;
  IdentityAnswer answer;
  if (flyte) {
    AUTHHOST_TRY(said, ask_identity_service(*parts_.flyte_rpc, token, report.header_key, call));
    if (said.kind == Kind::claims) return std::optional{Identity{Source::identity_service, std::move(said.text), {}}};
    answer = std::move(said);
    rejected = parts_.flyte_rpc->address();
  }
  IdentityAnswer kept = read_id_token(report.credentials.id_token);
  if (answer.kind == Kind::nothing && !config.userinfo_endpoint.empty()) {
    AUTHHOST_TRY(said, ask_userinfo(*parts_.services.http, config.userinfo_endpoint, token, call));
    if (said.kind == Kind::claims) {
      // OpenID Connect Core 1.0, section 5.3.2: an answer about somebody else must not be used.
      const std::string expected = kept.kind == Kind::claims ? subject_of(kept.text) : "";
      if (!expected.empty() && subject_of(said.text) != expected) {
        return Error{Status::protocol,
                     fmt::format("{} speaks of \"{}\", and the login was that of \"{}\"", config.userinfo_endpoint,
                                 safe_text(subject_of(said.text), 100), safe_text(expected, 100)),
                     "log in again; if that does not help, tell whoever runs the server"};
      }
      return std::optional{Identity{Source::userinfo, std::move(said.text), {}}};
    }
    answer = std::move(said);
    rejected = config.userinfo_endpoint;
  }
  if (answer.kind == Kind::rejected) {
    rejected = fmt::format("{} rejects the token{}{}", rejected, answer.text.empty() ? "" : ": ", answer.text);
    return std::optional<Identity>();
  }
  if (kept.kind == Kind::claims) return std::optional{Identity{Source::id_token, std::move(kept.text), {}}};
  return Error{Status::invalid_config,
               fmt::format("nobody can be named: {}no userinfo endpoint is known, and the login brought no ID token",
                           flyte ? "the server's IdentityService does not say, " : ""),
               "set discovery in the profile, and \"openid\" among its scopes, if the token is a person's"};
}

Result<Identity> LiveSession::identify(const Call& call) {
  std::vector<std::string> warnings;
  AUTHHOST_TRY(report, token({}, call));
  AUTHHOST_TRY(config, known_config(call));
  for (bool again = false;; again = true) {
    std::move(report.warnings.begin(), report.warnings.end(), std::back_inserter(warnings));
    std::string rejected;
    AUTHHOST_TRY(who, ask_who(report, config, rejected, call));
    if (who) {
      who->warnings = std::move(warnings);
      return *std::move(who);
    }
    if (again) {
      return Error{Status::denied, rejected + ", and a new one, too",
                   "check the audience and the scopes in the profile, and that the login is at this server"};
    }
    if (auto refreshed = reject(report.credentials.id, call); !refreshed) return std::move(refreshed).error().in(rejected);
    AUTHHOST_TRY(next, token({}, call));
    report = std::move(next);
  }
}

}  // namespace authhost
