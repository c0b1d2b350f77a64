#include "conform/report.hpp"

#include "core/services/redact.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace authhost::conform {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kNameWidth = 36;

const char* kind_word(For kind) { return kind == For::both ? "both" : kind == For::native ? "native" : "exec"; }

std::size_t count(const std::vector<Row>& rows, Finding finding) {
  return static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), [&](const Row& row) { return row.verdict.finding == finding; }));
}

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace

bool all_well(const std::vector<Row>& rows) { return count(rows, Finding::fail) == 0; }

std::string report_text(const std::vector<Row>& rows) {
  std::string out;
  std::string failed;
  for (const auto& [one, verdict] : rows) {
    const auto why = safe_text(verdict.why, 1024);
    switch (verdict.finding) {
      case Finding::pass: out += fmt::format("PASS  {}\n", one->name); break;
      case Finding::skip: out += fmt::format("SKIP  {:<{}} {}\n", one->name, kNameWidth, why); break;
      case Finding::fail:
        out += fmt::format("FAIL  {}\n      {}: {}\n      {}\n", one->name, one->rule, one->promise, why);
        failed += fmt::format("{}{}", failed.empty() ? "failed: " : ", ", one->name);
        break;
    }
  }
  if (!failed.empty()) out += failed + "\n";  // once more at the end, where a person looks
  return out + fmt::format("{} passed, {} failed, {} skipped\n", count(rows, Finding::pass), count(rows, Finding::fail), count(rows, Finding::skip));
}

std::string report_json(const std::vector<Row>& rows) {
  const char* const words[] = {"pass", "fail", "skip"};
  Json cases = Json::array();
  for (const auto& [one, verdict] : rows) {
    Json row = {{"case", one->name}, {"rule", one->rule}, {"result", words[static_cast<int>(verdict.finding)]}};
    if (!verdict.why.empty()) row["why"] = safe_text(verdict.why, 1024);
    cases.push_back(std::move(row));
  }
  return dumped({{"passed", count(rows, Finding::pass)}, {"failed", count(rows, Finding::fail)}, {"skipped", count(rows, Finding::skip)},
                 {"cases", std::move(cases)}});
}

std::string list_text() {
  std::string out;
  for (const auto& one : all_cases()) {
    out += fmt::format("{:<{}} {:<4} {:<7} {}\n", one.name, kNameWidth, one.rule, kind_word(one.kind), one.promise);
  }
  return out;
}

std::string list_json() {
  Json cases = Json::array();
  for (const auto& one : all_cases()) {
    cases.push_back({{"case", one.name}, {"rule", one.rule}, {"kind", kind_word(one.kind)}, {"promise", one.promise}});
  }
  return dumped(cases);
}

}  // namespace authhost::conform
