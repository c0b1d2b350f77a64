// Cases: the promises of a plugin, one by one. Each is tried in a process of its own.
#pragma once

#include "conform/bench.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace authhost::conform {

enum class Finding { pass, fail, skip };

struct Verdict {
  Finding finding = Finding::pass;
  std::string why = {};
};

inline Verdict pass() { return {}; }
inline Verdict fail(std::string why) { return {Finding::fail, std::move(why)}; }
inline Verdict skip(std::string why) { return {Finding::skip, std::move(why)}; }

enum class For { both, native, exec };

struct Case {
  std::string_view name;     // kebab-case
  std::string_view rule;     // of docs/abi.md
  std::string_view promise;  // one sentence
  For kind = For::both;
  // One of the two: of the plugin as a file, or of each of its authenticators.
  Verdict (*of_file)(Subject&) = nullptr;
  Verdict (*of_each)(Bench&) = nullptr;
  std::chrono::seconds limit{10};  // for the whole case; an exec plugin that is slow gets more
  bool listens = false;            // it judges by all_rounds() alone
};

inline Case listening(Case one) {
  one.listens = true;
  return one;
}

// In the order in which they are tried.
const std::vector<Case>& all_cases();
const Case* find_case(std::string_view name);

// Of one plugin, in this very process.
Verdict try_case(const Case& one, Subject& subject, const std::optional<config::Profile>& profile);

// The groups that all_cases() is made of, one a file.
std::vector<Case> shape_cases();
std::vector<Case> lifecycle_cases();
std::vector<Case> result_cases();
std::vector<Case> people_cases();
std::vector<Case> patience_cases();
std::vector<Case> network_cases();
std::vector<Case> grant_cases();
std::vector<Case> secret_cases();
std::vector<Case> manner_cases();
std::vector<Case> frame_cases();

}  // namespace authhost::conform
