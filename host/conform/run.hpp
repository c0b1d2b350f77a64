// Run: the cases, each in a process of its own, and what became of them. Those of an exec plugin that only listen share one.
#pragma once

#include "conform/cases.hpp"

#include <string>
#include <string_view>
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

// What the process of one case does, or of several that share what they hear: tries them, and writes a line for each to `out`.
int run_here(const Request& request, const std::vector<const Case*>& cases, const Known& known, int out);
// What that process is told on its standard input. PROTOCOL, USAGE.
Result<Known> read_known(std::string_view text);

}  // namespace authhost::conform
