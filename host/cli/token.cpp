#include "token_view.hpp"
#include "verbs.hpp"

namespace authhost::cli {

namespace {

// Fetches what is asked for, and prints it with `text`.
Result<void> print_token(const App& app, Secret (*text)(const TokenView&, Output)) {
  AUTHHOST_TRY(session, app.open_session());
  AUTHHOST_TRY(report, session->token({.min_ttl = app.arguments().min_ttl, .force = app.arguments().refresh}, app.call()));
  for (const auto& warning : report.warnings) app.warn(warning);
  if (report.store_failure) app.warn("the token is good but could not be kept: " + report.store_failure->message);
  const auto& credentials = report.credentials;
  TokenView view{credentials.access_token.reveal(), credentials.token_type, report.header_key, credentials.id,
                 &credentials.scopes, {}};
  if (credentials.expires_at) {
    view.expires_at_ms =
        std::chrono::floor<std::chrono::milliseconds>(credentials.expires_at->time_since_epoch()).count();
  }
  return print(text(view, app.arguments().output).reveal());
}

}  // namespace

Result<void> token(const App& app) { return print_token(app, token_text); }
Result<void> header(const App& app) { return print_token(app, header_text); }

}  // namespace authhost::cli
