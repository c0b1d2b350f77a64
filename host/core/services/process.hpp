// Process: a child without a shell, with a deadline for its whole process group.
#pragma once

#include "core/services/call.hpp"

#include <authhost/secret.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace authhost {

struct ProcessRequest {
  std::vector<std::string> argv;     // argv[0] without a slash is looked up in PATH
  std::vector<std::string> env = {}; // "NAME=value" beside the allow-listed ones; a bare "NAME" passes ours on
  Secret input = {};                 // empty: /dev/null
  Milliseconds timeout{60'000};
  std::size_t max_output = 1 << 20;  // bytes of stdout
  bool own_session = false;          // without our terminal; else only with a process group of its own
};

struct ProcessResult {
  int exit_code = -1;  // -1 if a signal ended it
  int signal = 0;
  Secret output = {};
  std::string error_tail = {};  // the last 4 KiB of stderr, cleaned
};

class Process {
 public:
  virtual ~Process() = default;
  // OK: it ran to its end. PLUGIN: could not be started. DEADLINE: timed out, its group was killed. PROTOCOL: too much output.
  virtual Result<ProcessResult> run(const ProcessRequest& request, const Call& call) = 0;
};

// Boost.Process behind the interface. Children get fds 0-2 only and an allow-listed environment (PATH, HOME, USER, LANG,
// LC_*, TZ, TERM, TMPDIR, XDG_*, DISPLAY, WAYLAND_DISPLAY, DBUS_SESSION_BUS_ADDRESS, SSH_AUTH_SOCK, SSL_CERT_*, *_proxy).
std::unique_ptr<Process> make_process();

}  // namespace authhost
