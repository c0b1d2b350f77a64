#include "conform/world.hpp"

#include <authhost/testing.hpp>

#include <utility>

namespace authhost::conform {

namespace {

constexpr std::chrono::hours kPatience{1};  // of a person who does not come

}  // namespace

Result<void> WorldClock::sleep(Milliseconds duration, const Call& call) const {
  if (before_sleep) before_sleep();
  AUTHHOST_CHECK(call.check());
  const auto slept = std::min(duration, call.left());
  passed_ += std::max<std::int64_t>(0, slept.count());
  return call.check();
}

class World::FakeHttp final : public Http {
 public:
  explicit FakeHttp(World& world) : world_(world) {}
  Result<HttpResponse> send(const HttpRequest& request, const Call& call) override {
    world_.begin(Step::http);
    AUTHHOST_CHECK(call.check());
    AUTHHOST_CHECK(check_oauth_url("the address", request.url, true));
    std::string seen = request.method + " " + request.url + "\n";
    for (const auto& header : request.headers) seen += header.name + ": " + header.value + "\n";
    world_.requests.push_back(seen.append(request.body.reveal()));
    return world_.http ? world_.http(request) : world_.provider.answer(request);
  }

 private:
  World& world_;
};

class World::FakeBrowser final : public Browser {
 public:
  explicit FakeBrowser(World& world) : world_(world) {}
  [[nodiscard]] bool available(std::string_view) const override { return world_.has_browser; }
  Result<void> open(std::string_view url, std::string_view, const Call& call) override {
    world_.begin(Step::browser);
    AUTHHOST_CHECK(call.check());
    if (!world_.has_browser) return Error{Status::interaction_required, "there is no browser", "open the page by hand"};
    world_.state = testing::query_of(url)["state"];
    return {};
  }

 private:
  World& world_;
};

class World::FakePrompt final : public Prompt {
 public:
  explicit FakePrompt(World& world) : world_(world) {}
  [[nodiscard]] bool available() const override { return true; }
  void notice(std::string_view line) override { world_.shown.emplace_back(line); }
  void show_code(const PromptCode& code) override { world_.shown.push_back(code.verification_uri + " " + code.user_code); }
  void countdown(std::chrono::seconds) override {}
  Result<Secret> ask(std::string_view question, bool, const Call& call) override {
    world_.begin(Step::ask);
    AUTHHOST_CHECK(call.check());
    world_.shown.emplace_back(question);
    if (!world_.person_agrees) return Error{Status::interaction_required, "nobody answered", "answer the question"};
    return Secret(world_.prompt_answer.empty() ? "conform-answer-" + world_.tag : world_.prompt_answer);
  }

 private:
  World& world_;
};

// The browser comes back at once, with the state that it was sent away with.
class World::FakeLoopback final : public Loopback {
 public:
  explicit FakeLoopback(World& world) : world_(world) {}
  Result<std::unique_ptr<LoopbackListener>> open(const LoopbackOptions& options, const Call& call) override {
    AUTHHOST_CHECK(call.check());
    const std::string uri = options.redirect_uri.empty() ? "http://127.0.0.1:45678/callback" : options.redirect_uri;
    return std::unique_ptr<LoopbackListener>(std::make_unique<Listener>(world_, uri));
  }

 private:
  class Listener final : public LoopbackListener {
   public:
    Listener(World& world, std::string uri) : world_(world), uri_(std::move(uri)) {}
    [[nodiscard]] std::string redirect_uri() const override { return uri_; }
    Result<LoopbackResult> wait(const LoopbackExpect& expect, const Call& call) override {
      ++world_.listened;
      world_.begin(Step::wait);
      AUTHHOST_CHECK(call.check());
      if (world_.state.empty() || world_.state != expect.state) {
        AUTHHOST_CHECK(world_.clock.sleep(std::min<Milliseconds>(kPatience, call.left()), call));
        return Error{Status::deadline, "nobody came back from the browser", "open the page that was shown"};
      }
      if (!world_.person_agrees) return LoopbackResult{"", "access_denied", "the person said no"};
      return LoopbackResult{world_.provider.code(), "", ""};
    }
    void finish(const LoopbackOutcome&) override {}

   private:
    World& world_;
    const std::string uri_;
  };

  World& world_;
};

class World::FakeProcess final : public Process {
 public:
  explicit FakeProcess(World& world) : world_(world) {}
  Result<ProcessResult> run(const ProcessRequest& request, const Call& call) override {
    world_.begin(Step::process);
    AUTHHOST_CHECK(call.check());
    for (const auto& word : request.argv) world_.shown.push_back(word);
    world_.requests.emplace_back(request.input.reveal());
    if (!world_.processes_start) return Error{Status::plugin, "the program could not be started", "install it"};
    ProcessResult out;
    out.exit_code = world_.person_agrees ? 0 : 1;
    if (world_.person_agrees) out.output = Secret(world_.output.empty() ? "conform-access-" + world_.tag + "-p\n" : world_.output);
    return out;
  }

 private:
  World& world_;
};

World::World(std::string name) : tag(std::move(name)), provider(tag) {
  clock.before_sleep = [this] { begin(Step::sleep); };
}

Services World::services() {
  Services out;
  out.clock = &clock;
  out.http = std::make_shared<FakeHttp>(*this);
  out.browser = std::make_shared<FakeBrowser>(*this);
  out.prompt = std::make_shared<FakePrompt>(*this);
  out.loopback = std::make_shared<FakeLoopback>(*this);
  out.process = std::make_shared<FakeProcess>(*this);
  return out;
}

void World::begin(Step step) {
  ++steps;
  ++steps_of[step];
  const bool now = (give_up_at && steps >= *give_up_at) || (give_up_in && step == *give_up_in);
  if (!now || gave_up) return;
  gave_up = true;
  gave_up_at = std::chrono::steady_clock::now();
  if (!by_deadline) return cancellation->cancel();
  // Time goes by while the step is under way. Not by a sleep of ours: that would be a step.
  Call forever;
  forever.clock = &clock;
  const auto before = std::exchange(clock.before_sleep, nullptr);
  static_cast<void>(clock.sleep(kPatience, forever));
  clock.before_sleep = before;
}

}  // namespace authhost::conform
