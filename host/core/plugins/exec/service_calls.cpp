#include "core/plugins/exec/service_calls.hpp"

#include "core/config/suggest.hpp"
#include "core/plugins/host_table.hpp"
#include "core/services/child.hpp"
#include "core/services/json.hpp"

#include <authhost/services.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace authhost::plugins::exec {

namespace {

using nlohmann::json;

constexpr std::int64_t kMostRandom = 4096;
constexpr std::size_t kDepthOfResult = 2;  // of what a reply holds, within the reply

// One method: what it is asked with, what it is asked through, what it answers.
struct Exchange {
  authhost_call* call;
  const void* table;
  Fields in;
  json out;
  ServiceCalls& calls;

  template <class T>
  [[nodiscard]] const T& service() const { return *static_cast<const T*>(table); }

  // Asked once everything has been read and before anything is done: what was misunderstood must have no effect.
  [[nodiscard]] bool odd() {
    if (!in.problem().empty()) call->fail(Status::usage, in.problem());
    return !in.problem().empty();
  }
};

struct Method {
  std::string_view service;
  std::string_view name;
  authhost_status (*run)(Exchange&);
};

std::string text_of(authhost_str text) { return std::string(view(text)); }

// Whether a person has written it into the profile. A program gets no more of the host's than that: which variables of ours are passed on,
// and which program opens the browser, are not for it to choose.
bool configured(const authhost_call& call, const std::string& text) {
  if (call.request == nullptr || call.request->settings == nullptr) return false;
  return std::any_of(call.request->settings->begin(), call.request->settings->end(), [&](const auto& setting) {
    const auto& value = setting.second.value;
    if (const auto* const word = std::get_if<std::string>(&value)) return *word == text;
    const auto* const list = std::get_if<std::vector<std::string>>(&value);
    return list != nullptr && std::find(list->begin(), list->end(), text) != list->end();
  });
}
authhost_status not_configured(Exchange& x, const char* parameter) {
  return x.call->fail(Status::not_permitted, fmt::format("{}: what it names of the host's has to stand in the profile's settings", parameter),
                      "declare a setting for it");
}

// Of an entry of the store. A NUL would cut it for the host.
bool odd_name(Exchange& x, const std::string& name) {
  if (!x.odd() && name.find('\0') == std::string::npos) return false;
  if (x.in.problem().empty()) x.call->fail(Status::usage, "the name of an entry holds a NUL");
  return true;
}

std::int32_t alphabet_of(Fields& in) {
  const std::string word = in.text("alphabet");
  if (word.empty() || word == "standard") return AUTHHOST_BASE64_STANDARD;
  return word == "url_unpadded" || word == "url-unpadded" ? AUTHHOST_BASE64_URL_UNPADDED : -1;
}

authhost_status parse_value(Exchange& x) {
  const Secret text = x.in.secret("text");
  if (x.odd()) return AUTHHOST_USAGE;
  auto value = parse_json(text.reveal(), kMaxJsonDepth - kDepthOfResult);
  if (!value) return x.call->fail(std::move(value).error());
  x.out["value"] = *std::move(value);
  return AUTHHOST_OK;
}

authhost_status send_http(Exchange& x) {
  const std::string method = x.in.text("method");
  const std::string url = x.in.text("url");
  const Secret body = get_bytes(x.in, "body");
  std::vector<std::pair<Secret, Secret>> kept;
  if (const json* const list = x.in.list("headers")) {
    for (const auto& item : *list) {
      Fields header(item);
      kept.emplace_back(get_bytes(header, "name"), get_bytes(header, "value"));
      x.in.take_problem(header);
    }
  }
  std::vector<authhost_http_header> headers;
  for (const auto& [name, value] : kept) headers.push_back({borrow(name.reveal()), borrow(value.reveal())});
  authhost_http_request request{};
  request.size = sizeof request;
  request.method = borrow(method);
  request.url = borrow(url);
  request.headers = headers.data();
  request.n_headers = headers.size();
  request.body = borrow(body.reveal());
  request.timeout_ms = x.in.integer("timeout_ms");
  if (x.odd()) return AUTHHOST_USAGE;
  authhost_http_response response{};
  response.size = sizeof response;
  if (const auto status = x.service<authhost_http_service>().send(x.call, &request, &response); status != AUTHHOST_OK) return status;
  x.out["status"] = response.status;
  x.out["headers"] = json::array();
  for (std::size_t i = 0; i < response.n_headers; ++i) {
    json header = json::object();
    put_bytes(header, "name", view(response.headers[i].name));
    put_bytes(header, "value", view(response.headers[i].value));
    x.out["headers"].push_back(std::move(header));
  }
  put_bytes(x.out, "body", view(response.body));
  if (response.retry_after_ms >= 0) x.out["retry_after_ms"] = response.retry_after_ms;
  return AUTHHOST_OK;
}

authhost_status show_code(Exchange& x) {
  const std::string uri = x.in.text("verification_uri");
  const std::string complete = x.in.text("verification_uri_complete");
  const std::string user_code = x.in.text("user_code");
  authhost_prompt_code code{};
  code.size = sizeof code;
  code.verification_uri = borrow(uri);
  code.verification_uri_complete = borrow(complete);
  code.user_code = borrow(user_code);
  code.expires_in_s = x.in.integer("expires_in_s");
  code.qr = x.in.flag("qr") ? 1 : 0;
  if (x.odd()) return AUTHHOST_USAGE;
  return x.service<authhost_prompt_service>().show_code(x.call, &code);
}

authhost_status ask(Exchange& x) {
  const std::string question = x.in.text("question");
  const std::uint32_t flags = x.in.flag("secret") ? AUTHHOST_PROMPT_SECRET : 0;
  if (x.odd()) return AUTHHOST_USAGE;
  authhost_str answer{};
  const auto status = x.service<authhost_prompt_service>().ask(x.call, borrow(question), flags, &answer);
  if (status == AUTHHOST_OK) put_bytes(x.out, "answer", view(answer));
  return status;
}

authhost_status open_listener(Exchange& x) {
  const std::string redirect_uri = x.in.text("redirect_uri");
  const std::string issuer = x.in.text("issuer");
  authhost_loopback_options options{};
  options.size = sizeof options;
  options.redirect_uri = borrow(redirect_uri);
  options.port = x.in.integer("port");
  options.issuer = borrow(issuer);
  if (x.odd()) return AUTHHOST_USAGE;
  authhost_loopback* listener = nullptr;
  authhost_str uri{};
  const auto status = x.service<authhost_loopback_service>().open(x.call, &options, &listener, &uri);
  if (status != AUTHHOST_OK) return status;
  x.out["listener"] = x.calls.number_of(listener);
  x.out["redirect_uri"] = text_of(uri);
  return AUTHHOST_OK;
}

authhost_status wait_listener(Exchange& x) {
  const std::string state = x.in.text("state");
  const std::string issuer = x.in.text("issuer");
  authhost_loopback_expect expect{};
  expect.size = sizeof expect;
  expect.state = borrow(state);
  expect.issuer = borrow(issuer);
  expect.iss_required = x.in.flag("iss_required") ? 1 : 0;
  expect.timeout_ms = x.in.integer("timeout_ms");
  authhost_loopback_result result{};
  result.size = sizeof result;
  auto* const listener = x.calls.listener(x.in.integer("listener"));
  if (x.odd()) return AUTHHOST_USAGE;
  const auto status = x.service<authhost_loopback_service>().wait(x.call, listener, &expect, &result);
  if (status != AUTHHOST_OK) return status;
  put_bytes(x.out, "code", view(result.code));
  put_bytes(x.out, "error", view(result.error));
  put_bytes(x.out, "error_description", view(result.error_description));
  return AUTHHOST_OK;
}

authhost_status run_process(Exchange& x) {
  auto argv = x.in.texts("argv");
  auto env = x.in.texts("env");
  const Secret input = get_bytes(x.in, "input");
  const bool asks_for_ours = std::any_of(env.begin(), env.end(), [&](const std::string& one) {
    return one.find('=') == std::string::npos && !child::may_pass(one) && !configured(*x.call, one);
  });
  authhost_process_request request{};
  request.size = sizeof request;
  request.argv = x.call->arena.list(argv);
  request.n_argv = argv.size();
  request.env = x.call->arena.list(env);
  request.n_env = env.size();
  for (auto* const words : {&argv, &env}) {
    for (auto& word : *words) wipe(word);  // the call's own copy stays until the answer
  }
  request.input = borrow(input.reveal());
  request.timeout_ms = x.in.integer("timeout_ms");
  request.max_output = x.in.integer("max_output");
  if (x.odd()) return AUTHHOST_USAGE;
  if (asks_for_ours) return not_configured(x, "env");
  authhost_process_result result{};
  result.size = sizeof result;
  const auto status = x.service<authhost_process_service>().run(x.call, &request, &result);
  if (status != AUTHHOST_OK) return status;
  x.out = {{"exit_code", result.exit_code}, {"signal", result.signal}};
  put_bytes(x.out, "error_tail", view(result.error_tail));
  put_bytes(x.out, "output", view(result.output));
  return AUTHHOST_OK;
}

constexpr Method kMethods[] = {
    {AUTHHOST_SERVICE_CLOCK, "now_ms", [](Exchange& x) -> authhost_status { x.out["now_ms"] = x.service<authhost_clock_service>().now_ms(x.call); return AUTHHOST_OK; }},
    {AUTHHOST_SERVICE_CLOCK, "monotonic_ms",
     [](Exchange& x) -> authhost_status { x.out["monotonic_ms"] = x.service<authhost_clock_service>().monotonic_ms(x.call); return AUTHHOST_OK; }},
    {AUTHHOST_SERVICE_CLOCK, "sleep_ms",
     [](Exchange& x) -> authhost_status {
       const auto milliseconds = x.in.integer("milliseconds");
       return x.odd() ? AUTHHOST_USAGE : x.service<authhost_clock_service>().sleep_ms(x.call, milliseconds);
     }},

    {AUTHHOST_SERVICE_CRYPTO, "random",
     [](Exchange& x) -> authhost_status {
       const auto size = x.in.integer("size");
       if (x.odd()) return AUTHHOST_USAGE;
       if (size < 1 || size > kMostRandom) return x.call->fail(Status::usage, "crypto.random gives 1 to 4096 bytes");
       std::string bytes(static_cast<std::size_t>(size), '\0');
       const auto status = x.service<authhost_crypto_service>().random(x.call, bytes.data(), bytes.size());
       if (status == AUTHHOST_OK) x.out["bytes"] = base64(bytes);
       wipe(bytes);
       return status;
     }},
    {AUTHHOST_SERVICE_CRYPTO, "sha256",
     [](Exchange& x) -> authhost_status {
       const Secret data = get_bytes(x.in, "data");
       if (x.odd()) return AUTHHOST_USAGE;
       std::array<std::uint8_t, 32> digest{};
       const auto status = x.service<authhost_crypto_service>().sha256(x.call, borrow(data.reveal()), digest.data());
       if (status == AUTHHOST_OK) x.out["digest"] = base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
       return status;
     }},
    {AUTHHOST_SERVICE_CRYPTO, "base64_encode",
     [](Exchange& x) -> authhost_status {
       const Secret data = get_bytes(x.in, "data");
       const auto alphabet = alphabet_of(x.in);
       if (x.odd()) return AUTHHOST_USAGE;
       authhost_str text{};
       const auto status = x.service<authhost_crypto_service>().base64_encode(x.call, borrow(data.reveal()), alphabet, &text);
       if (status == AUTHHOST_OK) x.out["text"] = text_of(text);
       return status;
     }},
    {AUTHHOST_SERVICE_CRYPTO, "base64_decode",
     [](Exchange& x) -> authhost_status {
       const Secret text = x.in.secret("text");
       const auto alphabet = alphabet_of(x.in);
       if (x.odd()) return AUTHHOST_USAGE;
       authhost_str data{};
       const auto status = x.service<authhost_crypto_service>().base64_decode(x.call, borrow(text.reveal()), alphabet, &data);
       if (status == AUTHHOST_OK) put_bytes(x.out, "data", view(data));
       return status;
     }},

    {AUTHHOST_SERVICE_HTTP, "send", send_http},
    {AUTHHOST_SERVICE_JSON, "parse", parse_value},
    {AUTHHOST_SERVICE_JSON, "quote",
     [](Exchange& x) -> authhost_status {
       const Secret text = x.in.secret("text");
       if (x.odd()) return AUTHHOST_USAGE;
       authhost_str quoted{};
       const auto status = x.service<authhost_json_service>().quote(x.call, borrow(text.reveal()), &quoted);
       if (status == AUTHHOST_OK) x.out["quoted"] = text_of(quoted);
       return status;
     }},

    {AUTHHOST_SERVICE_BROWSER, "available",
     [](Exchange& x) -> authhost_status { x.out["available"] = x.service<authhost_browser_service>().available(x.call) != 0; return AUTHHOST_OK; }},
    {AUTHHOST_SERVICE_BROWSER, "open",
     [](Exchange& x) -> authhost_status {
       const std::string url = x.in.text("url");
       const std::string command = x.in.text("command");
       if (x.odd()) return AUTHHOST_USAGE;
       if (!command.empty() && !configured(*x.call, command)) return not_configured(x, "command");
       return x.service<authhost_browser_service>().open(x.call, borrow(url), borrow(command));
     }},

    {AUTHHOST_SERVICE_PROMPT, "available",
     [](Exchange& x) -> authhost_status { x.out["available"] = x.service<authhost_prompt_service>().available(x.call) != 0; return AUTHHOST_OK; }},
    {AUTHHOST_SERVICE_PROMPT, "notice",
     [](Exchange& x) -> authhost_status {
       const std::string line = x.in.text("line");
       return x.odd() ? AUTHHOST_USAGE : x.service<authhost_prompt_service>().notice(x.call, borrow(line));
     }},
    {AUTHHOST_SERVICE_PROMPT, "show_code", show_code},
    {AUTHHOST_SERVICE_PROMPT, "countdown",
     [](Exchange& x) -> authhost_status {
       const auto seconds_left = x.in.integer("seconds_left");
       return x.odd() ? AUTHHOST_USAGE : x.service<authhost_prompt_service>().countdown(x.call, seconds_left);
     }},
    {AUTHHOST_SERVICE_PROMPT, "ask", ask},

    {AUTHHOST_SERVICE_LOOPBACK, "open", open_listener},
    {AUTHHOST_SERVICE_LOOPBACK, "wait", wait_listener},
    {AUTHHOST_SERVICE_LOOPBACK, "close",
     [](Exchange& x) -> authhost_status {
       const auto number = x.in.integer("listener");
       if (x.odd()) return AUTHHOST_USAGE;
       x.service<authhost_loopback_service>().close(x.call, x.calls.listener(number));
       x.calls.forget(number);  // its address may be another one's next
       return AUTHHOST_OK;
     }},

    {AUTHHOST_SERVICE_STORE, "get",
     [](Exchange& x) -> authhost_status {
       const std::string name = x.in.text("name");
       if (odd_name(x, name)) return AUTHHOST_USAGE;
       std::int32_t found = 0;
       authhost_str value{};
       const auto status = x.service<authhost_store_service>().get(x.call, name.c_str(), &found, &value);
       if (status != AUTHHOST_OK) return status;
       x.out["found"] = found != 0;
       if (found != 0) put_bytes(x.out, "value", view(value));
       return status;
     }},
    {AUTHHOST_SERVICE_STORE, "put",
     [](Exchange& x) -> authhost_status {
       const std::string name = x.in.text("name");
       const Secret value = get_bytes(x.in, "value");
       return odd_name(x, name) ? AUTHHOST_USAGE : x.service<authhost_store_service>().put(x.call, name.c_str(), borrow(value.reveal()));
     }},
    {AUTHHOST_SERVICE_STORE, "drop",
     [](Exchange& x) -> authhost_status {
       const std::string name = x.in.text("name");
       return odd_name(x, name) ? AUTHHOST_USAGE : x.service<authhost_store_service>().drop(x.call, name.c_str());
     }},

    {AUTHHOST_SERVICE_PROCESS, "run", run_process},
};

authhost_status get_secret(Exchange& x) {
  const std::string name = x.in.text("name");
  if (odd_name(x, name)) return AUTHHOST_USAGE;
  authhost_setting_value value{};
  value.size = sizeof value;
  if (const auto status = host_table().get_setting(x.call, name.c_str(), &value); status != AUTHHOST_OK) return status;
  x.out["is_set"] = value.is_set != 0;
  if (value.is_set != 0) put_bytes(x.out, "value", view(value.string));
  return AUTHHOST_OK;
}

const Method* find_method(std::string_view service, std::string_view name) {
  const auto* const found = std::find_if(std::begin(kMethods), std::end(kMethods),
                                         [&](const Method& method) { return method.service == service && method.name == name; });
  return found == std::end(kMethods) ? nullptr : found;
}

std::string suggest_call(const std::string& service, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& method : kMethods) {
    if (method.service == service) names.emplace_back(method.name);
  }
  return names.empty() ? suggest(service, known_services()) : suggest(name, names);
}

}  // namespace

std::int64_t ServiceCalls::number_of(authhost_loopback* listener) {
  listeners_[++last_listener_] = listener;
  return last_listener_;
}

authhost_loopback* ServiceCalls::listener(std::int64_t number) const {
  const auto found = listeners_.find(number);
  return found == listeners_.end() ? nullptr : found->second;
}

Frame ServiceCalls::answer(const Frame& asked) {
  Fields fields(asked.body());
  const std::string service = fields.text("service");
  const std::string name = fields.text("method");
  static const json kNothing = json::object();
  const json* const params = fields.object("params");
  Exchange exchange{&call_, nullptr, Fields(params != nullptr ? *params : kNothing), json::object(), *this};
  call_.error.reset();
  const auto mark = call_.arena.mark();
  const auto run = [&]() -> authhost_status {
    if (!fields.problem().empty()) return call_.fail(Status::usage, fields.problem());
    if (of_runner_ && service == kSettings && name == "get") return get_secret(exchange);
    if (const auto status = host_table().get_service(&call_, service.c_str(), &exchange.table); status != AUTHHOST_OK) return status;
    const Method* const method = find_method(service, name);
    if (exchange.table == nullptr || method == nullptr) {
      return call_.fail(Status::usage, fmt::format("there is no {} in {} here", safe_text(name, 64), safe_text(service, 64)), suggest_call(service, name));
    }
    return method->run(exchange);
  };
  const auto status = run();
  json reply = {{"type", "reply"}, {"id", asked.id().value_or(0)}};
  const auto known = known_status(status).value_or(Status::internal);
  reply["status"] = status_name(known);
  if (known == Status::ok) {
    reply["result"] = std::move(exchange.out);
  } else {
    const Error error = call_.outcome(status, service);
    reply["message"] = error.message;
    if (!error.hint.empty()) reply["hint"] = error.hint;
    wipe_json(exchange.out);
  }
  call_.arena.release(mark);  // the answer has its own copy: a plugin that asks for ever must not fill the host
  return Frame(std::move(reply));
}

}  // namespace authhost::plugins::exec
