#include "table.hpp"
#include "verbs.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <optional>

namespace authhost::cli {

namespace {

std::string_view state_name(SessionState::Kind kind) {
  switch (kind) {
    case SessionState::Kind::none: return "none";
    case SessionState::Kind::valid: return "valid";
    case SessionState::Kind::expired: return "expired";
    case SessionState::Kind::refreshable: return "refreshable";
  }
  return "none";
}

Result<SessionState> peek(const App& app, const Result<config::Profile>& profile,
                          const std::shared_ptr<plugins::Registry>& registry) {
  if (!profile) return profile.error();
  AUTHHOST_TRY(session, app.open_session(*profile, registry));
  return session->peek(app.call());
}

}  // namespace

Result<void> status(const App& app) {
  using std::chrono::milliseconds;
  AUTHHOST_TRY(config, app.load_config());
  AUTHHOST_TRY(profiles, app.profiles(config));
  const auto registry = plugins::make_registry(config.plugins);
  std::optional<Error> failure;  // the first; the other rows are shown all the same
  auto objects = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> rows = {{"PROFILE", "ENDPOINT", "AUTHENTICATOR", "STORE", "STATE", "EXPIRES IN"}};
  for (auto& [name, resolved] : profiles) {
    std::optional<SessionState> state;
    std::optional<Error> trouble;
    if (auto peeked = peek(app, resolved, registry)) state = std::move(*peeked);
    else trouble = std::move(peeked).error();
    if (state && state->store_failure) trouble = state->store_failure;
    config::Profile profile;
    profile.name = name;
    if (resolved) profile = *resolved;
    const std::string word(trouble ? "unknown" : state_name(state->kind));
    const std::string store = state ? state->store : "";
    nlohmann::ordered_json object = {{"profile", profile.name}, {"endpoint", profile.endpoint},
                                     {"authenticator", profile.authenticator}, {"store", store}, {"state", word},
                                     {"expires_at", nullptr}, {"expires_in_s", nullptr}, {"id", nullptr}};
    std::string left;
    if (!trouble && state->expires_at) {
      const auto rest = *state->expires_at - app.call().clock->wall();
      object["expires_at"] = rfc3339(std::chrono::floor<milliseconds>(state->expires_at->time_since_epoch()).count());
      object["expires_in_s"] = std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(rest).count());
      left = duration_text(std::chrono::duration_cast<milliseconds>(rest));
    }
    if (!trouble && !state->id.empty()) object["id"] = state->id;
    if (trouble) {
      object["error"] = {{"status", status_name(trouble->status)}, {"message", trouble->message}};
      if (!failure) failure = std::move(*trouble).in("reading the state of " + profile.name);
    }
    objects.push_back(std::move(object));
    rows.push_back({profile.name, profile.endpoint, profile.authenticator, store, word, left});
  }
  AUTHHOST_CHECK(print(app.json() ? objects.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                                  : table_text(rows)));
  if (failure) return std::move(*failure);
  return {};
}

}  // namespace authhost::cli
