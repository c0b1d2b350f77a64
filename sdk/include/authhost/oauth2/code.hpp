// The authorization code flow of a native app (RFC 6749, 7636, 8252): browser out, loopback in.
#pragma once

#include <authhost/context.hpp>
#include <authhost/oauth2/client.hpp>
#include <authhost/oauth2/id_token.hpp>
#include <authhost/oauth2/pkce.hpp>
#include <authhost/oauth2/refresh.hpp>
#include <authhost/oauth2/token.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace authhost::oauth2 {

struct CodeOptions {
  std::string browser = {};          // overrides $BROWSER; empty: none
  std::int64_t redirect_port = 0;    // where the configured redirect URI names none; 0: any free port
  std::chrono::milliseconds timeout{120'000};  // for the person
};

namespace detail {

// The names in a query, as written.
inline bool has_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    if (pair.substr(0, pair.find('=')) == name) return true;
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
  }
  return false;
}

}  // namespace detail

// One attempt's values: single-use, made anew for every login (O3).
struct CodeAttempt {
  PkcePair pkce;
  Secret state;
  Secret nonce;  // empty without the scope `openid`
};

inline Result<CodeAttempt> make_code_attempt(Context& context) {
  CodeAttempt attempt;
  AUTHHOST_TRY(pkce, make_pkce_pair(context));
  AUTHHOST_TRY(state, context.crypto().random_text(32));
  attempt.pkce = std::move(pkce);
  attempt.state = std::move(state);
  const auto& scopes = context.client_config().scopes;
  if (std::find(scopes.begin(), scopes.end(), "openid") != scopes.end()) {
    AUTHHOST_TRY(nonce, context.crypto().random_text(32));
    attempt.nonce = std::move(nonce);
  }
  return attempt;
}

// RFC 6749, section 4.1.1. The query that the configured endpoint has already is kept (section 3.1), and its `prompt`,
// `audience` and the like win over ours.
inline std::string authorization_url(const ClientConfig& config, const CodeAttempt& attempt, std::string_view redirect_uri) {
  std::string_view endpoint = config.authorization_endpoint;
  endpoint = endpoint.substr(0, endpoint.find('#'));
  const auto mark = endpoint.find('?');
  const std::string_view configured = mark == std::string_view::npos ? std::string_view{} : endpoint.substr(mark + 1);
  Form form;
  const auto add_unless_configured = [&](std::string_view name, std::string_view value) {
    if (!detail::has_parameter(configured, name)) form.add_if(name, value);
  };
  form.add("response_type", "code").add("client_id", config.client_id).add("redirect_uri", redirect_uri);
  form.add("state", attempt.state.reveal());
  form.add("code_challenge", attempt.pkce.challenge).add("code_challenge_method", "S256");
  form.add_if("nonce", attempt.nonce.reveal());
  add_unless_configured("scope", join_scopes(config.scopes));
  add_unless_configured("audience", config.audience);
  // OpenID Connect Core, section 11: without consent, offline_access is to be ignored.
  if (std::find(config.scopes.begin(), config.scopes.end(), "offline_access") != config.scopes.end()) {
    add_unless_configured("prompt", "consent");
  }
  std::string url(endpoint.substr(0, mark));
  url.append("?").append(configured);
  if (!configured.empty() && configured.back() != '&') url.append("&");
  return url.append(form.body());
}

// RFC 6749, section 4.1.2.1.
inline Error authorization_error(const service::LoopbackResult& result) {
  const std::string code = text::clean(result.error, 64);
  const std::string description = text::clean(result.error_description, 300);
  const bool passing = code == "server_error" || code == "temporarily_unavailable";
  return Error{passing ? Status::unavailable : Status::denied,
               "the authorization server refused the login: " + code + (description.empty() ? "" : ": " + description),
               passing ? "try again later" : code == "access_denied" ? "log in again and give consent" : "", -1};
}

// Trades the code for tokens, with exactly the parameters that RFC 6749, section 4.1.3 and RFC 7636, section 4.5 name.
inline Result<Credentials> redeem_code(Context& context, const Client& client, const CodeAttempt& attempt,
                                       std::string_view code, std::string_view redirect_uri) {
  Form form;
  form.add("grant_type", "authorization_code").add("code", code).add("redirect_uri", redirect_uri);
  form.add("code_verifier", attempt.pkce.verifier.reveal());
  form.add_if("audience", context.client_config().audience);
  AUTHHOST_TRY(credentials, token_request(context, client, form, Repeat::only_if_answered));
  AUTHHOST_CHECK(check_nonce(context, credentials, attempt.nonce.reveal()));
  return credentials;
}

// Shows the person where to go: in the browser, or, where none opens (over ssh), as words.
inline Result<void> send_to_browser(Context& context, std::string_view url, const CodeOptions& options) {
  const auto prompt = context.prompt();
  const auto browser = context.browser();
  const bool readable = prompt.available();
  if (!options.browser.empty() || browser.available()) {
    auto opened = browser.open(url, options.browser);
    if (opened.ok()) return readable ? prompt.notice("Log in with the browser window that opens now.") : opened;
    if (!readable || opened.status() == Status::cancelled) return opened;
    context.log(LogLevel::warn, "the browser could not be opened");
  }
  return prompt.notice("To log in, open this address in a browser on this machine: " + std::string(url));
}

// The whole login. INTERACTION_REQUIRED at once where there is neither a browser nor anybody to read an address.
inline Result<Credentials> code_login(Context& context, const Client& client, const CodeOptions& options) {
  const auto& config = context.client_config();
  for (const auto& [name, url] : {std::pair<const char*, const std::string&>{"authorization_endpoint", config.authorization_endpoint},
                                  std::pair<const char*, const std::string&>{"token_endpoint", config.token_endpoint}}) {
    if (!url.empty()) continue;
    return Error{Status::invalid_config, std::string("no ") + name + " is known for this profile",
                 std::string("set ") + name + " in [profiles.NAME.client], or a discovery that finds it", -1};
  }
  AUTHHOST_CHECK(check_s256_supported(context));
  AUTHHOST_CHECK(require_person(context));
  if (options.browser.empty() && !context.browser().available() && !context.prompt().available()) {
    return Error{Status::interaction_required, "a person has to log in, but there is neither a browser nor a terminal",
                 "set BROWSER, run it in a terminal, or use the device_code authenticator", -1};
  }

  AUTHHOST_TRY(attempt, make_code_attempt(context));
  const auto loopback = context.loopback();
  AUTHHOST_TRY(listener, loopback.open({config.redirect_uri, options.redirect_port, config.issuer}));
  AUTHHOST_CHECK(send_to_browser(context, authorization_url(config, attempt, listener.redirect_uri), options));
  auto arrived = loopback.wait(listener, {attempt.state.reveal(), config.issuer, config.iss_parameter_supported,
                                          options.timeout});
  if (!arrived && arrived.status() == Status::deadline) {
    return Error{Status::deadline, "nobody finished the login in the browser in time",
                 "log in again; the setting `timeout` gives more time", -1};
  }
  if (!arrived) return std::move(arrived).error();
  if (!arrived->error.empty()) return authorization_error(*arrived);
  return redeem_code(context, client, attempt, arrived->code, listener.redirect_uri);
}

}  // namespace authhost::oauth2
