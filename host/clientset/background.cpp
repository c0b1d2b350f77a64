#include "clientset/background.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
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
    const std::lock_guard lock(mutex_);
    if (ended_) return false;
    for (auto it = threads_.begin(); it != threads_.end();) {  // those that are done
      if (!it->done->load(std::memory_order_acquire)) {
        ++it;
        continue;
      }
      it->thread.join();
      it = threads_.erase(it);
    }
    auto done = std::make_shared<std::atomic<bool>>(false);
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = true;
    try {
      threads_.push_back({std::thread([work = std::move(work), done, cancellation = cancellation_] {
                            Call call;
                            call.cancellation = cancellation;
                            work(call);
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
