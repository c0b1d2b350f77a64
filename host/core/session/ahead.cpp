#include "core/session/ahead.hpp"

#include <poll.h>
#include <pthread.h>

#include <csignal>

namespace authhost {

Ahead::~Ahead() {
  stop_->cancel();
  if (thread_.joinable()) thread_.join();
}

void Ahead::set_due(Monotonic when) {
  const std::lock_guard lock(mutex_);
  due_ = when;
  moved_->cancel();
  moved_ = std::make_shared<Cancellation>();
  if (thread_.joinable()) return;
  // A library's thread takes no signals: they are the program's.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Ahead::run() {
  Call call;
  call.cancellation = stop_;
  while (!stop_->cancelled()) {
    std::optional<Monotonic> due;
    std::shared_ptr<Cancellation> moved;
    {
      const std::lock_guard lock(mutex_);
      due = due_;
      moved = moved_;
    }
    const auto pause = due ? std::chrono::ceil<Milliseconds>(*due - call.clock->monotonic()) : Milliseconds::max();
    if (pause > Milliseconds{0}) {
      if (!call.wait_fd(moved->fd(), POLLIN, pause)) return;  // stopped
      continue;                                                // due now, or moved: look again
    }
    const auto next = work_(call);
    const std::lock_guard lock(mutex_);
    if (moved == moved_) due_ = next;  // else a publication has set it meanwhile
  }
}

}  // namespace authhost
