#include "conform/cases.hpp"

#include <algorithm>
#include <utility>

namespace authhost::conform {

const std::vector<Case>& all_cases() {
  static const auto cases = [] {
    std::vector<Case> all;
    for (auto* group : {shape_cases, lifecycle_cases, result_cases, people_cases, patience_cases, network_cases, grant_cases, secret_cases,
                        manner_cases, frame_cases}) {
      for (auto& one : group()) all.push_back(one);
    }
    return all;
  }();
  return cases;
}

const Case* find_case(std::string_view name) {
  const auto& all = all_cases();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Case& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

Verdict try_case(const Case& one, Subject& subject, const std::optional<config::Profile>& profile) {
  if (one.kind == For::native && subject.kind() == Kind::exec) return skip("of native plugins alone");
  if (one.kind == For::exec && subject.kind() == Kind::native) return skip("of exec plugins alone");
  if (one.of_file != nullptr) return one.of_file(subject);
  if (auto loaded = subject.load(); !loaded) return skip("the host does not load it: see the case loads");
  std::optional<Verdict> worst;
  for (std::size_t i = 0; i < subject.authenticators().size(); ++i) {
    Bench bench(subject, i, profile);
    auto verdict = one.of_each(bench);
    if (verdict.finding != Finding::pass && subject.authenticators().size() > 1) verdict.why.insert(0, bench.info().id + ": ");
    if (verdict.finding == Finding::fail) return verdict;
    if (!worst || verdict.finding == Finding::pass) worst = std::move(verdict);  // skipped only where nothing was tried
  }
  return worst.value_or(pass());
}

}  // namespace authhost::conform
