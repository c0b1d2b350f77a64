#include "core/services/browser.hpp"

#include "core/services/child.hpp"
#include "core/services/http_url.hpp"
#include "core/services/redact.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string>
#include <vector>

namespace authhost {
namespace {

// A program that ends with an error in this time did not open anything; one that still runs is taken at its word.
constexpr Milliseconds kEarlyFailure{600};
constexpr Milliseconds kBlindPause{20};
constexpr std::size_t kLongestUrl = 16384;

using Command = std::vector<std::string>;

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

Command words(std::string_view text) {
  Command list;
  std::string word;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\n') {
      word += c;
    } else if (!word.empty()) {
      list.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) list.push_back(std::move(word));
  return list;
}

// The commands that may open a browser, in order. Only those that exist.
std::vector<Command> candidates(std::string_view command) {
  std::vector<Command> list;
  const auto add = [&](Command candidate) {
    if (candidate.empty()) return;
    auto program = child::find_program(candidate.front());
    if (!program || ::access(program->c_str(), X_OK) != 0) return;
    list.push_back(std::move(candidate));
  };
  std::string_view wanted = command.empty() ? variable("BROWSER") : command;
  if (wanted.empty()) {
    // Without a display xdg-open would start a text browser on a terminal that is not its own.
    if (!variable("DISPLAY").empty() || !variable("WAYLAND_DISPLAY").empty()) add({"xdg-open"});
    return list;
  }
  while (!wanted.empty()) {
    const auto one = wanted.substr(0, wanted.find(':'));
    wanted.remove_prefix(std::min(wanted.size(), one.size() + 1));
    add(words(one));
  }
  return list;
}

Command with_url(Command command, std::string_view url) {
  bool placed = false;
  for (std::size_t i = 1; i < command.size(); ++i) {
    for (auto at = command[i].find("%s"); at != std::string::npos; at = command[i].find("%s", at + url.size())) {
      command[i].replace(at, 2, url);
      placed = true;
    }
  }
  if (!placed) command.emplace_back(url);
  return command;
}

}  // namespace

// A browser obeys far more than https: `javascript:`, `file:`, and words that begin with `-`.
Result<void> check_browser_url(std::string_view url) {
  const auto refuse = [](std::string why) {
    return Error{Status::protocol, "not opened in a browser: " + std::move(why),
                 "only https addresses, or http on this machine, are opened"};
  };
  // RFC 3986, section 2: nothing else can stand in a URL, and none of it ends a word.
  const auto in_url = [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("-._~:/?#[]@!$&'()*+,;=%").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (url.size() > kLongestUrl) return refuse("the address is too long");
  if (!std::all_of(url.begin(), url.end(), in_url)) return refuse("the address has a character that no URL has");
  // A fragment is the page's own business; the rest is judged like any URL of ours.
  const auto parsed = parse_http_url("the address", url.substr(0, url.find('#')));
  if (!parsed) return refuse(parsed.error().message);
  if (!parsed->https && !parsed->loopback) return refuse("http is for this machine only");
  return {};
}

namespace {

class SystemBrowser final : public Browser {
 public:
  [[nodiscard]] bool available(std::string_view command) const override { return !candidates(command).empty(); }

  Result<void> open(std::string_view url, std::string_view command, const Call& call) override {
    AUTHHOST_CHECK(check_browser_url(url));
    AUTHHOST_CHECK(call.check());
    std::string tried;
    for (auto& candidate : candidates(command)) {
      const auto name = candidate.front();
      AUTHHOST_TRY(started, try_one(with_url(std::move(candidate), url), call));
      if (started) return {};
      tried.append(tried.empty() ? "" : ", ").append(safe_text(name, 100));
    }
    if (tried.empty()) {
      return Error{Status::interaction_required, "no browser was found", "set BROWSER to a command that opens a URL"};
    }
    return Error{Status::interaction_required, "no browser could be opened: " + tried + " failed",
                 "set BROWSER to a command that opens a URL"};
  }

 private:
  // false: could not be started, or failed at once.
  static Result<bool> try_one(Command argv, const Call& call) {
    child::Start start;
    start.program = child::find_program(argv.front()).value_or(argv.front());
    start.argv = std::move(argv);
    start.env = child::environment({"BROWSER"});
    start.place = child::Place::session;
    const auto pid = child::start(start);
    if (!pid) return false;
    const Fd watch = child::watch(*pid);
    const auto until = call.clock->monotonic() + kEarlyFailure;
    for (;;) {
      if (const auto reaped = child::reap(*pid, false); reaped.ended) {
        return !reaped.status || (WIFEXITED(*reaped.status) && WEXITSTATUS(*reaped.status) == 0);
      }
      const auto left = std::chrono::ceil<Milliseconds>(until - call.clock->monotonic());
      if (left <= Milliseconds{0}) break;
      if (auto waited = call.wait_fd(watch.get(), POLLIN, watch ? left : std::min(left, kBlindPause)); !waited) {
        child::let_go(*pid);
        return std::move(waited).error();
      }
    }
    child::let_go(*pid);
    return true;
  }
};

}  // namespace

std::unique_ptr<Browser> make_system_browser() { return std::make_unique<SystemBrowser>(); }

}  // namespace authhost
