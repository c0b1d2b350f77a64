#include "core/session/ahead.hpp"

#include "core/services/log.hpp"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <string>
#include <system_error>

namespace authhost {

namespace {

constexpr std::chrono::seconds kAfterTrouble{30};
constexpr Milliseconds kLongestPause{60'000};  // a wait stands still while the machine sleeps, a lifetime does not
constexpr Milliseconds kBlindPause{1'000};     // where no descriptor is left that could say that the time has moved

}  // namespace

Ahead::Ahead(Work work) : work_(std::move(work)), process_(::getpid()) {}

Ahead::~Ahead() {
  if (::getpid() != process_) {
    // After a fork the thread is the parent's alone, and what wakes it is shared: the parent's would spin on it for ever.
    // Neither joined nor detached: there is nothing that either could be done to.
    new std::thread(std::move(thread_));
    return;
  }
  stop_->cancel();
  if (thread_.joinable()) thread_.join();
}

void Ahead::set_due(Monotonic when) {
  if (::getpid() != process_) return;  // a child process does without
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
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {  // no more threads: callers still refresh what has expired
    log::write(log::Level::warn, std::string("no refresh ahead: ") + error.what());
  }
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
    auto pause = due ? std::chrono::ceil<Milliseconds>(*due - call.clock->monotonic()) : Milliseconds::max();
    if (pause > Milliseconds{0}) {
      if (due) pause = std::min(pause, kLongestPause);
      if (moved->fd() < 0) pause = std::min(pause, kBlindPause);
      if (!call.wait_fd(moved->fd(), POLLIN, pause)) return;  // stopped
      continue;                                                // due now, or moved: look again
    }
    // A guest's thread: what is thrown here would end the whole program.
    std::optional<Monotonic> next;
    try {
      next = work_(call);
    } catch (const std::exception& error) {
      log::write(log::Level::error, std::string("refresh ahead: ") + error.what());
      next = call.clock->monotonic() + kAfterTrouble;
    }
    const std::lock_guard lock(mutex_);
    if (moved == moved_) due_ = next;  // else a publication has set it meanwhile
  }
}

}  // namespace authhost
