#include "clientset/background.hpp"

#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

namespace authhost::clientset {

namespace {

class Threads {
 public:
  void end() {
    if (process_ != ::getpid()) return;  // the threads are the parent's, and so is what wakes them
    cancellation_->cancel();
    std::list<Entry> last;
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      last.swap(threads_);
    }
    for (auto& entry : last) entry.thread.join();
  }

  bool run(std::function<void(const Call&)> work) {
    if (process_ != ::getpid()) return false;  // a child process does without
    std::list<Entry> finished;
    const std::unique_ptr<std::list<Entry>, void (*)(std::list<Entry>*)> join(&finished, [](std::list<Entry>* all) {
      for (auto& entry : *all) entry.thread.join();  // without the lock
    });
    const std::lock_guard lock(mutex_);
    if (ended_) return false;
    for (auto it = threads_.begin(); it != threads_.end();) {
      const auto next = std::next(it);
      if (it->done->load(std::memory_order_acquire)) finished.splice(finished.end(), threads_, it);
      it = next;
    }
    auto done = std::make_shared<std::atomic<bool>>(false);
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) sigdelset(&all, fault);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = true;
    try {
      threads_.push_back({std::thread([work = std::move(work), done, cancellation = cancellation_]() mutable {
                            Call call;
                            call.cancellation = cancellation;
                            work(call);
                            work = nullptr;  // what it owned ends here, before anybody waits for this thread
                            done->store(true, std::memory_order_release);
                          }),
                          done});
    } catch (const std::system_error&) {
      started = false;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return started;
  }

 private:
  struct Entry {
    std::thread thread;
    std::shared_ptr<std::atomic<bool>> done;
  };
  const std::shared_ptr<Cancellation> cancellation_ = std::make_shared<Cancellation>();
  const pid_t process_ = ::getpid();
  std::mutex mutex_;
  std::list<Entry> threads_;
  bool ended_ = false;
};

struct AtTheEnd {
  Threads& threads;
  ~AtTheEnd() { threads.end(); }
};

}  // namespace

bool run_in_background(std::function<void(const Call&)> work) {
  static auto* const threads = new Threads;  // outlives static objects that end later than this library's
  // Made when first needed, which is after the libraries that the work uses: so it ends before they do.
  static const AtTheEnd at_the_end{*threads};
  return threads->run(std::move(work));
}

}  // namespace authhost::clientset
