// The services that reach out of the process, scripted. What a plugin may say to them the real ones' own code judges.
#include "core/services/redirect_uri.hpp"
#include "fake_call.hpp"

#include <authhost/text.hpp>

#include <algorithm>
#include <utility>

namespace authhost::testing {
namespace {

std::string decode(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') out.push_back(' ');
    else if (text[i] == '%' && i + 2 < text.size()) {
      out.push_back(static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

}  // namespace

std::map<std::string, std::string> decode_form(std::string_view form, std::map<std::string, int>* count) {
  std::map<std::string, std::string> values;
  while (!form.empty()) {
    const auto pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(form.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto name = decode(pair.substr(0, equals));
    values[name] = equals == std::string_view::npos ? "" : decode(pair.substr(equals + 1));
    if (count != nullptr) ++(*count)[name];
  }
  return values;
}

namespace {

// What every service has at hand.
struct Scripted {
  FakeHost& host;
  const FakeClock& clock;
};

class FakeHttp final : public Http, Scripted {
 public:
  explicit FakeHttp(Scripted scripted) : Scripted(scripted) {}

  Result<HttpResponse> send(const HttpRequest& asked, const Call& call) override {
    AUTHHOST_CHECK(check_request(asked));
    AUTHHOST_CHECK(check_oauth_url("the URL", asked.url, true));
    AUTHHOST_CHECK(clock.check(call));
    const auto& request = host.requests.emplace_back(read(asked));
    HttpAnswer answer;
    if (!host.http.empty()) {
      answer = std::move(host.http.front());
      host.http.pop_front();
    } else if (host.otherwise) {
      answer = host.otherwise(request);
    } else {
      answer.failure = Status::unavailable;
    }
    AUTHHOST_CHECK(clock.pass(std::min(answer.takes, asked.timeout), call));
    if (answer.takes > asked.timeout) return Error{Status::deadline, "no answer in time", ""};
    if (answer.failure != Status::ok) return Error{answer.failure, "scripted failure of the network", ""};
    HttpResponse response;
    response.status = answer.status;
    if (!answer.content_type.empty()) response.headers.push_back({"Content-Type", answer.content_type});
    for (const auto& [name, value] : answer.headers) response.headers.push_back({name, value});
    response.body = Secret(answer.body);
    if (answer.retry_after >= milliseconds{0}) response.retry_after = answer.retry_after;
    return response;
  }

 private:
  [[nodiscard]] SentRequest read(const HttpRequest& asked) const {
    SentRequest request;
    request.method = asked.method;
    request.url = asked.url;
    for (const auto& header : asked.headers) {
      std::string name = header.name;
      std::transform(name.begin(), name.end(), name.begin(), text::lower);
      request.headers[name] = header.value;
    }
    request.body = asked.body.reveal();
    request.form = decode_form(request.body, &request.form_count);
    request.timeout = asked.timeout;
    request.at = host.monotonic;
    return request;
  }
};

class FakeBrowser final : public Browser, Scripted {
 public:
  explicit FakeBrowser(Scripted scripted) : Scripted(scripted) {}

  [[nodiscard]] bool available(std::string_view) const override { return host.browser_available; }
  Result<void> open(std::string_view url, std::string_view command, const Call& call) override {
    AUTHHOST_CHECK(check_browser_url(url));
    AUTHHOST_CHECK(clock.check(call));
    host.browser_command = command;
    if (command.empty() && !host.browser_available) return Error{Status::interaction_required, "no browser was found", ""};
    if (host.browser_failure != Status::ok) return Error{host.browser_failure, "the browser did not start", ""};
    host.opened.emplace_back(url);
    return {};
  }
};

class FakePrompt final : public Prompt, Scripted {
 public:
  explicit FakePrompt(Scripted scripted) : Scripted(scripted) {}

  [[nodiscard]] bool available() const override { return host.prompt_available; }
  void notice(std::string_view line) override { host.notices.emplace_back(line); }
  void show_code(const PromptCode& code) override {
    host.codes.push_back({code.verification_uri, code.verification_uri_complete, code.user_code, code.expires_in.count(), code.qr});
  }
  void countdown(std::chrono::seconds left) override { host.countdowns.push_back(left.count()); }
  Result<Secret> ask(std::string_view question, bool, const Call& call) override {
    AUTHHOST_CHECK(clock.check(call));
    host.questions.emplace_back(question);
    return Secret(host.prompt_answer);
  }
};

class FakeListener final : public LoopbackListener, Scripted {
 public:
  explicit FakeListener(Scripted scripted) : Scripted(scripted) {}

  [[nodiscard]] std::string redirect_uri() const override { return host.loopback.redirect_uri; }
  Result<LoopbackResult> wait(const LoopbackExpect& expect, const Call& call) override {
    AUTHHOST_CHECK(clock.check(call));
    auto& seen = host.listened;
    seen.state = expect.state;
    seen.expected_issuer = expect.issuer;
    seen.iss_required = expect.iss_required;
    const bool limited = call.deadline && call.deadline != clock.call().deadline;
    seen.timeout = limited ? call.left() : milliseconds{0};
    const auto& script = host.loopback;
    if (script.wait_failure != Status::ok) return Error{script.wait_failure, "nobody came", ""};
    return LoopbackResult{script.error.empty() ? script.code : "", script.error, script.error_description};
  }
  void finish(const LoopbackOutcome&) override {}
};

class FakeLoopback final : public Loopback, Scripted {
 public:
  explicit FakeLoopback(Scripted scripted) : Scripted(scripted) {}

  Result<std::unique_ptr<LoopbackListener>> open(const LoopbackOptions& options, const Call& call) override {
    AUTHHOST_CHECK(clock.check(call));
    auto& seen = host.listened;
    seen.redirect_uri = options.redirect_uri;
    seen.port = options.port;
    seen.issuer = options.issuer;
    if (!options.redirect_uri.empty()) AUTHHOST_CHECK(parse_redirect_uri(options.redirect_uri));
    if (host.loopback.open_failure != Status::ok) return Error{host.loopback.open_failure, "the port is taken", ""};
    ++seen.opened;
    return std::unique_ptr<LoopbackListener>(std::make_unique<FakeListener>(Scripted{host, clock}));
  }
};

class FakeProcess final : public Process, Scripted {
 public:
  explicit FakeProcess(Scripted scripted) : Scripted(scripted) {}

  Result<ProcessResult> run(const ProcessRequest& request, const Call& call) override {
    AUTHHOST_CHECK(clock.check(call));
    host.processes.push_back({request.argv, request.env, std::string(request.input.reveal()), request.timeout});
    const auto& script = host.process;
    if (script.failure != Status::ok) return Error{script.failure, "scripted failure of the program", ""};
    if (script.output.size() > request.max_output) return Error{Status::protocol, "the program printed too much", ""};
    ProcessResult result;
    result.exit_code = script.exit_code;
    result.signal = script.signal;
    result.output = Secret(script.output);
    result.error_tail = script.error_tail;
    return result;
  }
};

}  // namespace

Services fake_services(FakeHost& host, const FakeClock& clock) {
  const Scripted scripted{host, clock};
  Services out;
  out.clock = &clock;
  out.http = std::make_shared<FakeHttp>(scripted);
  out.browser = std::make_shared<FakeBrowser>(scripted);
  out.prompt = std::make_shared<FakePrompt>(scripted);
  out.loopback = std::make_shared<FakeLoopback>(scripted);
  out.process = std::make_shared<FakeProcess>(scripted);
  return out;
}

std::map<std::string, std::string> query_of(std::string_view url) {
  const auto mark = url.find('?');
  return mark == std::string_view::npos ? std::map<std::string, std::string>{} : decode_form(url.substr(mark + 1), nullptr);
}

}  // namespace authhost::testing
