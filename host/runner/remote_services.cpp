#include "runner/remote_services.hpp"

#include "core/plugins/exec/service_calls.hpp"

#include <authhost/services.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace authhost::runner {

namespace {

using nlohmann::json;
using plugins::exec::Fields;
using plugins::exec::Frame;
using plugins::exec::get_bytes;
using plugins::exec::put_bytes;

const json& result_of(const Frame& reply) {
  static const json nothing = json::object();
  const auto found = reply.body().find("result");
  return found != reply.body().end() && found->is_object() ? *found : nothing;
}

// The host's time. It is asked once and goes on by itself here: a plugin may look at its deadline as often as it likes. After anything
// else that the host was asked for it is asked again: it may have taken long, and the host's clock need not be that of the machine.
class RemoteClock final : public Clock {
 public:
  explicit RemoteClock(HostPipe& pipe) : pipe_(pipe) {}
  [[nodiscard]] WallTime wall() const override { return now(wall_, "now_ms", [] { return system_clock().wall(); }); }
  [[nodiscard]] Monotonic monotonic() const override {
    return now(monotonic_, "monotonic_ms", [] { return system_clock().monotonic(); });
  }
  Result<void> sleep(Milliseconds duration, const Call& /*call*/) const override {
    auto slept = pipe_.ask(AUTHHOST_SERVICE_CLOCK, "sleep_ms", {{"milliseconds", duration.count()}});
    if (!slept) return std::move(slept).error();
    return {};
  }

 private:
  using Steady = std::chrono::steady_clock;
  template <class Time>
  struct Read {
    Time host;
    Steady::time_point here;
    std::int64_t asked;
  };

  template <class Time, class Otherwise>
  Time now(std::optional<Read<Time>>& last, const char* method, Otherwise otherwise) const {
    if (!last || last->asked != pipe_.asked() - for_the_time_) {
      auto reply = pipe_.ask(AUTHHOST_SERVICE_CLOCK, method, json::object());
      ++for_the_time_;
      last = {reply ? Time(std::chrono::duration_cast<typename Time::duration>(Milliseconds{Fields(result_of(*reply)).integer(method)}))
                    : otherwise(),
              Steady::now(), pipe_.asked() - for_the_time_};
    }
    return last->host + std::chrono::duration_cast<typename Time::duration>(Steady::now() - last->here);
  }

  HostPipe& pipe_;
  mutable std::int64_t for_the_time_ = 0;  // questions
  mutable std::optional<Read<WallTime>> wall_;
  mutable std::optional<Read<Monotonic>> monotonic_;
};

std::string text_of(Fields& fields, const char* name) { return std::string(get_bytes(fields, name).reveal()); }

class RemoteHttp final : public Http {
 public:
  explicit RemoteHttp(HostPipe& pipe) : pipe_(pipe) {}
  Result<HttpResponse> send(const HttpRequest& request, const Call& /*call*/) override {
    json params = {{"method", request.method}, {"url", request.url}, {"timeout_ms", request.timeout.count()}, {"headers", json::array()}};
    for (const auto& [name, value] : request.headers) {
      json header = json::object();
      put_bytes(header, "name", name);
      put_bytes(header, "value", value);
      params["headers"].push_back(std::move(header));
    }
    put_bytes(params, "body", request.body.reveal());
    AUTHHOST_TRY(reply, pipe_.ask(AUTHHOST_SERVICE_HTTP, "send", std::move(params)));
    Fields fields(result_of(reply));
    HttpResponse response;
    response.status = static_cast<int>(fields.integer("status"));
    if (const json* const list = fields.list("headers")) {
      for (const auto& item : *list) {
        Fields header(item);
        response.headers.push_back({text_of(header, "name"), text_of(header, "value")});
      }
    }
    response.body = get_bytes(fields, "body");
    if (const auto after = fields.integer("retry_after_ms", -1); after >= 0) response.retry_after = Milliseconds{after};
    return response;
  }

 private:
  HostPipe& pipe_;
};

class RemoteBrowser final : public Browser {
 public:
  explicit RemoteBrowser(HostPipe& pipe) : pipe_(pipe) {}
  [[nodiscard]] bool available(std::string_view /*command*/) const override {
    auto reply = pipe_.ask(AUTHHOST_SERVICE_BROWSER, "available", json::object());
    return reply && Fields(result_of(*reply)).flag("available");
  }
  Result<void> open(std::string_view url, std::string_view command, const Call& /*call*/) override {
    AUTHHOST_CHECK(pipe_.ask(AUTHHOST_SERVICE_BROWSER, "open", {{"url", url}, {"command", command}}));
    return {};
  }

 private:
  HostPipe& pipe_;
};

class RemotePrompt final : public Prompt {
 public:
  explicit RemotePrompt(HostPipe& pipe) : pipe_(pipe) {}
  [[nodiscard]] bool available() const override {
    auto reply = pipe_.ask(AUTHHOST_SERVICE_PROMPT, "available", json::object());
    return reply && Fields(result_of(*reply)).flag("available");
  }
  void notice(std::string_view line) override { said(pipe_.ask(AUTHHOST_SERVICE_PROMPT, "notice", {{"line", line}})); }
  void show_code(const PromptCode& code) override {
    said(pipe_.ask(AUTHHOST_SERVICE_PROMPT, "show_code",
                   {{"verification_uri", code.verification_uri}, {"verification_uri_complete", code.verification_uri_complete},
                    {"user_code", code.user_code}, {"expires_in_s", code.expires_in.count()}, {"qr", code.qr}}));
  }
  void countdown(std::chrono::seconds left) override {
    said(pipe_.ask(AUTHHOST_SERVICE_PROMPT, "countdown", {{"seconds_left", left.count()}}));
  }
  Result<Secret> ask(std::string_view question, bool secret, const Call& /*call*/) override {
    AUTHHOST_TRY(reply, pipe_.ask(AUTHHOST_SERVICE_PROMPT, "ask", {{"question", question}, {"secret", secret}}));
    Fields fields(result_of(reply));
    return get_bytes(fields, "answer");
  }

 private:
  static void said(const Result<Frame>& /*nobody reads: no error*/) {}
  HostPipe& pipe_;
};

class RemoteListener final : public LoopbackListener {
 public:
  RemoteListener(HostPipe& pipe, std::int64_t number, std::string redirect_uri)
      : pipe_(pipe), number_(number), redirect_uri_(std::move(redirect_uri)) {}
  ~RemoteListener() override { static_cast<void>(pipe_.ask(AUTHHOST_SERVICE_LOOPBACK, "close", {{"listener", number_}})); }
  RemoteListener(const RemoteListener&) = delete;
  RemoteListener& operator=(const RemoteListener&) = delete;
  [[nodiscard]] std::string redirect_uri() const override { return redirect_uri_; }
  Result<LoopbackResult> wait(const LoopbackExpect& expect, const Call& call) override {
    json params = {{"listener", number_}, {"state", expect.state}, {"issuer", expect.issuer}, {"iss_required", expect.iss_required}};
    if (call.deadline) params["timeout_ms"] = std::max<std::int64_t>(call.left().count(), 1);
    AUTHHOST_TRY(reply, pipe_.ask(AUTHHOST_SERVICE_LOOPBACK, "wait", std::move(params)));
    Fields fields(result_of(reply));
    return LoopbackResult{text_of(fields, "code"), text_of(fields, "error"), text_of(fields, "error_description")};
  }
  void finish(const LoopbackOutcome& /*outcome*/) override {}  // the host completes the page

 private:
  HostPipe& pipe_;
  const std::int64_t number_;
  const std::string redirect_uri_;
};

class RemoteLoopback final : public Loopback {
 public:
  explicit RemoteLoopback(HostPipe& pipe) : pipe_(pipe) {}
  Result<std::unique_ptr<LoopbackListener>> open(const LoopbackOptions& options, const Call& /*call*/) override {
    AUTHHOST_TRY(reply, pipe_.ask(AUTHHOST_SERVICE_LOOPBACK, "open",
                                  {{"redirect_uri", options.redirect_uri}, {"port", options.port}, {"issuer", options.issuer}}));
    Fields fields(result_of(reply));
    return std::unique_ptr<LoopbackListener>(std::make_unique<RemoteListener>(pipe_, fields.integer("listener"), fields.text("redirect_uri")));
  }

 private:
  HostPipe& pipe_;
};

class RemoteProcess final : public Process {
 public:
  explicit RemoteProcess(HostPipe& pipe) : pipe_(pipe) {}
  Result<ProcessResult> run(const ProcessRequest& request, const Call& /*call*/) override {
    json params = {{"argv", request.argv}, {"env", request.env}, {"timeout_ms", request.timeout.count()}, {"max_output", request.max_output}};
    put_bytes(params, "input", request.input.reveal());
    AUTHHOST_TRY(reply, pipe_.ask(AUTHHOST_SERVICE_PROCESS, "run", std::move(params)));
    Fields fields(result_of(reply));
    ProcessResult result;
    result.exit_code = static_cast<int>(fields.integer("exit_code"));
    result.signal = static_cast<int>(fields.integer("signal"));
    result.output = get_bytes(fields, "output");
    result.error_tail = text_of(fields, "error_tail");
    return result;
  }

 private:
  HostPipe& pipe_;
};

bool contains(const std::vector<std::string>& list, std::string_view name) { return std::find(list.begin(), list.end(), name) != list.end(); }

}  // namespace

Services remote_services(HostPipe& pipe, const std::vector<std::string>& granted) {
  Services services;
  if (contains(granted, AUTHHOST_SERVICE_HTTP)) services.http = std::make_shared<RemoteHttp>(pipe);
  if (contains(granted, AUTHHOST_SERVICE_BROWSER)) services.browser = std::make_shared<RemoteBrowser>(pipe);
  if (contains(granted, AUTHHOST_SERVICE_PROMPT)) services.prompt = std::make_shared<RemotePrompt>(pipe);
  if (contains(granted, AUTHHOST_SERVICE_LOOPBACK)) services.loopback = std::make_shared<RemoteLoopback>(pipe);
  if (contains(granted, AUTHHOST_SERVICE_PROCESS)) services.process = std::make_shared<RemoteProcess>(pipe);
  return services;
}

std::function<Result<plugins::ResolvedSetting>(const std::string& name)> remote_secrets(HostPipe& pipe, const config::Settings& settings) {
  return [&](const std::string& name) -> Result<plugins::ResolvedSetting> {
    const auto said = settings.find(name);
    const auto* const text = said != settings.end() ? std::get_if<std::string>(&said->second.value) : nullptr;
    plugins::ResolvedSetting out;
    if (text != nullptr) {
      out.is_set = true;
      out.text = Secret(*text);
      return out;
    }
    AUTHHOST_TRY(reply, pipe.ask(plugins::exec::kSettings, "get", {{"name", name}}));
    Fields fields(result_of(reply));
    out.is_set = fields.flag("is_set");
    out.text = get_bytes(fields, "value");
    return out;
  };
}

std::unique_ptr<Clock> remote_clock(HostPipe& pipe, const std::vector<std::string>& granted) {
  class LocalClock final : public Clock {
   public:
    [[nodiscard]] WallTime wall() const override { return system_clock().wall(); }
    [[nodiscard]] Monotonic monotonic() const override { return system_clock().monotonic(); }
    Result<void> sleep(Milliseconds duration, const Call& call) const override { return system_clock().sleep(duration, call); }
  };
  if (contains(granted, AUTHHOST_SERVICE_CLOCK)) return std::make_unique<RemoteClock>(pipe);
  return std::make_unique<LocalClock>();
}

}  // namespace authhost::runner
