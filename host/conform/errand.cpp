#include "conform/errand.hpp"

#include "core/services/json.hpp"
#include "core/services/process.hpp"

#include <nlohmann/json.hpp>

#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <sstream>
#include <utility>

extern char** environ;

namespace authhost::conform {

namespace {

// Where a plugin's words are no UTF-8, they are mended.
std::string text_of(const nlohmann::json& json) { return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

constexpr const char* kFindings[] = {"pass", "fail", "skip"};

// Under the names that the person gave them: a profile may say NAME_env.
std::vector<std::string> names_of_environment() {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    out.emplace_back(text.substr(0, text.find('=')));
  }
  return out;
}

Result<ProcessResult> start(const Request& request, const Errand& errand) {
  std::error_code problem;
  ProcessRequest child;
  child.argv = {std::filesystem::read_symlink("/proc/self/exe", problem).string()};
  for (const Case* const one : errand.cases) child.argv.insert(child.argv.end(), {"--one", std::string(one->name)});
  if (!request.profile.empty()) child.argv.insert(child.argv.end(), {"--profile", request.profile});
  if (errand.known.description) {
    child.argv.emplace_back("--known");
    child.input = Secret(text_of({{"description", *errand.known.description}, {"round_ms", errand.known.round.count()}}));
  }
  child.argv.insert(child.argv.end(), {"--", request.path});
  child.env = names_of_environment();
  child.timeout = errand.limit;
  child.max_output = std::size_t{16} << 20;
  Call call;
  call.cancellation = request.stop;
  return make_process()->run(child, call);
}

// The lines that the process wrote before it ended, by the cases that they are of.
std::map<std::string, Trial> read_trials(std::string_view text) {
  std::map<std::string, Trial> out;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    const auto said = parse_json(line);
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

std::string without_verdict(const Result<ProcessResult>& ended, Milliseconds limit) {
  if (ended.status() == Status::deadline) return "it did not return within " + std::to_string(limit.count() / 1000) + " s";
  if (!ended) return ended.error().message;
  if (ended->signal != 0) return "the process ended by signal " + std::to_string(ended->signal) + " (" + ::strsignal(ended->signal) + ")";
  return "the plugin ended the process, with status " + std::to_string(ended->exit_code);
}

}  // namespace

std::vector<Trial> send(const Request& request, const Errand& errand) {
  const auto ended = stopped(request) ? Result<ProcessResult>(Error{Status::cancelled, "", ""}) : start(request, errand);
  auto trials = ended && ended->signal == 0 ? read_trials(ended->output.reveal()) : std::map<std::string, Trial>();
  std::vector<Trial> out;
  for (const Case* const one : errand.cases) {
    const auto found = trials.find(std::string(one->name));
    if (found != trials.end()) out.push_back(std::move(found->second));
    else if (stopped(request)) out.push_back({skip("not tried to its end: the check was interrupted")});
    else if (errand.cases.size() > 1) out.push_back(send(request, {{one}, errand.limit, errand.known}).front());
    else out.push_back({fail(without_verdict(ended, errand.limit)), {}, {}, ended.status() == Status::deadline});
  }
  return out;
}

int run_errand(const Request& request, const Errand& errand, int out) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);  // what the plugin leaves behind stays in sight
  auto subject = Subject::open(request.path);
  const auto profile = read_profile(request.profile);
  if (subject) (*subject)->knows(errand.known);
  const auto judge = [&](const Case& one) {
    if (!subject) return fail(subject.error().message);
    return profile ? try_case(one, **subject, *profile) : fail(profile.error().message);
  };
  for (const Case* const one : errand.cases) {
    const auto begin = std::chrono::steady_clock::now();
    const Verdict verdict = judge(*one);
    const auto took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - begin);
    nlohmann::json said = {{"case", one->name}, {"finding", kFindings[static_cast<int>(verdict.finding)]}, {"why", verdict.why}, {"ms", took.count()}};
    if (subject && !errand.known.description && (*subject)->known().description) said["description"] = *(*subject)->known().description;
    const std::string text = text_of(said) + "\n";
    if (::write(out, text.data(), text.size()) != static_cast<ssize_t>(text.size())) return 1;
  }
  return 0;
}

Result<Known> read_known(std::string_view text) {
  AUTHHOST_TRY(json, parse_json(text));
  if (!json.is_object()) return Error{Status::usage, "--known wants an object on stdin", ""};
  return Known{json.value("description", ""), Milliseconds{json.value("round_ms", 0)}};
}

}  // namespace authhost::conform
