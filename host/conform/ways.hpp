// Ways: what several groups of cases do with an authenticator, and how they judge it.
#pragma once

#include "conform/cases.hpp"

#include <functional>
#include <string>
#include <vector>

namespace authhost::conform {

// What was heard in one call, and what it was.
struct Heard {
  std::string what;  // "a login", "a refresh of expired credentials"
  Outcome outcome;
};

// The four reasons, each in a healthy world of its own.
std::vector<Heard> healthy_rounds(Bench& bench);
// What goes wrong every day: no network, no person, no program, a refusal.
std::vector<Heard> failing_rounds(Bench& bench);
// Of an exec plugin they are led once in this process: each call has a process of its own, so that nothing of a case reaches the next.
const std::vector<Heard>& all_rounds(Bench& bench);

// "": it ended in one of the ways that there are. Else what it did instead.
std::string oddness(const Outcome& outcome);

// A login where `change` has been at the world: passes where it ends well or with an error.
Verdict survives(Bench& bench, const std::function<void(World&)>& change, const Round& round = {});

// Every emission of all rounds has to satisfy `wrong`, which says what is wrong with it, or "".
Verdict every_emission(Bench& bench, const std::function<std::string(const Emission&)>& wrong);

// Whether one of `needles` is in the text. Shorter ones than 8 bytes are in many texts, and not looked for.
bool holds_any(std::string_view text, const std::vector<std::string>& needles);

}  // namespace authhost::conform
