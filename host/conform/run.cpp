#include "conform/run.hpp"

#include "core/config/suggest.hpp"
#include "core/services/json.hpp"
#include "core/services/process.hpp"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <thread>
#include <utility>

extern char** environ;

namespace authhost::conform {

namespace {

// Under the names that the person gave them: a profile may say NAME_env.
std::vector<std::string> names_of_environment() {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    out.emplace_back(text.substr(0, text.find('=')));
  }
  return out;
}

struct Trial {
  Verdict verdict;
  std::optional<std::string> description;
  Milliseconds took{0};
};

// What one process is to try, and for how long.
struct Errand {
  std::vector<const Case*> cases;
  Milliseconds limit{0};
  Known known = {};
};

// The lines that the process wrote before it ended.
std::map<std::string, Trial> read_trials(std::string_view text) {
  std::map<std::string, Trial> out;
  for (; !text.empty(); text.remove_prefix(std::min(text.size(), text.find('\n')) + (text.find('\n') == text.npos ? 0 : 1))) {
    const auto said = parse_json(text.substr(0, text.find('\n')));
    if (!said || !said->is_object() || !said->contains("finding")) continue;
    Trial trial;
    const auto finding = said->value("finding", "fail");
    trial.verdict = {finding == "pass" ? Finding::pass : finding == "skip" ? Finding::skip : Finding::fail, said->value("why", "")};
    if (said->contains("description")) trial.description = said->value("description", "");
    trial.took = Milliseconds{said->value("ms", 0)};
    out[said->value("case", "")] = std::move(trial);
  }
  return out;
}

class Trier {
 public:
  explicit Trier(const Request& request) : request_(request) {}

  // In the order of the errand. Of several cases those without a verdict are tried again, each in a process of its own: one of them
  // has ended it, or has used up the time.
  [[nodiscard]] std::vector<Trial> send(const Errand& errand) const {
    auto ended = start(errand);
    const bool died = ended && ended->signal != 0;
    auto trials = ended && !died ? read_trials(ended->output.reveal()) : std::map<std::string, Trial>();
    std::vector<Trial> out;
    for (const Case* const one : errand.cases) {
      const auto found = trials.find(std::string(one->name));
      if (found != trials.end()) out.push_back(std::move(found->second));
      else if (errand.cases.size() > 1) out.push_back(send({{one}, errand.limit, errand.known}).front());
      else out.push_back({fail(without_verdict(ended, errand.limit)), std::nullopt, {}});
    }
    return out;
  }

 private:
  [[nodiscard]] Result<ProcessResult> start(const Errand& errand) const {
    std::error_code problem;
    ProcessRequest child;
    child.argv = {std::filesystem::read_symlink("/proc/self/exe", problem).string()};
    for (const Case* const one : errand.cases) child.argv.insert(child.argv.end(), {"--one", std::string(one->name)});
    if (!request_.profile.empty()) child.argv.insert(child.argv.end(), {"--profile", request_.profile});
    if (errand.known.description) {
      child.argv.emplace_back("--known");
      child.input = Secret(nlohmann::json{{"description", *errand.known.description}, {"round_ms", errand.known.round.count()}}.dump());
    }
    child.argv.insert(child.argv.end(), {"--", request_.path});
    child.env = names_of_environment();
    child.timeout = errand.limit;
    child.max_output = std::size_t{16} << 20;
    return make_process()->run(child, Call{});
  }

  static std::string without_verdict(const Result<ProcessResult>& ended, Milliseconds limit) {
    if (ended.status() == Status::deadline) return "it did not return within " + std::to_string(limit.count() / 1000) + " s";
    if (!ended) return ended.error().message;
    if (ended->signal != 0) return "the process ended by signal " + std::to_string(ended->signal) + " (" + ::strsignal(ended->signal) + ")";
    return "the plugin ended the process, with status " + std::to_string(ended->exit_code);
  }

  const Request& request_;
};

// How long an exec plugin may take for one case: that of a native one, and as many healthy rounds as the longest case has, on a machine
// that does several things at once.
Milliseconds limit_of(const Case& one, const Known& known) { return one.limit + 20 * known.round; }

// What is found out of an exec plugin before all else. The error is that of the case `loads`.
struct Acquaintance {
  Known known;
  std::map<std::string_view, Verdict> verdicts;  // of the cases that it took
};
Acquaintance meet(const Trier& trier) {
  constexpr std::chrono::seconds kLongestRound{60};
  Acquaintance out;
  const Case& loads = *find_case("loads");
  const auto first = trier.send({{&loads}, loads.limit}).front();
  out.verdicts[loads.name] = first.verdict;
  if (first.verdict.finding != Finding::pass) return out;
  out.known.description = first.description;
  const Case& healthy = *find_case("gets-credentials");
  const auto second = trier.send({{&healthy}, kLongestRound, out.known}).front();
  out.verdicts[healthy.name] = second.verdict;
  out.known.round = second.took;
  return out;
}

// What needs no process to be said.
std::optional<Verdict> at_once(const Case& one, Kind kind, const Acquaintance& met) {
  if (one.kind == For::native && kind == Kind::exec) return skip("of native plugins alone");
  if (one.kind == For::exec && kind == Kind::native) return skip("of exec plugins alone");
  if (const auto found = met.verdicts.find(one.name); found != met.verdicts.end()) return found->second;
  const auto loads = met.verdicts.find("loads");
  const bool loaded = loads == met.verdicts.end() || loads->second.finding == Finding::pass;
  if (one.of_each != nullptr && !loaded) return skip("the host does not load it: see the case loads");
  return std::nullopt;
}

Result<std::vector<const Case*>> chosen(const std::vector<std::string>& names) {
  std::vector<const Case*> out;
  for (const auto& name : names) {
    if (const Case* const one = find_case(name)) {
      out.push_back(one);
      continue;
    }
    std::vector<std::string> known;
    for (const auto& one : all_cases()) known.emplace_back(one.name);
    return Error{Status::usage, "there is no case \"" + name + "\"", suggest(name, known)};
  }
  if (names.empty()) {
    for (const auto& one : all_cases()) out.push_back(&one);
  }
  return out;
}

}  // namespace

Result<std::vector<Row>> run_cases(const Request& request) {
  AUTHHOST_TRY(cases, chosen(request.cases));
  AUTHHOST_TRY(subject, Subject::open(request.path));
  AUTHHOST_CHECK(read_profile(request.profile));
  const Trier trier(request);
  const bool exec = subject->kind() == Kind::exec;
  const Acquaintance met = exec ? meet(trier) : Acquaintance();
  std::vector<Row> rows;
  std::vector<std::vector<std::size_t>> errands;  // rows, by their numbers
  std::optional<std::size_t> listeners;           // the errand of an exec plugin's cases that listen: they share their rounds
  for (const Case* const one : cases) {
    const auto verdict = at_once(*one, subject->kind(), met);
    rows.push_back({one, verdict.value_or(Verdict())});
    if (verdict) continue;
    const bool joins = exec && one->listens && listeners;
    if (!joins) errands.emplace_back();
    if (exec && one->listens && !listeners) listeners = errands.size() - 1;
    errands[joins ? *listeners : errands.size() - 1].push_back(rows.size() - 1);
  }
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < errands.size(); i = next++) {
      Errand errand{{}, limit_of(*rows[errands[i].front()].of, met.known), met.known};
      for (const auto row : errands[i]) errand.cases.push_back(rows[row].of);
      auto trials = trier.send(errand);
      for (std::size_t n = 0; n < trials.size(); ++n) rows[errands[i][n]].verdict = std::move(trials[n].verdict);
    }
  };
  // Whoever talks to an exec plugin waits most of the time; to a slow one, almost all of it.
  const unsigned most = met.known.round >= std::chrono::seconds(1) ? 8 : std::thread::hardware_concurrency() * (exec ? 2 : 1);
  std::vector<std::thread> workers;
  for (unsigned i = 1; i < std::clamp(most, 1U, 8U); ++i) workers.emplace_back(work);
  work();
  for (auto& worker : workers) worker.join();
  return rows;
}

Result<Known> read_known(std::string_view text) {
  AUTHHOST_TRY(json, parse_json(text));
  if (!json.is_object()) return Error{Status::usage, "--known wants an object on stdin", ""};
  return Known{json.value("description", ""), Milliseconds{json.value("round_ms", 0)}};
}

int run_here(const Request& request, const std::vector<const Case*>& cases, const Known& known, int out) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);  // what the plugin leaves behind stays in sight
  auto subject = Subject::open(request.path);
  const auto profile = read_profile(request.profile);
  if (subject) (*subject)->knows(known);
  for (const Case* const one : cases) {
    const auto begin = std::chrono::steady_clock::now();
    const Verdict verdict = !subject ? fail(subject.error().message) : !profile ? fail(profile.error().message) : try_case(*one, **subject, *profile);
    const auto took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - begin);
    const char* const words[] = {"pass", "fail", "skip"};
    nlohmann::json said = {{"case", one->name}, {"finding", words[static_cast<int>(verdict.finding)]}, {"why", verdict.why}, {"ms", took.count()}};
    if (subject && (*subject)->known().description) said["description"] = *(*subject)->known().description;
    const std::string text = said.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    if (::write(out, text.data(), text.size()) != static_cast<ssize_t>(text.size())) return 1;
  }
  return 0;
}

}  // namespace authhost::conform
