// The refresh grant (RFC 6749, section 6) and token revocation (RFC 7009).
#pragma once

#include <authhost/context.hpp>
#include <authhost/oauth2/client.hpp>
#include <authhost/oauth2/token.hpp>

#include <utility>

namespace authhost::oauth2 {

// Spends the previous refresh token. A new one in the answer replaces it; none keeps it: the host sees to that (O57).
// INVALID_GRANT: the token is dead.
inline Result<Credentials> refresh_grant(Context& context, const Client& client) {
  Form form;
  form.add("grant_type", "refresh_token").add("refresh_token", context.previous()->refresh_token.reveal());
  return token_request(context, client, form, Repeat::only_if_answered, true);
}

// What a login ends with when nobody may be asked.
inline Result<void> require_person(const Context& context) {
  if (context.may_interact()) return {};
  return Error{Status::interaction_required, "a person has to log in, and none may be asked", "run: authhost login", -1};
}

// A time-out for a person or a program is a while, not nothing.
inline Result<void> check_timeout(milliseconds timeout) {
  if (timeout > milliseconds{0}) return {};
  return Error{Status::invalid_config, "the setting `timeout` must be longer than nothing", "write it as \"2m\" or \"90s\"",
               -1};
}

// Refreshes where there is something to refresh with, else runs `login()`, which asks require_person() before it asks
// anything of a person. A dead refresh token is reported as INVALID_GRANT: whether to log in anew is the host's decision.
template <class Login>
Result<Credentials> refresh_or_login(Context& context, const Client& client, Login login) {
  const auto* previous = context.previous();
  if (context.reason() != Reason::login && previous != nullptr && !previous->refresh_token.empty()) {
    return refresh_grant(context, client);
  }
  return login();
}

// Revokes the refresh token, or the access token where there is none. OK also where the server offers no revocation.
inline Result<void> revoke(Context& context, const Client& client) {
  const auto& url = context.client_config().revocation_endpoint;
  const auto* previous = context.previous();
  if (url.empty() || previous == nullptr) return {};
  const bool refresh = !previous->refresh_token.empty();
  const Secret& token = refresh ? previous->refresh_token : previous->access_token;
  if (token.empty()) return {};
  Form form;
  form.add("token", token.reveal()).add("token_type_hint", refresh ? "refresh_token" : "access_token");
  AUTHHOST_TRY(response, post_form(context, url, client, std::move(form)));
  // RFC 7009, section 2.2: 200 also for a token that the server does not know; the body is of no interest.
  if (response.status == 200) return {};
  Answer answer = detail::refusal(context, "the revocation endpoint " + shown_url(url), response);
  detail::judge_code(answer, false);
  return std::move(answer.error);
}

}  // namespace authhost::oauth2
