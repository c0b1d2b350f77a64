// Run: the cases, each in a process of its own, and what became of them.
#pragma once

#include "conform/cases.hpp"

#include <string>
#include <vector>

namespace authhost::conform {

struct Request {
  std::string path;
  std::string profile = {};          // a file; "": none
  std::vector<std::string> cases = {};  // names; empty: all
};

struct Row {
  const Case* of = nullptr;
  Verdict verdict;
};

// In the order of the list. USAGE: no case has that name.
Result<std::vector<Row>> run_cases(const Request& request);

// What the process of one case does: tries it, and writes the verdict to `out`.
int run_one(const Request& request, const Case& one, int out);

}  // namespace authhost::conform
