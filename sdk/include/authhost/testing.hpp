// FakeHost: calls an authenticator in this process, with every service scripted. Link authhost::testing.
//
//   authhost::testing::FakeHost host(authhost_plugin_v1);
//   host.settings["client_secret"] = "s3cret";
//   host.client_config.client_id = "app";
//   host.answer(R"({"access_token":"t","token_type":"Bearer"})");
//   auto credentials = host.refresh();
//
// Time stands still until the plugin sleeps, or an answer takes time. The host is as strict as the real one, because it is the real
// one's border to plugins with a script behind it: undeclared services are NOT_PERMITTED, undeclared settings USAGE, odd tokens
// refused, requests and addresses judged; nobody is asked where `may_interact` is false; `settings` pass the real host's checks
// before the plugin is called (INVALID_CONFIG), and the descriptor too (PLUGIN).
#pragma once

#include <authhost/abi.h>
#include <authhost/client_config.hpp>
#include <authhost/credentials.hpp>
#include <authhost/result.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace authhost::testing {

using std::chrono::milliseconds;

// What the plugin sent.
struct SentRequest {
  std::string method;
  std::string url;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::map<std::string, std::string> form;     // the body, decoded; of a repeated name the last
  std::map<std::string, int> form_count;       // how often each name stood there
  milliseconds timeout{0};                     // the host's own where the plugin says none
  milliseconds at{0};                          // on the monotonic clock
};

// What comes back. With `failure`, nothing does.
struct HttpAnswer {
  int status = 200;
  std::string body = "{}";
  std::string content_type = "application/json";
  milliseconds retry_after{-1};
  Status failure = Status::ok;
  milliseconds takes{0};
  std::map<std::string, std::string> headers = {};
};

struct ShownCode {
  std::string verification_uri;
  std::string verification_uri_complete;
  std::string user_code;
  std::int64_t expires_in = 0;
  bool qr = false;
};

struct LoopbackScript {
  std::string redirect_uri = "http://127.0.0.1:45678/callback";
  std::string code = "the-code";
  std::string error;
  std::string error_description;
  Status open_failure = Status::ok;
  Status wait_failure = Status::ok;
};

struct LoopbackSeen {
  int opened = 0;
  std::string redirect_uri;  // as asked for
  std::int64_t port = 0;
  std::string issuer;        // of the options
  std::string state;
  std::string expected_issuer;
  bool iss_required = false;
  milliseconds timeout{0};   // 0: as long as the call may take
};

struct ProcessScript {
  int exit_code = 0;
  int signal = 0;
  std::string output;
  std::string error_tail;
  Status failure = Status::ok;
};

struct ProcessSeen {
  std::vector<std::string> argv;
  std::vector<std::string> env;
  std::string input;
  milliseconds timeout{0};  // the host's own where the plugin says none
};

// Written as in the configuration: text, number, truth, list. A duration is "90s", or a number of milliseconds.
using Setting = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;

class FakeHost {
 public:
  // The authenticator of that id, or the first one. The plugin outlives the host. Throws std::runtime_error if there is none.
  explicit FakeHost(const authhost_plugin& plugin, std::string_view id = {});
  ~FakeHost();
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  // Each makes an instance on the first call, and keeps it. The credentials are the host's own copy: they have an end and an id, and
  // keep the previous refresh token where none was emitted. An error is safe to show, and its status is the one the plugin ended with.
  Result<Credentials> refresh(std::int32_t reason = AUTHHOST_REASON_LOGIN);
  Result<void> revoke();
  [[nodiscard]] bool can_revoke() const;
  [[nodiscard]] const authhost_descriptor& descriptor() const;

  // Answers are used up in order; once there are none, `otherwise` is asked, else the network is down.
  HttpAnswer& answer(std::string body, int status = 200);
  HttpAnswer& fail_http(Status failure);
  void set_previous(std::string_view access_token, std::string_view refresh_token);

  // ---- the script ----
  // A secret is a string under its own name; NAME_env and NAME_file work too, and NAME_command runs `process`.
  std::map<std::string, Setting> settings;
  ClientConfig client_config;
  std::string endpoint = "dns:///flyte.example.com";
  bool may_interact = true;  // false: browser and questions answer INTERACTION_REQUIRED, notices are dropped
  std::optional<Credentials> previous;
  std::deque<HttpAnswer> http;
  std::function<HttpAnswer(const SentRequest&)> otherwise;
  bool browser_available = true;
  Status browser_failure = Status::ok;
  bool prompt_available = true;
  std::string prompt_answer;
  LoopbackScript loopback;
  ProcessScript process;
  std::set<std::string> absent;       // services this host does not have
  std::set<std::string> not_granted;  // services the manifest does not grant
  milliseconds monotonic{1'000'000};
  milliseconds wall{1'795'507'200'000};  // 2026-11-24T08:00:00Z
  std::optional<milliseconds> deadline;      // on the monotonic clock
  std::optional<milliseconds> cancelled_at;  // on the monotonic clock

  // ---- what happened ----
  std::vector<SentRequest> requests;
  std::vector<std::string> opened;    // URLs, in the browser; like all that a person sees, as the host shows it
  std::string browser_command;
  std::vector<std::string> notices;
  std::vector<ShownCode> codes;
  std::vector<std::int64_t> countdowns;
  std::vector<std::string> questions;  // with the authenticator's name before each
  LoopbackSeen listened;
  std::vector<ProcessSeen> processes;
  std::map<std::string, std::string> store;  // before a call what was kept, after it what is
  std::vector<std::string> log_lines;        // of every level, in the plugin's own words: nothing is redacted
  std::vector<milliseconds> sleeps;
  int emitted = 0;  // credentials that were not refused

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A plugin from a shared object, as the host would load it; stays loaded. Throws std::runtime_error.
const authhost_plugin& load_plugin(const std::string& path);

// The parameters of a URL's query, decoded.
std::map<std::string, std::string> query_of(std::string_view url);

}  // namespace authhost::testing
