#include "interrupt.hpp"

#include <unistd.h>

#include <csignal>

namespace authhost::cli {

namespace {

Cancellation* g_cancellation = nullptr;  // set before the handlers are

extern "C" void on_signal(int) {
  if (g_cancellation->cancelled()) ::_exit(static_cast<int>(Status::cancelled));
  g_cancellation->cancel();
}

}  // namespace

std::shared_ptr<const Cancellation> cancel_on_signals() {
  // Never destroyed: a signal may still come while the program ends.
  static const auto& cancellation = *new std::shared_ptr<Cancellation>(std::make_shared<Cancellation>());
  g_cancellation = cancellation.get();
  struct sigaction action = {};
  action.sa_handler = on_signal;  // no SA_RESTART: a blocking read ends, and its caller looks at the cancellation
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before = {};
    ::sigaction(signal, nullptr, &before);
    if (signal == SIGHUP && before.sa_handler == SIG_IGN) continue;  // nohup
    ::sigaction(signal, &action, nullptr);
  }
  return cancellation;
}

}  // namespace authhost::cli
