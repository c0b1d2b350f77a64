// SigpipeBlock: writing to a peer that has gone must not end the process.
#pragma once

#include <signal.h>
#include <time.h>

namespace authhost {

// SIGPIPE goes to the thread that writes. Nobody but a handler for the whole process could catch it, which a library in a threaded
// program must not install: here this thread alone blocks it, and drops what is pending.
class SigpipeBlock {
 public:
  SigpipeBlock() {
    sigset_t pending;
    sigemptyset(&set_);
    sigaddset(&set_, SIGPIPE);
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  SigpipeBlock(const SigpipeBlock&) = delete;
  SigpipeBlock& operator=(const SigpipeBlock&) = delete;
  ~SigpipeBlock() {
    const timespec at_once{};
    while (!was_pending_ && sigtimedwait(&set_, nullptr, &at_once) == SIGPIPE) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

}  // namespace authhost
