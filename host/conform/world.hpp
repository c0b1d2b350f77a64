// World: everything around a plugin, scripted. Time moves when somebody sleeps, a person does what is asked, nothing leaves the process.
#pragma once

#include "conform/provider.hpp"
#include "core/services/services.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace authhost::conform {

// Moves by sleep alone.
class WorldClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override { return WallTime(Milliseconds{1'795'507'200'000} + passed()); }
  [[nodiscard]] Monotonic monotonic() const override { return start_ + passed(); }
  Result<void> sleep(Milliseconds duration, const Call& call) const override;

  // Called before each sleep.
  std::function<void()> before_sleep;

 private:
  [[nodiscard]] Milliseconds passed() const { return Milliseconds{passed_.load()}; }

  const Monotonic start_ = std::chrono::steady_clock::now();
  mutable std::atomic<std::int64_t> passed_{0};
};

// What blocks: each is a step, and at a step a caller may give up.
enum class Step { sleep, http, browser, wait, ask, process };

class World {
 public:
  explicit World(std::string tag = "a");
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] Services services();

  // ---- the script ----
  const std::string tag;  // a part of every secret of this world
  WorldClock clock;
  Provider provider;
  std::function<Result<HttpResponse>(const HttpRequest&)> http;  // answers instead of the provider
  bool has_browser = true;
  bool person_agrees = true;  // programs end well, too
  bool processes_start = true;
  std::string output;              // of every program; empty: a token
  std::string prompt_answer;       // empty: a password
  std::optional<int> give_up_at;   // the step, counted from 1, before which the caller gives up
  std::optional<Step> give_up_in;  // the first step of that kind does it
  std::shared_ptr<Cancellation> cancellation = std::make_shared<Cancellation>();
  bool by_deadline = false;  // giving up means that the deadline passes
  std::map<std::string, Secret> store;

  // ---- what happened ----
  int steps = 0;
  std::map<Step, int> steps_of;
  bool gave_up = false;
  Monotonic gave_up_at{};  // by the real clock
  std::vector<std::string> requests;  // method, address, headers and body as one text each
  std::vector<std::string> shown;     // to the person, and given to programs
  int listened = 0;                   // waited for a redirect
  std::string state;                  // that the browser would bring back

  // Where a step begins. The caller's patience ends here, if the script says so.
  void begin(Step step);

 private:
  class FakeHttp;
  class FakeBrowser;
  class FakePrompt;
  class FakeLoopback;
  class FakeProcess;
};

}  // namespace authhost::conform
