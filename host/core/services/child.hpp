// Child: how the core starts other programs: no shell, descriptors 0-2 only, an environment chosen by name.
#pragma once

#include "core/services/fd.hpp"

#include <authhost/result.hpp>

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace authhost::child {

// The file that `name` means: itself if it has a slash, else the first executable one in an absolute folder of PATH.
std::optional<std::string> find_program(std::string_view name);

// Whether every child may see our variable of that name.
bool may_pass(std::string_view name);

// Our variables that every child may see, then `extra`: "NAME=value" replaces, a bare "NAME" passes ours on.
std::vector<std::string> environment(const std::vector<std::string>& extra);

enum class Place {
  process_group,  // its own group, so that all of it can be signalled at once
  session,        // its own session: our terminal's signals do not reach it
};

struct Start {
  std::string program = {};  // as find_program answers
  // The program itself, already open; or -1. Then that very file is run, whatever bears its name by now, and the child keeps the
  // descriptor: the interpreter of a script reads it from there, as /proc/self/fd/N.
  int program_fd = -1;
  std::vector<std::string> argv = {};
  std::vector<std::string> env = {};
  int in = -1;  // -1: /dev/null
  int out = -1;
  int err = -1;
  Place place = Place::process_group;
};

// The process id of a child that the caller has to reap. PLUGIN if it could not be started.
Result<pid_t> start(const Start& request);

// Readable for poll(2) when the process has ended; empty where the kernel has no such thing.
Fd watch(pid_t pid);

// Looks without reaping: while the leader is a zombie its number, and with it its group's, cannot be given to others.
bool has_ended(pid_t pid);
// Ends what is left of a child's process group: asks it to (SIGTERM), waits half a second, and kills it. Releases the child; one that
// cannot be killed holds nobody up for longer than that once more. `watch`: as above, or -1.
void end_group(pid_t pid, int watch);
// Leaves a child to itself: its end is awaited elsewhere, so that no zombie stays in a long-lived program.
void let_go(pid_t pid);

struct Reaped {
  bool ended = false;
  std::optional<int> status = {};  // as waitpid(2) gives it; none: somebody else in this process reaped it first
};
// Looks, or waits, for the end of a child, and releases it.
Reaped reap(pid_t pid, bool wait);

}  // namespace authhost::child
