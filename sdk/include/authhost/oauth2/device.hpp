// The device authorization grant (RFC 8628).
#pragma once

#include <authhost/context.hpp>
#include <authhost/oauth2/client.hpp>
#include <authhost/oauth2/id_token.hpp>
#include <authhost/oauth2/refresh.hpp>
#include <authhost/oauth2/token.hpp>
#include <authhost/oauth2/url.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace authhost::oauth2 {

struct DeviceOptions {
  bool open_browser = false;
  bool qr = false;
  std::optional<std::chrono::milliseconds> timeout = {};  // for the person; none: as long as the code lives
};

// RFC 8628, section 3.2, checked.
struct DeviceCode {
  Secret device_code;
  std::string user_code;
  std::string verification_uri;
  std::string verification_uri_complete;  // empty: none, or not fit to be shown
  std::chrono::seconds expires_in{0};
  std::chrono::seconds interval{5};
};

namespace detail {

inline constexpr std::chrono::seconds kDeviceCodeLife{900};  // of a code whose life the server did not say
inline constexpr std::chrono::seconds kDefaultInterval{5};   // RFC 8628, section 3.2

inline Result<DeviceCode> read_device_code(const std::string& what, const service::JsonValue& object) {
  const auto wrong = [&](std::string_view why) {
    return Error{Status::protocol, what + " answered with " + std::string(why), "report this to whoever runs the server",
                 -1};
  };
  DeviceCode code;
  const auto secret = object["device_code"].string();
  if (!text::visible_ascii(secret) || secret.size() > 4096) return wrong("no usable device_code");
  code.device_code = Secret(secret);

  const auto user_code = object["user_code"].string();
  const bool printable = std::all_of(user_code.begin(), user_code.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
  if (text::trim(user_code).empty() || user_code.size() > 64 || !printable) return wrong("no usable user_code");
  code.user_code = std::string(user_code);

  const auto uri = presentable_url(object["verification_uri"].string());
  if (!uri) return wrong("a verification_uri that must not be shown or opened");
  code.verification_uri = *uri;
  code.verification_uri_complete = presentable_url(object["verification_uri_complete"].string()).value_or("");

  code.expires_in = kDeviceCodeLife;
  if (const auto life = object["expires_in"]; !life.is_null()) {
    const auto said = positive_integer(life);
    if (!said) return wrong("an expires_in that is not a positive whole number");
    code.expires_in = std::min(std::chrono::seconds(*said), std::chrono::seconds(std::chrono::hours(24)));
  }
  code.interval = kDefaultInterval;
  if (const auto interval = object["interval"]; !interval.is_null()) {
    const auto said = positive_integer(interval);
    // Zero means "as fast as you like"; once a second is.
    const bool zero = interval.is_number() && interval.number() == 0;
    if (!said && !zero) return wrong("an interval that is not a whole number");
    code.interval = zero ? std::chrono::seconds(1) : std::min(std::chrono::seconds(*said), code.expires_in);
  }
  return code;
}

// Waits, and shows how much time is left where somebody watches.
inline Result<void> wait_visibly(Context& context, milliseconds pause, milliseconds until) {
  const auto clock = context.clock();
  const auto prompt = context.prompt();
  const bool watched = prompt.available();
  while (pause > milliseconds{0}) {
    const auto step = watched ? std::min(pause, milliseconds{1000}) : pause;
    AUTHHOST_CHECK(clock.sleep(step));
    pause -= step;
    if (!watched) continue;
    AUTHHOST_TRY(now, clock.monotonic());
    AUTHHOST_CHECK(prompt.countdown(std::chrono::ceil<std::chrono::seconds>(std::max(until - now, milliseconds{0}))));
  }
  return {};
}

}  // namespace detail

// INVALID_CONFIG where the server has no device endpoint.
inline Result<void> check_device_endpoint(Context& context) {
  const auto& config = context.client_config();
  if (!config.device_authorization_endpoint.empty()) return {};
  const std::string where(context.endpoint().empty() ? std::string_view(config.issuer) : context.endpoint());
  return Error{Status::invalid_config, "Device Authentication is not available on " + text::clean(where, 200),
               "use another authenticator, or set device_authorization_endpoint in [profiles.NAME.client]", -1};
}

// RFC 8628, section 3.1.
inline Result<DeviceCode> request_device_code(Context& context, const Client& client) {
  AUTHHOST_CHECK(check_device_endpoint(context));
  const auto& config = context.client_config();
  const auto& url = config.device_authorization_endpoint;
  Form form;
  form.add_if("scope", join_scopes(config.scopes)).add_if("audience", config.audience);
  AUTHHOST_TRY(response, post_form(context, url, client, std::move(form)));
  const std::string what = "the device authorization endpoint " + shown_url(url);
  if (response.status != 200) {
    Answer answer = detail::refusal(context, what, response);
    detail::judge_code(answer, false);
    return std::move(answer.error);
  }
  AUTHHOST_TRY(object, detail::read_object(context, what, response));
  return detail::read_device_code(what, object);
}

// RFC 8628, sections 3.4 and 3.5: asks until the person has decided. `until`: on the monotonic clock.
inline Result<Credentials> poll_device_token(Context& context, const Client& client, const DeviceCode& code,
                                             milliseconds until) {
  constexpr std::chrono::seconds kSlowDown{5};
  constexpr int kMaxFailures = 4;  // in a row: by then the server is gone, not busy
  Form form;
  form.add("grant_type", "urn:ietf:params:oauth:grant-type:device_code").add("device_code", code.device_code.reveal());
  const auto clock = context.clock();
  milliseconds interval = code.interval;
  milliseconds pause = interval;
  for (int failures = 0;;) {
    AUTHHOST_TRY(before, clock.monotonic());
    AUTHHOST_CHECK(detail::wait_visibly(context, std::min(pause, std::max(until - before, milliseconds{0})), until));
    AUTHHOST_TRY(now, clock.monotonic());
    if (now >= until) {
      return Error{Status::deadline, "the code was not confirmed in time", "log in again, and confirm the code in time", -1};
    }
    Answer answer = exchange(context, client, form, std::min(kRequestLimit, until - now), false);
    if (answer.credentials) return std::move(*answer.credentials);
    pause = interval;
    if (answer.code == "authorization_pending") {
      failures = 0;
    } else if (answer.code == "slow_down") {
      failures = 0;
      pause = interval += kSlowDown;  // this and all later requests
    } else {
      const auto status = answer.error.status;
      const bool timed_out = status == Status::deadline && !answer.arrived && !context.is_cancelled();
      if ((status != Status::unavailable && !timed_out) || ++failures > kMaxFailures) return std::move(answer.error);
      // Section 3.5: a connection time-out means to ask less often, e.g. half as often.
      interval *= 2;
      pause = std::max(interval, milliseconds(answer.error.retry_after_ms));
    }
  }
}

// The whole login: asks for a code, shows it, waits for the person.
inline Result<Credentials> device_login(Context& context, const Client& client, const DeviceOptions& options) {
  AUTHHOST_CHECK(check_device_endpoint(context));  // before any request
  AUTHHOST_CHECK(require_person(context));
  // The code is shown even where no terminal is: whoever asked for the login may be reading a log.
  const auto prompt = context.prompt();
  AUTHHOST_CHECK(prompt.ready());
  AUTHHOST_TRY(start, context.clock().monotonic());
  AUTHHOST_TRY(code, request_device_code(context, client));
  milliseconds until = start + code.expires_in;
  if (options.timeout) until = std::min(until, start + *options.timeout);
  AUTHHOST_CHECK(prompt.show_code({code.verification_uri, code.verification_uri_complete, code.user_code, code.expires_in,
                                   options.qr}));
  if (options.open_browser && context.browser().available()) {
    const auto& url = code.verification_uri_complete.empty() ? code.verification_uri : code.verification_uri_complete;
    if (!context.browser().open(url).ok()) context.log(LogLevel::warn, "the browser could not be opened");
  }
  return poll_device_token(context, client, code, until);
}

}  // namespace authhost::oauth2
