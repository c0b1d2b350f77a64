// What a command printed, read as one of three formats.
#pragma once

#include "rfc3339.hpp"

#include <authhost/context.hpp>
#include <authhost/oauth2/token.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace authhost::command {

namespace detail {

inline Error no_token(std::string_view why) {
  return {Status::denied, std::string(why), "run the command by hand and see what it prints", -1};
}
inline Error nonsense(std::string_view why) {
  return {Status::protocol, std::string(why), "run the command by hand, and check the setting `format`", -1};
}

inline Result<service::JsonValue> parse_object(Context& context, std::string_view output) {
  auto parsed = context.json().parse(output);
  if (!parsed && parsed.status() != Status::protocol) return std::move(parsed).error();
  if (!parsed || !parsed->is_object()) return nonsense("its output is not a JSON object");
  return *parsed;
}

// A time as RFC 3339 text, or as seconds since the epoch.
inline Result<std::chrono::system_clock::time_point> read_time(const service::JsonValue& value) {
  if (value.is_string()) {
    if (const auto time = parse_rfc3339(value.string())) return *time;
  } else if (const auto epoch = oauth2::positive_integer(value); epoch && *epoch < 253402300800) {  // before year 10000
    return std::chrono::system_clock::time_point(std::chrono::seconds(*epoch));
  }
  return nonsense("the expiry it printed is not a time");
}

inline Result<void> set_expiry(Context& context, const service::JsonValue& value, Credentials& credentials) {
  if (value.is_null()) return {};
  AUTHHOST_TRY(time, read_time(value));
  AUTHHOST_TRY(now, context.clock().now());
  if (time <= now) return no_token("the token it printed has already expired");
  credentials.expires_at = time;
  return {};
}

inline Result<void> set_token(std::string_view token, Credentials& credentials) {
  if (token.empty()) return no_token("it printed no token");
  if (!text::visible_ascii(token) || token.size() > oauth2::kMaxToken) {
    return nonsense("what it printed cannot be a token: it has spaces, line ends or other odd characters, or is too long");
  }
  credentials.access_token = Secret(token);
  return {};
}

}  // namespace detail

// The token and nothing else.
inline Result<Credentials> read_raw(Context&, std::string_view output) {
  if (text::trim(output).substr(0, 1) == "{") {
    Error error = detail::no_token("it printed JSON");
    error.hint = "set format = \"json\" or \"exec-credential\" in the profile's settings";
    return error;
  }
  Credentials credentials;
  AUTHHOST_CHECK(detail::set_token(text::trim(output), credentials));
  return credentials;
}

// An object with access_token, and perhaps token_type, expires_in or expires_at. A refresh_token is ignored: the command
// is what refreshes.
inline Result<Credentials> read_json(Context& context, std::string_view output) {
  if (text::trim(output).empty()) return detail::no_token("it printed nothing");
  AUTHHOST_TRY(object, detail::parse_object(context, output));
  Credentials credentials;
  AUTHHOST_CHECK(detail::set_token(object["access_token"].string(), credentials));
  if (!object["token_type"].is_null() && !text::equal_ignoring_case(object["token_type"].string(), "bearer")) {
    return detail::nonsense("the token type it printed is not Bearer");
  }
  if (const auto lifetime = object["expires_in"]; !lifetime.is_null()) {
    const auto life = oauth2::positive_integer(lifetime);
    if (!life) return detail::nonsense("the expires_in it printed is not a positive whole number");
    credentials.expires_in = std::min(std::chrono::seconds(*life), oauth2::kMaxLifetime);
  } else {
    AUTHHOST_CHECK(detail::set_expiry(context, object["expires_at"], credentials));
  }
  return credentials;
}

// kubectl's ExecCredential, client.authentication.k8s.io/v1 or v1beta1.
inline Result<Credentials> read_exec_credential(Context& context, std::string_view output) {
  if (text::trim(output).empty()) return detail::no_token("it printed nothing");
  AUTHHOST_TRY(object, detail::parse_object(context, output));
  const auto version = object["apiVersion"].string();
  if (object["kind"].string() != "ExecCredential" ||
      (version != "client.authentication.k8s.io/v1" && version != "client.authentication.k8s.io/v1beta1")) {
    return detail::nonsense("its output is not an ExecCredential of client.authentication.k8s.io/v1 or v1beta1");
  }
  const auto status = object["status"];
  Credentials credentials;
  AUTHHOST_CHECK(detail::set_token(status["token"].string(), credentials));
  AUTHHOST_CHECK(detail::set_expiry(context, status["expirationTimestamp"], credentials));
  return credentials;
}

}  // namespace authhost::command
