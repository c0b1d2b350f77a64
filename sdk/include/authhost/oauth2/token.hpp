// The token endpoint: one request, and what the answer means (RFC 6749, sections 5.1 and 5.2).
#pragma once

#include <authhost/context.hpp>
#include <authhost/oauth2/client.hpp>
#include <authhost/oauth2/form.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace authhost::oauth2 {

using std::chrono::milliseconds;
using std::chrono::seconds;

inline constexpr std::size_t kMaxToken = AUTHHOST_MAX_TOKEN;
inline constexpr seconds kMaxLifetime{AUTHHOST_MAX_LIFE_S};
inline constexpr milliseconds kRequestLimit{30'000};

// What came of one request: credentials, or an error with what is needed to judge it.
struct Answer {
  std::optional<Credentials> credentials = {};
  Error error = {};
  std::string code = {};  // `error` of the answer; empty: none
  bool arrived = false;   // a complete HTTP answer came: the server has seen the request
};

// A URL fit for a sentence: without query and fragment, where secrets may stand.
inline std::string shown_url(std::string_view url) { return text::clean(url.substr(0, url.find_first_of("?#")), 120); }

// A whole positive number, as a JSON number or as a string of digits; nothing for anything else.
inline std::optional<std::int64_t> positive_integer(const service::JsonValue& value) {
  constexpr double kExact = 9007199254740992.0;  // 2^53: above it a double no longer says which integer is meant
  if (value.is_number()) {
    const double number = value.number();
    if (!(number >= 1 && number <= kExact) || std::floor(number) != number) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  const auto digits = value.is_string() ? value.string() : std::string_view{};
  if (digits.empty() || digits.size() > 15) return std::nullopt;
  std::int64_t number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number > 0 ? std::optional(number) : std::nullopt;
}

namespace detail {

inline std::string_view media_type(std::string_view content_type) {
  return text::trim(content_type.substr(0, content_type.find(';')));
}

inline bool is_json(std::string_view content_type) {
  return text::equal_ignoring_case(media_type(content_type), "application/json");
}

// The words of a page, for a sentence. Nothing of any other body: it may be a token in a form that is not understood.
inline std::string words_of_page(const service::HttpResponse& response) {
  return text::equal_ignoring_case(media_type(response.header("content-type")), "text/html")
             ? text::summarise_html(response.body)
             : std::string();
}

// The object in an answer. PROTOCOL says what came instead; a page of HTML is summarised (O43).
inline Result<service::JsonValue> read_object(Context& context, std::string_view what,
                                              const service::HttpResponse& response) {
  const std::string who(what);
  const auto type = response.header("content-type");
  if (!is_json(type)) {
    const std::string words = words_of_page(response);
    return Error{Status::protocol,
                 who + " answered " + std::to_string(response.status) + " with " +
                     (type.empty() ? std::string("no content type") : text::clean(type, 60)) + " instead of JSON" +
                     (words.empty() ? "" : ": " + words),
                 "check the endpoint's URL, and whether a proxy or a login page stands in the way", -1};
  }
  auto parsed = context.json().parse(response.body);
  if (!parsed && parsed.status() != Status::protocol) return std::move(parsed).error();
  if (!parsed || !parsed->is_object()) {
    return Error{Status::protocol, who + " answered with something that is not a JSON object",
                 "check the endpoint's URL", -1};
  }
  return *parsed;
}

// A failed answer in words; fills in the OAuth error code where there is one (RFC 6749, section 5.2).
inline Answer refusal(Context& context, std::string_view what, const service::HttpResponse& response) {
  Answer answer;
  answer.arrived = true;
  const std::string who(what);
  auto object = read_object(context, what, response);
  std::string detail;
  if (object.ok() && (*object)["error"].is_string()) {
    answer.code = text::clean((*object)["error"].string(), 64);
    detail = answer.code;
    const auto description = text::clean((*object)["error_description"].string(), 300);
    if (!description.empty()) detail += ": " + description;
  }
  if (response.status >= 500 || response.status == 429 || response.status == 408) {
    if (detail.empty() && object.ok()) detail = "no reason given";
    if (!object.ok()) detail = words_of_page(response);
    answer.error = Error{Status::unavailable,
                         who + " is not available: HTTP " + std::to_string(response.status) +
                             (detail.empty() ? "" : ": " + detail),
                         "try again later", -1};
    if (response.retry_after) answer.error.retry_after_ms = response.retry_after->count();
  } else if (response.status >= 300 && response.status < 400) {
    answer.error = Error{Status::protocol,
                         who + " answered with a redirect (" + std::to_string(response.status) +
                             ") to " + shown_url(response.header("location")) + ", which is not followed",
                         "configure the endpoint's final URL", -1};
  } else if (!object.ok()) {
    answer.error = std::move(object).error();
  } else if (answer.code.empty()) {
    answer.error = Error{Status::protocol,
                         who + " answered " + std::to_string(response.status) + " without an OAuth error",
                         "check the endpoint's URL", -1};
  } else {
    answer.error = Error{Status::denied, who + " refused: " + detail, "", -1};
  }
  return answer;
}

// Statuses of the codes that mean something to us; every other one is DENIED.
inline void judge_code(Answer& answer, bool refreshing) {
  if (answer.error.status != Status::denied) return;
  const auto& code = answer.code;
  if (code == "invalid_grant" && refreshing) {
    answer.error.status = Status::invalid_grant;
    answer.error.hint = "log in again: authhost login";
  } else if (code == "expired_token") {
    answer.error.status = Status::deadline;
    answer.error.hint = "log in again, and confirm the code in time";
  } else if (code == "server_error" || code == "temporarily_unavailable") {
    answer.error.status = Status::unavailable;
    answer.error.hint = "try again later";
  } else if (code == "invalid_client") {
    answer.error.hint = "check client_id and the client's secret";
  } else if (code == "unauthorized_client" || code == "unsupported_grant_type") {
    answer.error.hint = "ask whoever runs the server to allow this flow for the client";
  } else if (code == "invalid_scope") {
    answer.error.hint = "check the profile's scopes";
  } else if (code == "invalid_grant") {
    answer.error.hint = "log in again";
  }
}

// Credentials from the object of a successful answer.
inline Result<Credentials> read_credentials(std::string_view what, const service::JsonValue& object) {
  const auto wrong = [&](std::string_view why) {
    return Error{Status::protocol, std::string(what) + " answered with " + std::string(why),
                 "report this to whoever runs the server", -1};
  };
  Credentials credentials;
  const auto token = object["access_token"];
  if (!token.is_string() || token.string().empty()) return wrong("no access token");
  // It is going to stand in a header: RFC 6750, section 2.1.
  if (!text::visible_ascii(token.string()) || token.string().size() > kMaxToken) {
    return wrong("an access token that cannot stand in a header");
  }
  credentials.access_token = Secret(token.string());

  // RFC 6749, section 7.1: a client must not use a token whose type it does not understand.
  if (!text::equal_ignoring_case(object["token_type"].string(), "bearer")) {
    return wrong("a token type that is not Bearer");
  }

  const auto lifetime = object["expires_in"];
  if (!lifetime.is_null()) {
    const auto life = positive_integer(lifetime);
    if (!life) return wrong("an expires_in that is not a positive whole number");
    credentials.expires_in = std::min(seconds(*life), kMaxLifetime);
  }

  const auto optional_secret = [&](const char* name, Secret& into) {
    const auto value = object[name];
    if (value.is_null()) return true;
    if (!value.is_string() || value.string().size() > kMaxToken) return false;
    into = Secret(value.string());
    return into.empty() || text::visible_ascii(into.reveal());
  };
  if (!optional_secret("refresh_token", credentials.refresh_token)) return wrong("a malformed refresh_token");
  if (!optional_secret("id_token", credentials.id_token)) return wrong("a malformed id_token");
  const auto scope = object["scope"];
  if (!scope.is_null() && !scope.is_string()) return wrong("a scope that is not a string");
  credentials.scopes = split_scopes(scope.string());
  return credentials;
}

}  // namespace detail

// POSTs a form to an endpoint as `client`.
inline Result<service::HttpResponse> post_form(Context& context, std::string_view url, const Client& client, Form form,
                                               milliseconds timeout = kRequestLimit) {
  service::HttpRequest request;
  request.method = "POST";
  request.url = url;
  request.timeout = timeout;
  request.headers = {{"content-type", "application/x-www-form-urlencoded"}, {"accept", "application/json"}};
  Secret authorization;
  if (client.auth == ClientAuth::basic) {
    AUTHHOST_TRY(basic, basic_authorization(context, client));
    authorization = std::move(basic);
    request.headers.push_back({"authorization", authorization.reveal()});
  } else {
    form.add("client_id", client.id);
    if (client.auth == ClientAuth::post) form.add("client_secret", client.secret.reveal());
  }
  request.body = form.body();
  return context.http().send(request);
}

// One request to the token endpoint, no repetition. `refreshing`: invalid_grant then means that the refresh token is dead.
inline Answer exchange(Context& context, const Client& client, const Form& form, milliseconds timeout, bool refreshing) {
  Answer answer;
  const auto& url = context.client_config().token_endpoint;
  if (url.empty()) {
    answer.error = Error{Status::invalid_config, "no token endpoint is known for this profile",
                         "set token_endpoint in the client configuration, or a discovery that finds it", -1};
    return answer;
  }
  const std::string what = "the token endpoint " + shown_url(url);
  auto response = post_form(context, url, client, form.clone(), timeout);
  if (!response) {
    answer.error = std::move(response).error();
    return answer;
  }
  answer.arrived = true;
  if (response->status == 200) {
    auto object = detail::read_object(context, what, *response);
    if (!object) {
      answer.error = std::move(object).error();
      return answer;
    }
    // Some servers say 200 and mean an error.
    const bool refused = (*object)["error"].is_string() && (*object)["access_token"].is_null();
    if (!refused) {
      auto credentials = detail::read_credentials(what, *object);
      if (credentials) answer.credentials.emplace(std::move(*credentials));
      else answer.error = std::move(credentials).error();
      return answer;
    }
  }
  answer = detail::refusal(context, what, *response);
  detail::judge_code(answer, refreshing);
  return answer;
}

// Whether a request may be sent again when nobody knows what became of the first one.
enum class Repeat {
  only_if_answered,  // it spends something: a code, a refresh token. Only an answer with Retry-After invites a repetition
  harmless,          // it spends nothing
};

// Asks for tokens: at most three attempts, under 30 s in all.
inline Result<Credentials> token_request(Context& context, const Client& client, const Form& form, Repeat repeat,
                                         bool refreshing = false) {
  constexpr int kAttempts = 3;
  constexpr milliseconds kLongestPause{10'000};
  constexpr milliseconds kFirstPause{500};
  AUTHHOST_TRY(start, context.clock().monotonic());
  milliseconds elapsed{0};
  for (int attempt = 1;; ++attempt) {
    Answer answer = exchange(context, client, form, kRequestLimit - elapsed, refreshing);
    if (answer.credentials) return std::move(*answer.credentials);
    const bool retryable = answer.error.status == Status::unavailable;
    const bool free_to_repeat = repeat == Repeat::harmless || (answer.arrived && answer.error.retry_after_ms >= 0);
    if (!retryable || !free_to_repeat || attempt == kAttempts) return std::move(answer.error);

    const milliseconds pause = answer.error.retry_after_ms >= 0 ? milliseconds(answer.error.retry_after_ms)
                                                                : kFirstPause * attempt;
    AUTHHOST_TRY(now, context.clock().monotonic());
    elapsed = now - start + pause;
    if (pause > kLongestPause || elapsed >= kRequestLimit || pause >= context.time_left()) {
      return std::move(answer.error);
    }
    context.log(LogLevel::info, "the token endpoint is not available, trying again in " +
                                    std::to_string(pause.count()) + " ms");
    AUTHHOST_CHECK(context.clock().sleep(pause));
  }
}

}  // namespace authhost::oauth2
