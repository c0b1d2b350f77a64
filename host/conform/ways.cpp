#include "conform/ways.hpp"

#include <authhost/services.h>

#include <map>
#include <utility>

namespace authhost::conform {

namespace {

Heard heard(Bench& bench, std::string what, World& world, const Round& round = {}) { return {std::move(what), bench.once(world, round)}; }

}  // namespace

std::vector<Heard> healthy_rounds(Bench& bench) {
  const std::pair<const char*, Reason> reasons[] = {{"a refresh of expired credentials", Reason::expired},
                                                    {"a refresh of rejected credentials", Reason::rejected},
                                                    {"a forced refresh", Reason::forced}};
  std::vector<Heard> out;
  {
    World world;
    out.push_back(heard(bench, "a login", world));
  }
  for (const auto& [what, reason] : reasons) {
    World world;
    const auto previous = Bench::previous(world);
    Round round;
    round.reason = reason;
    round.previous = &previous;
    out.push_back(heard(bench, what, world, round));
  }
  return out;
}

std::vector<Heard> failing_rounds(Bench& bench) {
  std::vector<Heard> out;
  {
    World world;
    world.http = [](const HttpRequest&) -> Result<HttpResponse> { return Error{Status::unavailable, "no connection", "try again"}; };
    world.processes_start = false;
    out.push_back(heard(bench, "a login without a network", world));
  }
  {
    World world;
    world.http = [](const HttpRequest&) -> Result<HttpResponse> { return http_answer(400, R"({"error":"invalid_client"})"); };
    world.person_agrees = false;
    out.push_back(heard(bench, "a login that is refused", world));
  }
  {
    World world;
    Round round;
    round.may_interact = false;
    out.push_back(heard(bench, "a login where nobody may be asked", world, round));
  }
  {
    World world;
    world.cancellation->cancel();
    out.push_back(heard(bench, "a login that was cancelled before", world));
  }
  return out;
}

const std::vector<Heard>& all_rounds(Bench& bench) {
  static std::map<const plugins::AuthenticatorInfo*, std::vector<Heard>> kept;
  auto& out = kept[&bench.info()];
  if (bench.kind() == Kind::exec && !out.empty()) return out;
  out = healthy_rounds(bench);
  for (auto& one : failing_rounds(bench)) out.push_back(std::move(one));
  return out;
}

std::string oddness(const Outcome& outcome) {
  const auto& record = outcome.record;
  if (record.threw) return "an exception left it";
  if (outcome.ok()) return "";
  if (!record.status) return "it gave no answer: " + outcome.error->message;
  return "";
}

Verdict survives(Bench& bench, const std::function<void(World&)>& change, const Round& round) {
  World world;
  change(world);
  const auto outcome = bench.once(world, round);
  const auto odd = oddness(outcome);
  return odd.empty() ? pass() : fail(odd);
}

Verdict every_emission(Bench& bench, const std::function<std::string(const Emission&)>& wrong) {
  bool any = false;
  for (const auto& [what, outcome] : all_rounds(bench)) {
    for (const auto& emission : outcome.record.emissions) {
      any = true;
      const auto why = wrong(emission);
      if (!why.empty()) return fail("in " + what + " " + why);
    }
  }
  return any ? pass() : skip("it gave no credentials here; --profile FILE gives it settings with which it does");
}

bool holds_any(std::string_view text, const std::vector<std::string>& needles) {
  for (const auto& needle : needles) {
    if (needle.size() >= 8 && text.find(needle) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace authhost::conform
