// Errand: what a process of its own is sent for: one case, or several that share what they hear.
#pragma once

#include "conform/run.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace authhost::conform {

struct Errand {
  std::vector<const Case*> cases;
  Milliseconds limit{0};  // for all of it
  Known known = {};
};

struct Trial {
  Verdict verdict;
  std::optional<std::string> description = {};  // as Known has it
  Milliseconds took{0};
  bool hung = false;  // its time was over before it had a verdict
};

// In the order of the errand. Of several cases those without a verdict are tried again, each in a process of its own: one of them has
// ended it, or has used up the time.
std::vector<Trial> send(const Request& request, const Errand& errand);

// What that process does: tries the cases, and writes a line for each to `out`.
int run_errand(const Request& request, const Errand& errand, int out);
// What it is told on its standard input. PROTOCOL, USAGE.
Result<Known> read_known(std::string_view text);

}  // namespace authhost::conform
