#include "person.hpp"
#include "verbs.hpp"

#include "core/services/redact.hpp"

#include <nlohmann/json.hpp>

#include <chrono>

namespace authhost::cli {

Result<void> login(const App& app) {
  AUTHHOST_TRY(session, app.open_session());
  AUTHHOST_TRY(report, session->login(app.arguments().force, app.call()));
  for (const auto& warning : report.warnings) app.warn(warning);
  if (!report.store_note.empty()) {
    app.warn("kept in " + report.store + ": " + safe_text(report.store_note, 180) + "; storage = \"" + report.store +
             "\" in the profile chooses it without this warning");
  }
  if (session->profile().storage == config::Storage::memory) {
    app.warn("storage = \"memory\": this login ends with this command; another storage keeps it for the next one");
  }
  std::string kept = report.store;
  if (report.store_failure) {
    app.warn("the login is good but could not be kept in " + report.store + ": " + report.store_failure->message);
    kept = "memory";  // of this process, which ends
  }
  const auto& credentials = report.credentials;
  const auto who = person_of(credentials.id_token.reveal());
  std::string until;
  std::string left;
  if (credentials.expires_at) {
    using std::chrono::milliseconds;
    until = rfc3339(std::chrono::floor<milliseconds>(credentials.expires_at->time_since_epoch()).count());
    left = duration_text(std::chrono::duration_cast<milliseconds>(*credentials.expires_at - app.call().clock->wall()));
  }
  const auto& profile = session->profile();
  if (app.json()) {
    nlohmann::ordered_json result = {{"profile", profile.name}, {"endpoint", profile.endpoint},
                                     {"authenticator", profile.authenticator}, {"store", kept}, {"id", credentials.id},
                                     {"scopes", credentials.scopes}, {"refreshed", report.refreshed}};
    result["expires_at"] = until.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(until);
    result["who"] = who.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(who);
    return print(result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  }
  std::string text = (report.refreshed ? "logged in to " : "already logged in to ") + safe_text(profile.endpoint) +
                     (who.empty() ? "" : " as " + who) + (report.refreshed ? "\n" : "; --force for a new login\n");
  text += "kept in: " + kept + "\n";
  text += "valid until: " + (until.empty() ? "not said" : until + " (" + left + ")") + "\n";
  text += "id: " + credentials.id + "\n";
  return print(text);
}

}  // namespace authhost::cli
