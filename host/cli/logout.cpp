#include "report.hpp"
#include "verbs.hpp"

#include "core/keyring/runtime_cache.hpp"
#include "core/keyring/store.hpp"
#include "core/services/redact.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace authhost::cli {

namespace {

Result<void> forget(const config::Profile& profile, const Call& call) {
  AUTHHOST_TRY(store, keyring::open_store(profile.storage, call, nullptr));
  Result<void> outcome;
  for (const auto role : {config::Role::main, config::Role::proxy}) {
    const bool is_main = role == config::Role::main;
    if (!is_main && !profile.proxy_authenticator) continue;
    const auto key = config::session_key(is_main ? profile : *profile.proxy_authenticator, role);
    auto dropped = store->drop(key, call);
    keyring::RuntimeCache::drop(key);
    if (!dropped && outcome) outcome = std::move(dropped);
  }
  return outcome;
}

std::string outcome_text(const LogoutReport& report) {
  if (!report.had_credentials) return ": there was no login\n";
  if (report.revoked || report.revoke_failure) return ": logged out\n";
  return ": logged out here; the server was not told, for it or the authenticator has no way to\n";
}

// What to do about credentials that the server still honours: away from the network, about the cause too.
std::string unrevoked_hint(const Error& cause) {
  const std::string rest = "they end by themselves; to be sure, revoke them in the server's own pages";
  if (cause.status == Status::unavailable || cause.status == Status::deadline) return rest;
  return (cause.hint.empty() ? std::string(default_hint(cause.status)) : cause.hint) + " (before the next logout); " + rest;
}

}  // namespace

Result<void> logout(const App& app) {
  AUTHHOST_TRY(config, app.load_config());
  AUTHHOST_TRY(profiles, app.profiles(config));
  const auto registry = plugins::make_registry(config.plugins);
  std::optional<Error> failure;  // the first; the other profiles are logged out all the same
  auto rows = nlohmann::ordered_json::array();
  std::string text;
  const auto fail = [&](Error error) {
    if (!failure) failure = std::move(error);
  };
  for (auto& [name, resolved] : profiles) {
    const auto what = "logging out of " + name;
    if (!resolved) {
      fail(std::move(resolved).error().in(what));
      continue;
    }
    const auto& profile = *resolved;
    auto session = app.open_session(profile, registry);
    if (!session) {
      // Without its plugin nobody can tell the server, but nothing is to be left here.
      auto forgotten = forget(profile, app.call());
      auto error = std::move(session).error().in(what);
      error.message += forgotten ? "; the credentials are deleted here, but the server was not told"
                                 : "; nor could they be deleted: " + forgotten.error().message;
      fail(std::move(error));
      continue;
    }
    auto report = (*session)->logout(app.call());
    if (!report) {
      fail(std::move(report).error().in(what));
      continue;
    }
    rows.push_back({{"profile", profile.name}, {"had_credentials", report->had_credentials},
                    {"revoked", report->revoked && !report->revoke_failure}});
    text += safe_text(profile.name) + outcome_text(*report);
    if (const auto& cause = report->revoke_failure) {
      fail({Status::unavailable, what + ": the credentials are deleted here, but the server was not told: " +
                                     cause->message,
            unrevoked_hint(*cause)});
    }
  }
  AUTHHOST_CHECK(print(app.json() ? rows.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n" : text));
  if (failure) return std::move(*failure);
  return {};
}

}  // namespace authhost::cli
