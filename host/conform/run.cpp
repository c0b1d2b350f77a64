#include "conform/run.hpp"

#include "conform/errand.hpp"
#include "core/config/suggest.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace authhost::conform {

namespace {

// How long an exec plugin may take for one case: that of a native one, and as many healthy rounds as the longest case has, on a machine
// that does several things at once.
Milliseconds limit_of(const Case& one, const Known& known) { return one.limit + 20 * known.round; }

// What is found out before all else.
struct Acquaintance {
  Known known;
  std::map<std::string_view, Verdict> verdicts;  // of the cases that it took
  bool hung = false;  // it does not return: nothing is to be learned by waiting for it again and again
};
Acquaintance meet(const Request& request, Kind kind) {
  constexpr std::chrono::seconds kLongestRound{60};
  Acquaintance out;
  if (kind == Kind::exec) {
    const Case& loads = *find_case("loads");
    const auto first = send(request, {{&loads}, loads.limit}).front();
    out.verdicts[loads.name] = first.verdict;
    if (first.verdict.finding != Finding::pass) return out;
    out.known.description = first.description;
  }
  const Case& healthy = *find_case("gets-credentials");
  const auto second = send(request, {{&healthy}, kind == Kind::exec ? kLongestRound : healthy.limit, out.known}).front();
  out.verdicts[healthy.name] = second.verdict;
  out.hung = second.hung;
  if (out.hung && kind == Kind::exec) out.verdicts[healthy.name].why += ": does it flush each line that it writes?";
  if (kind == Kind::exec) out.known.round = second.took;
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
  if (one.of_each != nullptr && met.hung) return skip("it does not return in a healthy world: see the case gets-credentials");
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
  const bool exec = subject->kind() == Kind::exec;
  // Cases of the file alone need none of it.
  const bool works = exec || std::any_of(cases.begin(), cases.end(), [](const Case* one) { return one->of_each != nullptr && one->kind != For::exec; });
  const Acquaintance met = works ? meet(request, subject->kind()) : Acquaintance();
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
  std::mutex telling;
  std::size_t done = rows.size();
  for (const auto& errand : errands) done -= errand.size();
  const auto tell = [&](std::size_t more) {
    const std::lock_guard lock(telling);
    done += more;
    if (request.progress) request.progress(done, rows.size());
  };
  const auto work = [&] {
    for (std::size_t i = next++; i < errands.size(); i = next++) {
      Errand errand{{}, limit_of(*rows[errands[i].front()].of, met.known), met.known};
      for (const auto row : errands[i]) errand.cases.push_back(rows[row].of);
      auto trials = send(request, errand);
      for (std::size_t n = 0; n < trials.size(); ++n) rows[errands[i][n]].verdict = std::move(trials[n].verdict);
      tell(trials.size());
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

}  // namespace authhost::conform
