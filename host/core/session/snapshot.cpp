#include "core/session/snapshot.hpp"

#include <array>
#include <utility>

namespace authhost {

namespace {

constexpr std::size_t kSlots = 8;

// What a read looks at: plain data in the thread's own block, reached without a call (initial-exec; 136 bytes of the surplus
// that the loader keeps for libraries which are opened late).
struct Slots {
  struct {
    std::uint64_t version;
    const Header* header;
  } of[kSlots];
  bool ended;
};
thread_local constinit Slots slots __attribute__((tls_model("initial-exec"))) = {};

// What keeps the headers of `slots` alive.
struct Owners {
  std::array<std::shared_ptr<const Header>, kSlots> of;
  ~Owners() {
    slots = {};
    slots.ended = true;  // destructors of the thread that run later find no header
  }
};
thread_local Owners owners;

std::atomic<std::uint64_t> next_version{1};
std::atomic<std::size_t> next_slot{0};

const AuthMetadata& no_header() {
  static const Header* const empty = new Header;  // outlives every thread
  return *empty;
}

}  // namespace

SnapshotCell::SnapshotCell() : slot_(next_slot.fetch_add(1, std::memory_order_relaxed) % kSlots) {
  no_header();  // made here, so that a read cannot throw
}

const AuthMetadata& SnapshotCell::read() const noexcept {
  const std::uint64_t version = version_.load(std::memory_order_acquire);
  const auto& slot = slots.of[slot_];
  return version != 0 && slot.version == version ? *slot.header : read_newest();
}

const AuthMetadata& SnapshotCell::read_newest() const noexcept {
  if (slots.ended) return no_header();
  const std::lock_guard lock(mutex_);  // once a thread for each publication
  if (!current_) return no_header();
  owners.of[slot_] = current_->header;
  slots.of[slot_] = {version_.load(std::memory_order_relaxed), current_->header.get()};
  return *current_->header;
}

std::shared_ptr<const Snapshot> SnapshotCell::load() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void SnapshotCell::publish(std::shared_ptr<const Snapshot> next) {
  std::shared_ptr<const Snapshot> previous;  // ends after the lock
  const std::lock_guard lock(mutex_);
  previous = exchange(std::move(next));
}

void SnapshotCell::replace(const std::shared_ptr<const Snapshot>& expected, std::shared_ptr<const Snapshot> next) {
  std::shared_ptr<const Snapshot> previous;
  const std::lock_guard lock(mutex_);
  if (current_ == expected) previous = exchange(std::move(next));
}

std::shared_ptr<const Snapshot> SnapshotCell::exchange(std::shared_ptr<const Snapshot> next) {
  auto previous = std::exchange(current_, std::move(next));
  version_.store(current_ ? next_version.fetch_add(1, std::memory_order_relaxed) : 0, std::memory_order_release);
  return previous;
}

}  // namespace authhost
