#include "core/session/snapshot.hpp"

#include <array>
#include <utility>

namespace authhost {

namespace {

struct Slot {
  std::uint64_t version = 0;
  std::shared_ptr<const Snapshot> snapshot;
};

constexpr std::size_t kSlots = 8;
thread_local constinit std::array<Slot, kSlots> slots{};

std::atomic<std::uint64_t> next_version{1};
std::atomic<std::size_t> next_slot{0};

const Snapshot& empty_snapshot() {
  static const Snapshot* const empty = new Snapshot;  // outlives every thread
  return *empty;
}

}  // namespace

SnapshotCell::SnapshotCell() : slot_(next_slot.fetch_add(1, std::memory_order_relaxed) % kSlots) {
  empty_snapshot();  // made here, so that a read cannot throw
}

const Snapshot& SnapshotCell::read() const noexcept {
  const std::uint64_t version = version_.load(std::memory_order_acquire);
  if (version == 0) return empty_snapshot();
  Slot& slot = slots[slot_];
  if (slot.version != version) {
    const std::lock_guard lock(mutex_);  // once a thread for each publication
    slot.snapshot = current_;
    slot.version = version_.load(std::memory_order_relaxed);
    if (!slot.snapshot) return empty_snapshot();  // taken out of circulation meanwhile
  }
  return *slot.snapshot;
}

std::shared_ptr<const Snapshot> SnapshotCell::load() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void SnapshotCell::publish(std::shared_ptr<const Snapshot> next) {
  std::shared_ptr<const Snapshot> previous;  // ends after the lock
  const std::lock_guard lock(mutex_);
  previous = std::exchange(current_, std::move(next));
  version_.store(current_ ? next_version.fetch_add(1, std::memory_order_relaxed) : 0, std::memory_order_release);
}

}  // namespace authhost
