#include "conform/keeper.hpp"

#include "conform/traces.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace authhost::conform {

int keep(const std::function<int()>& work) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
  sigset_t awaited;
  sigset_t before;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGCHLD);
  sigaddset(&awaited, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &awaited, &before);
  const pid_t child = ::fork();
  if (child < 0) return 1;
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    ::setsid();  // no terminal: whatever the plugin is, it cannot draw on the person's
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return work();
  }
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    int number = 0;
    ::sigwait(&awaited, &number);
    if (number == SIGTERM) ::kill(child, SIGKILL);
  }
  traces::take_children();
  if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
  std::signal(WTERMSIG(status), SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::raise(WTERMSIG(status));
  return 1;
}

}  // namespace authhost::conform
