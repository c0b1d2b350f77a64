// People: who may be asked, and what happens when nobody answers.
#include "conform/ways.hpp"

#include <authhost/services.h>

namespace authhost::conform {

namespace {

Verdict does_not_interact_uninvited(Bench& bench) {
  World world;
  Round round;
  round.may_interact = false;
  static_cast<void>(bench.once(world, round));
  if (world.listened > 0) return fail("it waited for a browser that nobody may open");
  if (world.steps_of.count(Step::browser) != 0 || world.steps_of.count(Step::ask) != 0) return fail("it asked a person");
  return pass();
}

Verdict interaction_required_when_nobody(Bench& bench) {
  if ((bench.info().capabilities & AUTHHOST_CAP_INTERACTIVE) == 0) return skip("it does not say that it is interactive");
  World world;
  Round round;
  round.may_interact = false;
  const auto outcome = bench.once(world, round);
  if (outcome.ok()) return fail("its login succeeded without a person, though it says that it is interactive");
  if (outcome.error->status == Status::interaction_required) return pass();
  return fail("it failed with " + std::string(status_name(outcome.error->status)) + ": " + outcome.error->message);
}

Verdict browser_missing_survived(Bench& bench) {
  if (!bench.needs(AUTHHOST_SERVICE_BROWSER)) return skip("it opens no browser");
  return survives(bench, [](World& world) { world.has_browser = false; });
}

Verdict refusal_survived(Bench& bench) {
  return survives(bench, [](World& world) { world.person_agrees = world.provider.person_agrees = false; });
}

Verdict odd_answer_survived(Bench& bench) {
  if (!bench.needs(AUTHHOST_SERVICE_PROMPT)) return skip("it asks nothing");
  return survives(bench, [](World& world) { world.prompt_answer = "\xE2\x80\xAE \xF0\x9F\x90\xA6 '\"\\ \x01" + std::string(4000, 'x'); });
}

}  // namespace

std::vector<Case> people_cases() {
  return {
      {"does-not-interact-uninvited", "R28", "With may_interact 0 it waits for nobody.", For::both, nullptr, does_not_interact_uninvited},
      {"interaction-required-when-nobody", "R28", "Where a person is needed and none may be asked, it says so.", For::both, nullptr,
       interaction_required_when_nobody},
      {"browser-missing-survived", "R28", "Without a browser it ends well or with an error.", For::both, nullptr, browser_missing_survived},
      {"refusal-survived", "R23", "A person, or a program, that says no is an error like another.", For::both, nullptr, refusal_survived},
      {"odd-answer-survived", "R23", "It takes any answer to a question.", For::both, nullptr, odd_answer_survived},
  };
}

}  // namespace authhost::conform
