// A session's surroundings, scripted: a clock that is set by hand, an authenticator that answers what the test says, a store
// that two sessions share as two processes would.
#pragma once

#include "core/keyring/store.hpp"
#include "core/plugins/authenticator.hpp"
#include "core/plugins/registry.hpp"
#include "core/services/crypto.hpp"
#include "core/session/session_impl.hpp"

#include <stdlib.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace authhost::test {

class FakeClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override { return WallTime{Milliseconds{1'800'000'000'000}} + wall_.load(); }
  [[nodiscard]] Monotonic monotonic() const override { return Monotonic{std::chrono::hours{100}} + monotonic_.load(); }
  Result<void> sleep(Milliseconds duration, const Call&) const override {
    advance(duration);
    return {};
  }
  void advance(Milliseconds by) const { move(by, by); }
  void move(Milliseconds wall, Milliseconds monotonic) const {
    wall_.store(wall_.load() + wall);
    monotonic_.store(monotonic_.load() + monotonic);
  }

 private:
  mutable std::atomic<Milliseconds> wall_{Milliseconds{0}};
  mutable std::atomic<Milliseconds> monotonic_{Milliseconds{0}};
};

inline Credentials make_credentials(const std::string& token, const Clock& clock, std::chrono::seconds life,
                                    const std::string& refresh_token = "") {
  Credentials credentials;
  credentials.access_token = Secret(token);
  credentials.refresh_token = Secret(refresh_token);
  credentials.expires_in = life;
  credentials.expires_at = clock.wall() + life;
  credentials.id = crypto::md5_hex(token);
  return credentials;
}

// What the authenticator was asked, and what it answers.
struct Script {
  std::function<Result<Credentials>(const plugins::RefreshRequest&, const Call&)> answer;
  std::function<Result<void>(const plugins::RefreshRequest&)> revoke = [](const auto&) { return Result<void>{}; };
  std::uint32_t capabilities = 0;
  std::uint32_t learned_capabilities = 0;  // once it was prepared
  std::optional<Error> not_prepared;
  std::atomic<int> asked{0};
  std::atomic<int> at_once{0};
  std::atomic<int> most_at_once{0};
};

class FakeAuthenticator final : public plugins::Authenticator {
 public:
  explicit FakeAuthenticator(Script& script) : script_(script) {
    info_.id = "com.example.fake";
    info_.short_name = "fake";
    info_.capabilities = script.capabilities;
    learned_ = info_;
  }
  [[nodiscard]] const plugins::AuthenticatorInfo& info() const override { return info_; }
  Result<const plugins::AuthenticatorInfo*> prepare(const config::Settings&, const Call&) override {
    if (script_.not_prepared) return *script_.not_prepared;
    learned_.capabilities = info_.capabilities | script_.learned_capabilities;
    return &learned_;
  }
  Result<plugins::RefreshOutcome> refresh(const plugins::RefreshRequest& request, const Call& call) override {
    ++script_.asked;
    script_.most_at_once = std::max(script_.most_at_once.load(), ++script_.at_once);
    auto answered = script_.answer(request, call);
    --script_.at_once;
    if (!answered) return std::move(answered).error();
    plugins::RefreshOutcome outcome;
    outcome.credentials = *std::move(answered);
    return Result<plugins::RefreshOutcome>(std::move(outcome));
  }
  Result<void> revoke(const plugins::RefreshRequest& request, const Call&) override { return script_.revoke(request); }

 private:
  Script& script_;
  plugins::AuthenticatorInfo info_;
  plugins::AuthenticatorInfo learned_;
};

class FakeRegistry final : public plugins::Registry {
 public:
  explicit FakeRegistry(Script& script) : script_(script) {}
  Result<std::unique_ptr<plugins::Authenticator>> create(std::string_view, const Call&) override {
    return Result<std::unique_ptr<plugins::Authenticator>>(std::make_unique<FakeAuthenticator>(script_));
  }
  Result<plugins::AuthenticatorInfo> describe(std::string_view, const Call&) override { return FakeAuthenticator(script_).info(); }
  std::vector<plugins::PluginRecord> list(const Call&) override { return {}; }
  std::vector<plugins::PluginRecord> announced() override { return {}; }
  plugins::PluginRecord inspect(const std::string&, const Call&) override { return {}; }

 private:
  Script& script_;
};

class FakeStore final : public keyring::Store {
 public:
  [[nodiscard]] std::string_view name() const override { return "file"; }
  Result<void> probe(const Call&) override { return broken(); }
  Result<std::optional<keyring::StoredItem>> get(const config::SessionKey& key, const Call& call) override {
    if (unreadable) return Error{Status::store_failed, "the keyring is locked", "unlock it"};
    if (obeys_deadlines) AUTHHOST_CHECK(call.check());
    std::optional<keyring::StoredItem> item;
    {
      const std::lock_guard lock(mutex_);
      ++reads;
      if (const auto found = items_.find(key.digest); found != items_.end()) item = found->second.clone();
    }
    if (const auto then = after_get) then();
    return item;
  }
  Result<void> put(const config::SessionKey& key, const keyring::StoredItem& item, const Call& call) override {
    AUTHHOST_CHECK(broken());
    if (obeys_deadlines) AUTHHOST_CHECK(call.check());
    const std::lock_guard lock(mutex_);
    items_[key.digest] = item.clone();
    return {};
  }
  Result<void> drop(const config::SessionKey& key, const Call& call) override {
    AUTHHOST_CHECK(broken());
    if (obeys_deadlines) AUTHHOST_CHECK(call.check());
    const std::lock_guard lock(mutex_);
    items_.erase(key.digest);
    return {};
  }
  std::atomic<bool> fails{false};
  std::atomic<bool> unreadable{false};
  std::atomic<bool> obeys_deadlines{false};
  std::atomic<int> reads{0};
  std::function<void()> after_get;  // what happens right after a read

 private:
  Result<void> broken() const {
    if (fails) return Error{Status::store_failed, "the disk is full", "make room"};
    return {};
  }
  std::mutex mutex_;
  std::map<std::string, keyring::StoredItem> items_;
};

// A state folder of its own for each test, through the environment as in real life.
class StateFolder {
 public:
  StateFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "authhost-session-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
    ::setenv("XDG_STATE_HOME", path_.c_str(), 1);
    ::setenv("XDG_RUNTIME_DIR", path_.c_str(), 1);
  }
  ~StateFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::filesystem::path authhost() const { return std::filesystem::path(path_) / "authhost"; }
  [[nodiscard]] std::vector<std::filesystem::path> files(const std::string& extension) const {
    std::vector<std::filesystem::path> found;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(authhost(), ignored)) {
      if (entry.path().extension() == extension) found.push_back(entry.path());
    }
    return found;
  }

 private:
  std::string path_;
};

// One profile and everything around it; sessions made from it are as many processes with the same state.
struct World {
  StateFolder state;
  FakeClock clock;
  Script script;
  std::shared_ptr<FakeStore> store = std::make_shared<FakeStore>();
  std::function<std::shared_ptr<keyring::Store>()> open_store;  // a store of its own for each session, instead of `store`
  config::Profile profile;

  World() {
    profile.name = "prod";
    profile.endpoint = "flyte.example.com";
    profile.authenticator = "fake";
    profile.runtime_cache = false;
    // Counts its tokens: "token-1", "token-2", … with a refresh token each.
    script.answer = [this](const plugins::RefreshRequest&, const Call&) -> Result<Credentials> {
      const std::string n = std::to_string(script.asked.load());
      return make_credentials("token-" + n, clock, std::chrono::seconds{1000}, "refresh-" + n);
    };
  }

  std::shared_ptr<Session::Impl> session() {
    SessionParts parts;
    parts.profile = profile;
    parts.registry = std::make_shared<FakeRegistry>(script);
    parts.services.clock = &clock;
    if (open_store) parts.store = open_store();
    else parts.store = store;
    parts.background_refresh = false;
    auto made = Session::Impl::make(std::move(parts), Call{});
    if (!made) throw std::runtime_error(made.error().message);
    return *made;
  }
  [[nodiscard]] Call call() const {
    Call call;
    call.clock = &clock;
    return call;
  }
};

inline std::string token_of(const Result<SessionReport>& report) {
  if (!report) return "error: " + report.error().message;
  return std::string(report->credentials.access_token.reveal());
}

// Lets threads arrive at a point and holds them there until all have.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    all_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    all_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_;
  bool open_ = false;
};

// How many of 20 sessions that start at once, as processes would, get the first token.
inline int good_of_20_sessions(World& world) {
  std::vector<std::shared_ptr<Session::Impl>> sessions;
  for (int i = 0; i < 20; ++i) sessions.push_back(world.session());
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (auto& session : sessions) {
    threads.emplace_back([&] { good += token_of(session->token({}, world.call())) == "token-1" ? 1 : 0; });
  }
  for (auto& thread : threads) thread.join();
  return good;
}

}  // namespace authhost::test
