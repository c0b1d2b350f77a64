// The nine services of the host, typed. Get them from a Context: `context.http().send(request)`.
//
// Every function fails when the host lacks the service, or does not let this plugin use it. When the host itself reports a
// failure, the Error has its status and no message: the host has kept the reason, and shows it unless the plugin says
// something of its own. Views and JSON values live until the plugin's function returns.
#pragma once

#include <authhost/result.hpp>
#include <authhost/secret.hpp>
#include <authhost/services.h>
#include <authhost/text.hpp>

#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace authhost::service {

using std::chrono::milliseconds;

// A table of the host, or the reason why there is none.
template <class Table>
class Service {
 public:
  Service(authhost_call* call, const Table* table) : call_(call), table_(table) {}
  Service(authhost_call* call, Error missing) : call_(call), missing_(std::move(missing)) {}

  // OK, or why this service cannot be used.
  [[nodiscard]] Result<void> ready() const {
    if (table_ == nullptr) return missing_;
    return {};
  }

 protected:
  // OK, or a failure that the host has already explained.
  static Result<void> reported(authhost_status status) {
    if (status != AUTHHOST_OK) return Error{static_cast<Status>(status), "", "", -1};
    return {};
  }

  authhost_call* call_;
  const Table* table_ = nullptr;
  Error missing_;
};

class Clock : public Service<authhost_clock_service> {
 public:
  using Service::Service;
  // Wall clock: for what is shown, or compared with a date somebody sent.
  [[nodiscard]] Result<std::chrono::system_clock::time_point> now() const {
    AUTHHOST_CHECK(ready());
    return std::chrono::system_clock::time_point(milliseconds(table_->now_ms(call_)));
  }
  // Never jumps: for lifetimes and time-outs.
  [[nodiscard]] Result<milliseconds> monotonic() const {
    AUTHHOST_CHECK(ready());
    return milliseconds(table_->monotonic_ms(call_));
  }
  // DEADLINE or CANCELLED when the call ends first.
  [[nodiscard]] Result<void> sleep(milliseconds duration) const {
    AUTHHOST_CHECK(ready());
    return reported(table_->sleep_ms(call_, duration.count()));
  }
};

class Crypto : public Service<authhost_crypto_service> {
 public:
  using Service::Service;
  // `size` random bytes, base64url without padding: 32 bytes make 43 characters.
  [[nodiscard]] Result<Secret> random_text(std::size_t size) const {
    AUTHHOST_CHECK(ready());
    std::string bytes(size, '\0');
    auto drawn = reported(table_->random(call_, bytes.data(), bytes.size()));
    auto encoded = drawn.ok() ? base64url(bytes) : Result<Secret>(std::move(drawn).error());
    wipe(bytes);
    return encoded;
  }
  [[nodiscard]] Result<std::array<std::uint8_t, 32>> sha256(std::string_view data) const {
    AUTHHOST_CHECK(ready());
    std::array<std::uint8_t, 32> digest{};
    AUTHHOST_CHECK(reported(table_->sha256(call_, text::to_abi(data), digest.data())));
    return digest;
  }
  [[nodiscard]] Result<Secret> base64(std::string_view data) const { return encode(data, AUTHHOST_BASE64_STANDARD); }
  [[nodiscard]] Result<Secret> base64url(std::string_view data) const {
    return encode(data, AUTHHOST_BASE64_URL_UNPADDED);
  }
  [[nodiscard]] Result<std::string_view> decode_base64url(std::string_view text) const {
    AUTHHOST_CHECK(ready());
    authhost_str out{};
    AUTHHOST_CHECK(reported(table_->base64_decode(call_, text::to_abi(text), AUTHHOST_BASE64_URL_UNPADDED, &out)));
    return text::view(out);
  }

 private:
  [[nodiscard]] Result<Secret> encode(std::string_view data, std::int32_t alphabet) const {
    AUTHHOST_CHECK(ready());
    authhost_str out{};
    AUTHHOST_CHECK(reported(table_->base64_encode(call_, text::to_abi(data), alphabet, &out)));
    return Secret(text::view(out));
  }
};

struct HttpHeader {
  std::string_view name;
  std::string_view value;
};

// Borrows everything it names until `send` returns.
struct HttpRequest {
  std::string_view method = "GET";
  std::string_view url = {};
  std::vector<HttpHeader> headers = {};
  std::string_view body = {};
  milliseconds timeout{0};  // 0: the host's own limit, 30 s in all
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers = {};
  std::string_view body = {};
  std::optional<milliseconds> retry_after = {};  // at most 60 s

  // The first header of that name, in any case; "" if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const {
    for (const auto& header : headers) {
      if (text::equal_ignoring_case(header.name, name)) return header.value;
    }
    return {};
  }
};

class Http : public Service<authhost_http_service> {
 public:
  using Service::Service;
  // OK: a complete answer, whatever its status. UNAVAILABLE: no connection. PROTOCOL: not HTTP, or over a limit.
  [[nodiscard]] Result<HttpResponse> send(const HttpRequest& request) const {
    AUTHHOST_CHECK(ready());
    std::vector<authhost_http_header> headers;
    for (const auto& header : request.headers) headers.push_back({text::to_abi(header.name), text::to_abi(header.value)});
    authhost_http_request raw{};
    raw.size = sizeof raw;
    raw.method = text::to_abi(request.method);
    raw.url = text::to_abi(request.url);
    raw.headers = headers.data();
    raw.n_headers = headers.size();
    raw.body = text::to_abi(request.body);
    raw.timeout_ms = request.timeout.count();
    authhost_http_response answer{};
    answer.size = sizeof answer;
    answer.retry_after_ms = -1;
    AUTHHOST_CHECK(reported(table_->send(call_, &raw, &answer)));
    HttpResponse response;
    response.status = answer.status;
    for (std::size_t i = 0; i < answer.n_headers; ++i) {
      response.headers.push_back({text::view(answer.headers[i].name), text::view(answer.headers[i].value)});
    }
    response.body = text::view(answer.body);
    if (answer.retry_after_ms >= 0) response.retry_after = milliseconds(answer.retry_after_ms);
    return response;
  }
};

// A value in a parsed document; a member that is not there behaves like JSON null.
class JsonValue {
 public:
  JsonValue(authhost_call* call, const authhost_json_service* table, const authhost_json_value* value)
      : call_(call), table_(table), value_(value) {}

  [[nodiscard]] std::int32_t type() const { return value_ ? table_->type(call_, value_) : AUTHHOST_JSON_NULL; }
  [[nodiscard]] bool is_null() const { return type() == AUTHHOST_JSON_NULL; }
  [[nodiscard]] bool is_string() const { return type() == AUTHHOST_JSON_STRING; }
  [[nodiscard]] bool is_number() const { return type() == AUTHHOST_JSON_NUMBER; }
  [[nodiscard]] bool is_array() const { return type() == AUTHHOST_JSON_ARRAY; }
  [[nodiscard]] bool is_object() const { return type() == AUTHHOST_JSON_OBJECT; }

  [[nodiscard]] std::size_t size() const { return value_ ? table_->length(call_, value_) : 0; }
  [[nodiscard]] JsonValue at(std::size_t index) const {
    return {call_, table_, value_ ? table_->item(call_, value_, index) : nullptr};
  }
  [[nodiscard]] JsonValue operator[](const char* name) const {
    return {call_, table_, is_object() ? table_->member(call_, value_, name) : nullptr};
  }
  [[nodiscard]] std::string_view string() const {  // "" unless a string
    return value_ ? text::view(table_->string(call_, value_)) : std::string_view{};
  }
  [[nodiscard]] double number() const { return value_ ? table_->number(call_, value_) : std::nan(""); }
  [[nodiscard]] bool boolean() const { return value_ && table_->boolean(call_, value_) != 0; }

 private:
  authhost_call* call_;
  const authhost_json_service* table_;
  const authhost_json_value* value_;
};

class Json : public Service<authhost_json_service> {
 public:
  using Service::Service;
  // PROTOCOL unless it is strict JSON.
  [[nodiscard]] Result<JsonValue> parse(std::string_view document) const {
    AUTHHOST_CHECK(ready());
    const authhost_json_value* value = nullptr;
    AUTHHOST_CHECK(reported(table_->parse(call_, text::to_abi(document), &value)));
    return JsonValue(call_, table_, value);
  }
  // The JSON text of a string, quotes included.
  [[nodiscard]] Result<std::string_view> quote(std::string_view string) const {
    AUTHHOST_CHECK(ready());
    authhost_str out{};
    AUTHHOST_CHECK(reported(table_->quote(call_, text::to_abi(string), &out)));
    return text::view(out);
  }
};

class Browser : public Service<authhost_browser_service> {
 public:
  using Service::Service;
  [[nodiscard]] bool available() const { return table_ != nullptr && table_->available(call_) != 0; }
  // `command` overrides $BROWSER and the desktop's; empty: none. OK: it was started. INTERACTION_REQUIRED: nobody may be asked.
  [[nodiscard]] Result<void> open(std::string_view url, std::string_view command = {}) const {
    AUTHHOST_CHECK(ready());
    return reported(table_->open(call_, text::to_abi(url), text::to_abi(command)));
  }
};

struct PromptCode {
  std::string_view verification_uri;
  std::string_view verification_uri_complete;  // empty: none
  std::string_view user_code;
  std::chrono::seconds expires_in{0};
  bool qr = false;
};

class Prompt : public Service<authhost_prompt_service> {
 public:
  using Service::Service;
  // Whether a person can read what is shown.
  [[nodiscard]] bool available() const { return table_ != nullptr && table_->available(call_) != 0; }
  // What nobody can read is dropped, and no error; so it is with a countdown.
  [[nodiscard]] Result<void> notice(std::string_view line) const {
    AUTHHOST_CHECK(ready());
    return reported(table_->notice(call_, text::to_abi(line)));
  }
  // INTERACTION_REQUIRED: nobody may be asked. PROTOCOL: an address or a code that is not one.
  [[nodiscard]] Result<void> show_code(const PromptCode& code) const {
    AUTHHOST_CHECK(ready());
    authhost_prompt_code raw{};
    raw.size = sizeof raw;
    raw.verification_uri = text::to_abi(code.verification_uri);
    raw.verification_uri_complete = text::to_abi(code.verification_uri_complete);
    raw.user_code = text::to_abi(code.user_code);
    raw.expires_in_s = code.expires_in.count();
    raw.qr = code.qr ? 1 : 0;
    return reported(table_->show_code(call_, &raw));
  }
  [[nodiscard]] Result<void> countdown(std::chrono::seconds left) const {
    AUTHHOST_CHECK(ready());
    return reported(table_->countdown(call_, left.count()));
  }
  // INTERACTION_REQUIRED: nobody may be asked.
  [[nodiscard]] Result<Secret> ask(std::string_view question, bool secret) const {
    AUTHHOST_CHECK(ready());
    authhost_str out{};
    const std::uint32_t flags = secret ? static_cast<std::uint32_t>(AUTHHOST_PROMPT_SECRET) : 0u;
    AUTHHOST_CHECK(reported(table_->ask(call_, text::to_abi(question), flags, &out)));
    return Secret(text::view(out));
  }
};

struct LoopbackOptions {
  std::string_view redirect_uri;  // configured; empty: the host's choice
  std::int64_t port = 0;          // used if redirect_uri names none; 0: any free port
  std::string_view issuer;        // makes a chosen path differ between issuers
};

struct LoopbackExpect {
  std::string_view state;
  std::string_view issuer;  // RFC 9207; empty: `iss` is not checked
  bool iss_required = false;
  milliseconds timeout{0};  // 0: as long as the call may take
};

struct LoopbackResult {
  std::string_view code;  // empty if the server sent an error
  std::string_view error;
  std::string_view error_description;
};

// An open listener. The host closes it when the call ends, because the browser's page waits for the outcome.
struct Listener {
  authhost_loopback* handle = nullptr;
  std::string_view redirect_uri;
};

class Loopback : public Service<authhost_loopback_service> {
 public:
  using Service::Service;
  // At most four in one call. INVALID_CONFIG: a URI or port that cannot be. UNAVAILABLE: the port is taken.
  [[nodiscard]] Result<Listener> open(const LoopbackOptions& options) const {
    AUTHHOST_CHECK(ready());
    authhost_loopback_options raw{};
    raw.size = sizeof raw;
    raw.redirect_uri = text::to_abi(options.redirect_uri);
    raw.port = options.port;
    raw.issuer = text::to_abi(options.issuer);
    Listener listener;
    authhost_str uri{};
    AUTHHOST_CHECK(reported(table_->open(call_, &raw, &listener.handle, &uri)));
    listener.redirect_uri = text::view(uri);
    return listener;
  }
  // PROTOCOL: an answer of another issuer. DEADLINE, CANCELLED.
  [[nodiscard]] Result<LoopbackResult> wait(const Listener& listener, const LoopbackExpect& expect) const {
    AUTHHOST_CHECK(ready());
    authhost_loopback_expect raw{};
    raw.size = sizeof raw;
    raw.state = text::to_abi(expect.state);
    raw.issuer = text::to_abi(expect.issuer);
    raw.iss_required = expect.iss_required ? 1 : 0;
    raw.timeout_ms = expect.timeout.count();
    authhost_loopback_result answer{};
    answer.size = sizeof answer;
    AUTHHOST_CHECK(reported(table_->wait(call_, listener.handle, &raw, &answer)));
    return LoopbackResult{text::view(answer.code), text::view(answer.error), text::view(answer.error_description)};
  }
};

class Store : public Service<authhost_store_service> {
 public:
  using Service::Service;
  // No value: there is none of that name.
  [[nodiscard]] Result<std::optional<Secret>> get(const char* name) const {
    AUTHHOST_CHECK(ready());
    authhost_str out{};
    std::int32_t found = 0;
    AUTHHOST_CHECK(reported(table_->get(call_, name, &found, &out)));
    std::optional<Secret> value;
    if (found != 0) value.emplace(text::view(out));
    return value;
  }
  // USAGE: a name or a value beyond the limits in services.h.
  [[nodiscard]] Result<void> put(const char* name, std::string_view value) const {
    AUTHHOST_CHECK(ready());
    return reported(table_->put(call_, name, text::to_abi(value)));
  }
  // OK also where there is none.
  [[nodiscard]] Result<void> drop(const char* name) const {
    AUTHHOST_CHECK(ready());
    return reported(table_->drop(call_, name));
  }
};

struct ProcessRequest {
  std::vector<std::string> argv;
  std::vector<std::string> env = {};  // "NAME=value"; a bare "NAME" passes ours on
  std::string_view input = {};        // empty: /dev/null
  milliseconds timeout{0};            // 0: 60 s
  std::int64_t max_output = 0;        // bytes of stdout, at most 1 MiB; 0: 1 MiB
};

struct ProcessResult {
  int exit_code = -1;  // -1 if a signal ended it
  int signal = 0;
  std::string_view output;
  std::string_view error_tail;  // safe to show
};

class Process : public Service<authhost_process_service> {
 public:
  using Service::Service;
  // OK: it ran to its end. PLUGIN: it could not be started. DEADLINE: timed out, its process group was killed. PROTOCOL: more output.
  [[nodiscard]] Result<ProcessResult> run(const ProcessRequest& request) const {
    AUTHHOST_CHECK(ready());
    std::vector<authhost_str> argv;
    for (const auto& word : request.argv) argv.push_back(text::to_abi(word));
    std::vector<authhost_str> env;
    for (const auto& variable : request.env) env.push_back(text::to_abi(variable));
    authhost_process_request raw{};
    raw.size = sizeof raw;
    raw.argv = argv.data();
    raw.n_argv = argv.size();
    raw.env = env.data();
    raw.n_env = env.size();
    raw.input = text::to_abi(request.input);
    raw.timeout_ms = request.timeout.count();
    raw.max_output = request.max_output;
    authhost_process_result answer{};
    answer.size = sizeof answer;
    AUTHHOST_CHECK(reported(table_->run(call_, &raw, &answer)));
    return ProcessResult{answer.exit_code, answer.signal, text::view(answer.output), text::view(answer.error_tail)};
  }
};

}  // namespace authhost::service
