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
#include <filesystem>
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

Verdict read_verdict(const ProcessResult& ended) {
  if (ended.signal != 0) {
    return fail("the process ended by signal " + std::to_string(ended.signal) + " (" + ::strsignal(ended.signal) + ")");
  }
  auto said = parse_json(ended.output.reveal());
  if (!said || !said->is_object() || !said->contains("finding")) {
    return fail("the plugin ended the process, with status " + std::to_string(ended.exit_code));
  }
  const auto finding = said->value("finding", "fail");
  return {finding == "pass" ? Finding::pass : finding == "skip" ? Finding::skip : Finding::fail, said->value("why", "")};
}

Verdict run_apart(const Request& request, const Case& one) {
  std::error_code problem;
  ProcessRequest child;
  child.argv = {std::filesystem::read_symlink("/proc/self/exe", problem).string(), "--one", std::string(one.name)};
  if (!request.profile.empty()) child.argv.insert(child.argv.end(), {"--profile", request.profile});
  child.argv.insert(child.argv.end(), {"--", request.path});
  child.env = names_of_environment();
  child.timeout = one.limit;
  const auto ended = make_process()->run(child, Call{});
  if (ended.status() == Status::deadline) return fail("it did not return within " + std::to_string(one.limit.count()) + " s");
  return ended ? read_verdict(*ended) : fail(ended.error().message);
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
  std::vector<Row> rows(cases.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < cases.size(); i = next++) rows[i] = {cases[i], run_apart(request, *cases[i])};
  };
  std::vector<std::thread> workers;
  for (unsigned i = 1; i < std::clamp(std::thread::hardware_concurrency(), 1U, 8U); ++i) workers.emplace_back(work);
  work();
  for (auto& worker : workers) worker.join();
  return rows;
}

int run_one(const Request& request, const Case& one, int out) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);  // what the plugin leaves behind stays in sight
  const auto judge = [&]() -> Verdict {
    auto subject = Subject::open(request.path);
    if (!subject) return fail(subject.error().message);
    const auto profile = read_profile(request.profile);
    if (!profile) return fail(profile.error().message);
    return try_case(one, **subject, *profile);
  };
  const Verdict verdict = judge();
  const char* const words[] = {"pass", "fail", "skip"};
  const std::string text = nlohmann::json{{"finding", words[static_cast<int>(verdict.finding)]}, {"why", verdict.why}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
  return ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1;
}

}  // namespace authhost::conform
