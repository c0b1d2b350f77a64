// Traces: what a plugin may leave behind in the process that it lives in.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace authhost::conform::traces {

std::size_t threads();
// The open descriptors, and what each is.
std::map<int, std::string> descriptors();
// The handlers of all signals, as one text.
std::vector<std::string> signal_handlers();
std::vector<std::string> environment();
std::string working_directory();
std::string umask_and_locale();
// System calls that read or wrote, so far; one look costs a fixed number of them.
std::uint64_t reads_and_writes();
// Bytes that malloc has given out.
std::uint64_t allocated();
// Children of this process that run, or were not waited for. Ends them.
std::size_t take_children();
// Children of this process that still run when so much time has passed. Waits for the others.
std::size_t running_children(std::chrono::milliseconds patience);
// Whether a child of this process was ever waited for.
bool has_forked();

// stdout and stderr go to a file while this lives.
class Output {
 public:
  Output();
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // What was written since.
  std::string text();

 private:
  int file_;
  int out_;
  int err_;
};

}  // namespace authhost::conform::traces
