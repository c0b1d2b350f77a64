// Run: the cases, each in a process of its own, and what became of them. Those of an exec plugin that only listen share one.
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

}  // namespace authhost::conform
