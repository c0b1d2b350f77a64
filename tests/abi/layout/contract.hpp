// The rules of docs/abi.md about change, applied to two surfaces.
#pragma once

#include "surface.hpp"

#include <string>
#include <vector>

namespace authhost::test {

struct Verdict {
  std::vector<std::string> broken;    // each begins with the rule, "R7: …"
  std::vector<std::string> appended;  // what is new, and allowed
};

// What became of `before` in `now`.
Verdict judge(const Surface& before, const Surface& now);

}  // namespace authhost::test
