// What one look at the current header costs, with readers on several threads and a writer that publishes all the while,
// beside the plain way: a mutex around a copy.
#include "core/session/snapshot.hpp"

#include <benchmark/benchmark.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

namespace {

using authhost::AuthMetadata;
using authhost::Snapshot;
using authhost::SnapshotCell;

AuthMetadata sample(int n) { return {std::to_string(n), "authorization", "Bearer " + std::string(900, 't')}; }

struct Cell {
  SnapshotCell cell;
  void publish(int n) {
    auto next = std::make_shared<Snapshot>();
    auto header = std::make_shared<authhost::Header>();
    static_cast<AuthMetadata&>(*header) = sample(n);
    next->header = std::move(header);
    cell.publish(std::move(next));
  }
  std::size_t read() const { return cell.read().value.size(); }
};

struct MutexAndCopy {
  mutable std::mutex mutex;
  AuthMetadata header;
  void publish(int n) {
    auto next = sample(n);
    const std::lock_guard lock(mutex);
    header = std::move(next);
  }
  std::size_t read() const {
    AuthMetadata copy;
    {
      const std::lock_guard lock(mutex);
      copy = header;
    }
    return copy.value.size();
  }
};

template <class Way>
void look(benchmark::State& state) {
  static Way* way = nullptr;
  static std::atomic<bool> done;
  static std::thread writer;
  if (state.thread_index() == 0) {
    way = new Way;
    way->publish(0);
    done = false;
    writer = std::thread([] {
      for (int n = 1; !done; ++n) {
        way->publish(n);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));  // far more often than tokens change
      }
    });
  }
  for (auto _ : state) benchmark::DoNotOptimize(way->read());
  if (state.thread_index() == 0) {
    done = true;
    writer.join();
    delete way;
  }
}

BENCHMARK(look<Cell>)->Name("snapshot")->Threads(1)->Threads(2)->Threads(8)->UseRealTime();
BENCHMARK(look<MutexAndCopy>)->Name("mutex_and_copy")->Threads(1)->Threads(2)->Threads(8)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
