// Context: one request for credentials, as a C++ author sees it.
#pragma once

#include <authhost/abi.h>
#include <authhost/client_config.hpp>
#include <authhost/credentials.hpp>
#include <authhost/reason.hpp>
#include <authhost/result.hpp>
#include <authhost/services.hpp>
#include <authhost/text.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace authhost {

enum class LogLevel : std::int32_t {
  error = AUTHHOST_LOG_ERROR,
  warn = AUTHHOST_LOG_WARN,
  info = AUTHHOST_LOG_INFO,
  debug = AUTHHOST_LOG_DEBUG,
};

// Lives for one call, on the thread of that call. Throws nothing of its own.
class Context {
 public:
  // The table, the call and the request outlive the context.
  Context(const authhost_host& host, authhost_call* call, const authhost_refresh& request)
      : host_(host), call_(call), request_(request), config_(read_config(*request.client_config)) {
    if (request.previous != nullptr) previous_.emplace(read_credentials(*request.previous));
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  [[nodiscard]] Reason reason() const noexcept { return static_cast<Reason>(request_.reason); }
  // Whether a person may be asked; if not, and one is needed, end with INTERACTION_REQUIRED.
  [[nodiscard]] bool may_interact() const noexcept { return request_.may_interact != 0; }
  // The service the token is for, as configured.
  [[nodiscard]] std::string_view endpoint() const noexcept { return text::view(request_.endpoint); }
  // What is known about the client and its authorization server.
  [[nodiscard]] const ClientConfig& client_config() const noexcept { return config_; }
  // The credentials to be replaced; null: none.
  [[nodiscard]] const Credentials* previous() const noexcept { return previous_ ? &*previous_ : nullptr; }

  // Once true, return within a second.
  [[nodiscard]] bool is_cancelled() const { return host_.is_cancelled(call_) != 0; }
  // Time left, never negative; milliseconds::max() without a deadline.
  [[nodiscard]] std::chrono::milliseconds time_left() const {
    return std::chrono::milliseconds(host_.deadline_ms(call_));
  }

  // One line; never pass a secret.
  void log(LogLevel level, std::string_view line) const {
    const auto raw = static_cast<std::int32_t>(level);
    if (host_.log_enabled(call_, raw) != 0) host_.log(call_, raw, text::to_abi(line));
  }

  // The value of a declared setting. T is std::string, std::int64_t, bool, std::chrono::milliseconds (durations),
  // std::vector<std::string> or Secret; INVALID_CONFIG if it is neither configured nor defaulted. With std::optional<T>
  // that is no error.
  template <class T>
  [[nodiscard]] Result<T> setting(const char* name) const {
    authhost_setting_value value{};
    value.size = sizeof value;
    if (const auto status = host_.get_setting(call_, name, &value); status != AUTHHOST_OK) {
      if (status == AUTHHOST_USAGE) return Error{Status::internal, std::string("setting not declared: ") + name, "the plugin's author has to add it to kSettings", -1};
      return Error{static_cast<Status>(status), "", "", -1};
    }
    return convert(name, value, static_cast<T*>(nullptr));
  }

  [[nodiscard]] service::Clock clock() const { return find<service::Clock, authhost_clock_service>(AUTHHOST_SERVICE_CLOCK); }
  [[nodiscard]] service::Crypto crypto() const { return find<service::Crypto, authhost_crypto_service>(AUTHHOST_SERVICE_CRYPTO); }
  [[nodiscard]] service::Http http() const { return find<service::Http, authhost_http_service>(AUTHHOST_SERVICE_HTTP); }
  [[nodiscard]] service::Json json() const { return find<service::Json, authhost_json_service>(AUTHHOST_SERVICE_JSON); }
  [[nodiscard]] service::Browser browser() const { return find<service::Browser, authhost_browser_service>(AUTHHOST_SERVICE_BROWSER); }
  [[nodiscard]] service::Prompt prompt() const { return find<service::Prompt, authhost_prompt_service>(AUTHHOST_SERVICE_PROMPT); }
  [[nodiscard]] service::Loopback loopback() const { return find<service::Loopback, authhost_loopback_service>(AUTHHOST_SERVICE_LOOPBACK); }
  [[nodiscard]] service::Store store() const { return find<service::Store, authhost_store_service>(AUTHHOST_SERVICE_STORE); }
  [[nodiscard]] service::Process process() const { return find<service::Process, authhost_process_service>(AUTHHOST_SERVICE_PROCESS); }

  // A failure of a setting or of a service with the host's words, which it does not carry itself: for whoever goes on after it. Ask before
  // anything else fails. What is returned as it came needs none. A host older than 1.1 has only the name of the status for it.
  [[nodiscard]] Error explained(Error error) const {
    if (!error.message.empty()) return error;
    if (AUTHHOST_HAS_FIELD(&host_, authhost_host, last_error)) {
      authhost_str message{};
      authhost_str hint{};
      host_.last_error(call_, &message, &hint);
      error.message = text::copy(message);
      error.hint = text::copy(hint);
    }
    if (error.message.empty()) error.message = std::string(status_name(error.status));
    return error;
  }

  // The two ways a call ends; the thunks of authenticator.hpp use them.
  [[nodiscard]] authhost_status emit(const Credentials& credentials) const {
    std::vector<authhost_str> scopes;
    for (const auto& scope : credentials.scopes) scopes.push_back(text::to_abi(scope));
    authhost_credentials raw{};
    raw.size = sizeof raw;
    raw.access_token = text::to_abi(credentials.access_token.reveal());
    raw.token_type = text::to_abi(credentials.token_type);
    raw.refresh_token = text::to_abi(credentials.refresh_token.reveal());
    raw.id_token = text::to_abi(credentials.id_token.reveal());
    raw.expires_in_s = credentials.expires_in ? std::max<std::int64_t>(0, credentials.expires_in->count()) : -1;
    raw.expires_at_ms = -1;
    if (credentials.expires_at) {
      const auto since_epoch = credentials.expires_at->time_since_epoch();
      raw.expires_at_ms = std::max<std::int64_t>(
          0, std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count());
    }
    raw.scopes = scopes.data();
    raw.n_scopes = scopes.size();
    return host_.emit_credentials(call_, &raw);
  }
  authhost_status fail(const Error& error) const {
    const auto status = static_cast<authhost_status>(error.status == Status::ok ? Status::internal : error.status);
    // No message: the host reported the failure to us, so it knows the reason better.
    if (!error.message.empty()) host_.set_error(call_, status, text::to_abi(error.message), text::to_abi(error.hint));
    return status;
  }

 private:
  template <class Wrapper, class Table>
  [[nodiscard]] Wrapper find(const char* name) const {
    const void* table = nullptr;
    const auto status = host_.get_service(call_, name, &table);
    if (status == AUTHHOST_OK && table != nullptr) return Wrapper(call_, static_cast<const Table*>(table));
    // No message: the host has said which service it is, and whose line has to change.
    if (status != AUTHHOST_OK) return Wrapper(call_, Error{static_cast<Status>(status), "", "", -1});
    return Wrapper(call_, Error{Status::plugin, std::string("this host does not offer the service ") + name,
                                "use a newer authhost, or another authenticator", -1});
  }

  static Error wrong_type(const char* name) {
    return Error{Status::internal, std::string("setting read as another type than it was declared: ") + name,
                 "the plugin's author has to correct one of the two", -1};
  }
  template <class T>
  static Result<std::optional<T>> convert(const char* name, const authhost_setting_value& value, std::optional<T>*) {
    std::optional<T> found;
    if (value.is_set == 0) return found;
    AUTHHOST_TRY(plain, convert(name, value, static_cast<T*>(nullptr)));
    found.emplace(std::move(plain));
    return found;
  }
  template <class T>
  static Result<T> convert(const char* name, const authhost_setting_value& value, T*) {
    if (value.is_set == 0) {
      return Error{Status::invalid_config, std::string("the setting `") + name + "` is missing",
                   "add it to the profile's settings", -1};
    }
    if constexpr (std::is_same_v<T, std::string>) {
      if (value.type == AUTHHOST_SETTING_STRING) return text::copy(value.string);
    } else if constexpr (std::is_same_v<T, Secret>) {
      if (value.type == AUTHHOST_SETTING_SECRET) return Secret(text::view(value.string));
    } else if constexpr (std::is_same_v<T, bool>) {
      if (value.type == AUTHHOST_SETTING_BOOLEAN) return value.integer != 0;
    } else if constexpr (std::is_same_v<T, std::chrono::milliseconds>) {
      if (value.type == AUTHHOST_SETTING_DURATION) return std::chrono::milliseconds(value.integer);
    } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
      if (value.type == AUTHHOST_SETTING_STRING_LIST) return copy_list(value.list, value.n_list);
    } else {
      static_assert(std::is_same_v<T, std::int64_t>, "a setting has no such type");
      if (value.type == AUTHHOST_SETTING_INTEGER) return value.integer;
    }
    return wrong_type(name);
  }

  static std::vector<std::string> copy_list(const authhost_str* list, std::size_t size) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < size; ++i) out.push_back(text::copy(list[i]));
    return out;
  }
  static ClientConfig read_config(const authhost_client_config& raw) {
    ClientConfig config;
    config.issuer = text::copy(raw.issuer);
    config.token_endpoint = text::copy(raw.token_endpoint);
    config.authorization_endpoint = text::copy(raw.authorization_endpoint);
    config.device_authorization_endpoint = text::copy(raw.device_authorization_endpoint);
    config.revocation_endpoint = text::copy(raw.revocation_endpoint);
    config.redirect_uri = text::copy(raw.redirect_uri);
    config.client_id = text::copy(raw.client_id);
    config.audience = text::copy(raw.audience);
    config.header_key = text::copy(raw.header_key);
    config.scopes = copy_list(raw.scopes, raw.n_scopes);
    config.code_challenge_methods = copy_list(raw.code_challenge_methods, raw.n_code_challenge_methods);
    config.iss_parameter_supported = raw.iss_parameter_supported != 0;
    return config;
  }
  static Credentials read_credentials(const authhost_credentials& raw) {
    Credentials credentials;
    credentials.access_token = Secret(text::view(raw.access_token));
    if (raw.token_type.size != 0) credentials.token_type = text::copy(raw.token_type);
    credentials.refresh_token = Secret(text::view(raw.refresh_token));
    credentials.id_token = Secret(text::view(raw.id_token));
    if (raw.expires_in_s >= 0) credentials.expires_in = std::chrono::seconds(raw.expires_in_s);
    if (raw.expires_at_ms >= 0) {
      credentials.expires_at = std::chrono::system_clock::time_point(std::chrono::milliseconds(raw.expires_at_ms));
    }
    credentials.scopes = copy_list(raw.scopes, raw.n_scopes);
    credentials.id = text::copy(raw.id);
    return credentials;
  }

  const authhost_host& host_;
  authhost_call* call_;
  const authhost_refresh& request_;
  ClientConfig config_;
  std::optional<Credentials> previous_;
};

}  // namespace authhost
