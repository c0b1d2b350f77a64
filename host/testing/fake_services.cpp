// The nine services, scripted.
#include "core/services/crypto.hpp"
#include "core/services/json.hpp"
#include "fake_call.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace authhost::testing {
namespace {

using text::copy;
using text::view;

FakeHost& host_of(authhost_call* call) { return FakeCall::of(call).host; }

// ---- clock ----
std::int64_t now_ms(authhost_call* call) { return host_of(call).wall.count(); }
std::int64_t monotonic_ms(authhost_call* call) { return host_of(call).monotonic.count(); }
authhost_status sleep_ms(authhost_call* call, std::int64_t duration) {
  host_of(call).sleeps.emplace_back(duration);
  return FakeCall::of(call).pass(milliseconds(duration));
}
constexpr authhost_clock_service kClock = {sizeof kClock, now_ms, monotonic_ms, sleep_ms};

// ---- crypto ----
authhost_status draw(authhost_call* call, void* out, std::size_t size) {
  const auto drawn = crypto::random(out, size);
  return drawn.ok() ? authhost_status{AUTHHOST_OK} : FakeCall::of(call).fail(Status::internal, drawn.error().message);
}
authhost_status sha256(authhost_call*, authhost_str data, std::uint8_t out[32]) {
  const auto digest = crypto::sha256(view(data));
  std::copy(digest.begin(), digest.end(), out);
  return AUTHHOST_OK;
}
crypto::Alphabet alphabet_of(std::int32_t raw) {
  return raw == AUTHHOST_BASE64_STANDARD ? crypto::Alphabet::standard : crypto::Alphabet::url_unpadded;
}
authhost_status encode(authhost_call* call, authhost_str data, std::int32_t alphabet, authhost_str* out) {
  *out = FakeCall::of(call).keep(std::string(crypto::base64_encode(view(data), alphabet_of(alphabet)).reveal()));
  return AUTHHOST_OK;
}
authhost_status decode(authhost_call* call, authhost_str encoded, std::int32_t alphabet, authhost_str* out) {
  const auto decoded = crypto::base64_decode(view(encoded), alphabet_of(alphabet));
  if (!decoded) return FakeCall::of(call).fail(decoded.status(), decoded.error().message);
  *out = FakeCall::of(call).keep(std::string(decoded->reveal()));
  return AUTHHOST_OK;
}
void wipe_memory(authhost_call*, void* data, std::size_t size) { wipe(data, size); }
constexpr authhost_crypto_service kCrypto = {sizeof kCrypto, draw, sha256, encode, decode, wipe_memory};

// ---- http ----
SentRequest read(const authhost_http_request& raw, milliseconds at) {
  SentRequest request;
  request.method = copy(raw.method);
  request.url = copy(raw.url);
  for (std::size_t i = 0; i < raw.n_headers; ++i) {
    std::string name = copy(raw.headers[i].name);
    std::transform(name.begin(), name.end(), name.begin(), text::lower);
    request.headers[name] = copy(raw.headers[i].value);
  }
  request.body = copy(raw.body);
  request.form = decode_form(request.body, &request.form_count);
  request.timeout = milliseconds(raw.timeout_ms);
  request.at = at;
  return request;
}
authhost_status send(authhost_call* raw_call, const authhost_http_request* raw, authhost_http_response* out) {
  auto& call = FakeCall::of(raw_call);
  auto& host = call.host;
  if (const auto status = call.check(); status != AUTHHOST_OK) return status;
  const auto& request = host.requests.emplace_back(read(*raw, host.monotonic));
  HttpAnswer answer;
  if (!host.http.empty()) {
    answer = std::move(host.http.front());
    host.http.pop_front();
  } else if (host.otherwise) {
    answer = host.otherwise(request);
  } else {
    answer.failure = Status::unavailable;
  }
  const auto limit = request.timeout > milliseconds{0} ? request.timeout : milliseconds{30'000};
  if (const auto status = call.pass(std::min(answer.takes, limit)); status != AUTHHOST_OK) return status;
  if (answer.takes > limit) return call.fail(Status::deadline, "no answer in time");
  if (answer.failure != Status::ok) return call.fail(answer.failure, "scripted failure of the network");
  auto& headers = call.headers.emplace_back();
  if (!answer.content_type.empty()) headers.push_back({call.keep("Content-Type"), call.keep(answer.content_type)});
  for (const auto& [name, value] : answer.headers) headers.push_back({call.keep(name), call.keep(value)});
  out->status = answer.status;
  out->headers = headers.data();
  out->n_headers = headers.size();
  out->body = call.keep(answer.body);
  out->retry_after_ms = answer.retry_after.count();
  return AUTHHOST_OK;
}
constexpr authhost_http_service kHttp = {sizeof kHttp, send};

// ---- json ----
using nlohmann::json;
const json& tree(const authhost_json_value* value) { return *reinterpret_cast<const json*>(value); }
const authhost_json_value* handle(const json& value) { return reinterpret_cast<const authhost_json_value*>(&value); }

authhost_status parse(authhost_call* call, authhost_str document, const authhost_json_value** out) {
  auto parsed = parse_json(view(document));
  if (!parsed) return FakeCall::of(call).fail(parsed.status(), parsed.error().message);
  *out = handle(FakeCall::of(call).documents.emplace_back(std::move(*parsed)));
  return AUTHHOST_OK;
}
std::int32_t type_of(authhost_call*, const authhost_json_value* value) {
  const auto& node = tree(value);
  if (node.is_boolean()) return AUTHHOST_JSON_BOOLEAN;
  if (node.is_number()) return AUTHHOST_JSON_NUMBER;
  if (node.is_string()) return AUTHHOST_JSON_STRING;
  if (node.is_array()) return AUTHHOST_JSON_ARRAY;
  return node.is_object() ? AUTHHOST_JSON_OBJECT : AUTHHOST_JSON_NULL;
}
std::size_t length(authhost_call*, const authhost_json_value* value) {
  return tree(value).is_structured() ? tree(value).size() : 0;
}
const authhost_json_value* item(authhost_call* call, const authhost_json_value* value, std::size_t index) {
  if (index >= length(call, value)) return nullptr;
  return handle(*std::next(tree(value).begin(), static_cast<std::ptrdiff_t>(index)));
}
authhost_str key(authhost_call* call, const authhost_json_value* value, std::size_t index) {
  if (!tree(value).is_object() || index >= length(call, value)) return {};
  const auto& name = std::next(tree(value).begin(), static_cast<std::ptrdiff_t>(index)).key();
  return {name.data(), name.size()};
}
const authhost_json_value* member(authhost_call*, const authhost_json_value* value, const char* name) {
  if (!tree(value).is_object()) return nullptr;
  const auto found = tree(value).find(name);
  return found == tree(value).end() ? nullptr : handle(*found);
}
authhost_str string_of(authhost_call*, const authhost_json_value* value) {
  if (!tree(value).is_string()) return {};
  const auto& string = tree(value).get_ref<const std::string&>();
  return {string.data(), string.size()};
}
double number_of(authhost_call*, const authhost_json_value* value) {
  return tree(value).is_number() ? tree(value).get<double>() : std::nan("");
}
std::int32_t boolean_of(authhost_call*, const authhost_json_value* value) {
  return tree(value).is_boolean() && tree(value).get<bool>() ? 1 : 0;
}
authhost_status quote(authhost_call* call, authhost_str string, authhost_str* out) {
  *out = FakeCall::of(call).keep(json(copy(string)).dump());
  return AUTHHOST_OK;
}
constexpr authhost_json_service kJson = {sizeof kJson, parse, type_of, length, item, key, member, string_of, number_of,
                                         boolean_of, quote};

// ---- browser and prompt ----
std::int32_t browser_available(authhost_call* call) { return host_of(call).browser_available ? 1 : 0; }
authhost_status open_browser(authhost_call* call, authhost_str url, authhost_str command) {
  auto& host = host_of(call);
  host.browser_command = copy(command);
  if (host.browser_failure != Status::ok) return FakeCall::of(call).fail(host.browser_failure, "the browser did not start");
  host.opened.push_back(copy(url));
  return AUTHHOST_OK;
}
constexpr authhost_browser_service kBrowser = {sizeof kBrowser, browser_available, open_browser};

std::int32_t prompt_available(authhost_call* call) { return host_of(call).prompt_available ? 1 : 0; }
authhost_status notice(authhost_call* call, authhost_str line) {
  host_of(call).notices.push_back(copy(line));
  return AUTHHOST_OK;
}
authhost_status show_code(authhost_call* call, const authhost_prompt_code* code) {
  host_of(call).codes.push_back({copy(code->verification_uri), copy(code->verification_uri_complete),
                                 copy(code->user_code), code->expires_in_s, code->qr != 0});
  return AUTHHOST_OK;
}
authhost_status countdown(authhost_call* call, std::int64_t left) {
  host_of(call).countdowns.push_back(left);
  return AUTHHOST_OK;
}
authhost_status ask(authhost_call* call, authhost_str question, std::uint32_t, authhost_str* out) {
  host_of(call).questions.push_back(copy(question));
  *out = FakeCall::of(call).keep(host_of(call).prompt_answer);
  return AUTHHOST_OK;
}
constexpr authhost_prompt_service kPrompt = {sizeof kPrompt, prompt_available, notice, show_code, countdown, ask};

// ---- loopback ----
authhost_status open_loopback(authhost_call* raw_call, const authhost_loopback_options* options, authhost_loopback** out,
                              authhost_str* redirect_uri) {
  auto& call = FakeCall::of(raw_call);
  auto& seen = call.host.listened;
  seen.redirect_uri = copy(options->redirect_uri);
  seen.port = options->port;
  seen.issuer = copy(options->issuer);
  const auto& script = call.host.loopback;
  if (script.open_failure != Status::ok) return call.fail(script.open_failure, "the port is taken");
  ++seen.opened;
  *out = reinterpret_cast<authhost_loopback*>(&seen);
  *redirect_uri = call.keep(script.redirect_uri);
  return AUTHHOST_OK;
}
authhost_status wait_loopback(authhost_call* raw_call, authhost_loopback*, const authhost_loopback_expect* expect,
                              authhost_loopback_result* out) {
  auto& call = FakeCall::of(raw_call);
  auto& seen = call.host.listened;
  seen.state = copy(expect->state);
  seen.expected_issuer = copy(expect->issuer);
  seen.iss_required = expect->iss_required != 0;
  seen.timeout = milliseconds(expect->timeout_ms);
  const auto& script = call.host.loopback;
  if (script.wait_failure != Status::ok) return call.fail(script.wait_failure, "nobody came");
  if (script.error.empty()) out->code = call.keep(script.code);
  out->error = call.keep(script.error);
  out->error_description = call.keep(script.error_description);
  return AUTHHOST_OK;
}
void close_loopback(authhost_call*, authhost_loopback*) {}
constexpr authhost_loopback_service kLoopback = {sizeof kLoopback, open_loopback, wait_loopback, close_loopback};

// ---- store ----
authhost_status get(authhost_call* call, const char* name, std::int32_t* found, authhost_str* out) {
  const auto& store = host_of(call).store;
  const auto entry = store.find(name);
  *found = entry == store.end() ? 0 : 1;
  if (entry != store.end()) *out = FakeCall::of(call).keep(entry->second);
  return AUTHHOST_OK;
}
authhost_status put(authhost_call* call, const char* name, authhost_str value) {
  if (value.size > 64 * 1024) return FakeCall::of(call).fail(Status::store_failed, "more than 64 KiB");
  host_of(call).store[name] = copy(value);
  return AUTHHOST_OK;
}
authhost_status drop(authhost_call* call, const char* name) {
  host_of(call).store.erase(name);
  return AUTHHOST_OK;
}
constexpr authhost_store_service kStore = {sizeof kStore, get, put, drop};

// ---- process ----
authhost_status run(authhost_call* raw_call, const authhost_process_request* request, authhost_process_result* out) {
  auto& call = FakeCall::of(raw_call);
  if (const auto status = call.check(); status != AUTHHOST_OK) return status;
  ProcessSeen seen;
  for (std::size_t i = 0; i < request->n_argv; ++i) seen.argv.push_back(copy(request->argv[i]));
  for (std::size_t i = 0; i < request->n_env; ++i) seen.env.push_back(copy(request->env[i]));
  seen.input = copy(request->input);
  seen.timeout = milliseconds(request->timeout_ms);
  call.host.processes.push_back(std::move(seen));
  const auto& script = call.host.process;
  if (script.failure != Status::ok) return call.fail(script.failure, "scripted failure of the program");
  out->exit_code = script.exit_code;
  out->signal = script.signal;
  out->output = call.keep(script.output);
  out->error_tail = call.keep(script.error_tail);
  return AUTHHOST_OK;
}
constexpr authhost_process_service kProcess = {sizeof kProcess, run};

}  // namespace

const void* fake_service(std::string_view name) {
  static const std::map<std::string_view, const void*> kTables = {
      {AUTHHOST_SERVICE_CLOCK, &kClock},     {AUTHHOST_SERVICE_CRYPTO, &kCrypto},     {AUTHHOST_SERVICE_HTTP, &kHttp},
      {AUTHHOST_SERVICE_JSON, &kJson},       {AUTHHOST_SERVICE_BROWSER, &kBrowser},   {AUTHHOST_SERVICE_PROMPT, &kPrompt},
      {AUTHHOST_SERVICE_LOOPBACK, &kLoopback}, {AUTHHOST_SERVICE_STORE, &kStore},     {AUTHHOST_SERVICE_PROCESS, &kProcess}};
  const auto found = kTables.find(name);
  return found == kTables.end() ? nullptr : found->second;
}

}  // namespace authhost::testing
