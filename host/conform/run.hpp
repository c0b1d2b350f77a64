// Run: the cases, each in a process of its own, and what became of them. Those of an exec plugin that only listen share one.
#pragma once

#include "conform/cases.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace authhost::conform {

struct Request {
  std::string path;
  std::string profile = {};          // a file; "": none
  std::vector<std::string> cases = {};  // names; empty: all
  std::function<void(std::size_t done, std::size_t all)> progress = {};  // called from several threads, one at a time
  std::shared_ptr<const Cancellation> stop = {};  // thrown: what is not done by then is skipped
};

struct Row {
  const Case* of = nullptr;
  Verdict verdict;
};

inline bool stopped(const Request& request) { return request.stop && request.stop->cancelled(); }

// In the order of the list. USAGE: no case has that name.
Result<std::vector<Row>> run_cases(const Request& request);

}  // namespace authhost::conform
