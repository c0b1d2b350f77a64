#include "process_guard.hpp"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <string_view>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define AUTHHOST_SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define AUTHHOST_SANITIZED 1
#endif

namespace authhost {

void guard_process() {
  // A file opened later must not become somebody's stdout. A closed stdout gets a descriptor that cannot be written, so
  // that the result is not lost in silence.
  for (int fd = 0; fd < 3; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1 && ::open("/dev/null", fd == 1 ? O_RDONLY : O_RDWR) != fd) ::_exit(1);
  }
  if (::getauxval(AT_SECURE) != 0) {
    constexpr std::string_view kRefusal =
        "authhost: cannot start: running set-user-id, so the environment is not to be trusted\n"
        "hint: remove the set-user-id bit or the file capabilities from the program\n";
    [[maybe_unused]] const auto written = ::write(2, kRefusal.data(), kRefusal.size());
    ::_exit(1);
  }
#ifndef AUTHHOST_SANITIZED  // the leak checker attaches like a debugger
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
  const struct rlimit none = {0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, nullptr);
  ::sigaction(SIGXFSZ, &ignore, nullptr);
  struct sigaction standard = {};  // ignored, children would be reaped by nobody, and their groups not be known any more
  standard.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &standard, nullptr);
}

}  // namespace authhost
