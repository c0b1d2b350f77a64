// Snapshot: the credentials of this moment, immutable; and the cell from which every thread reads the newest.
#pragma once

#include "core/services/call.hpp"

#include <authhost/credentials.hpp>
#include <authhost/session.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

namespace authhost {

// What a read gives out. An object of its own, because a thread keeps alive the one that it read last, for as long as it
// reads no other: a refresh token must not live on with it.
struct Header final : AuthMetadata {
  Header() = default;
  Header(const Header&) = delete;
  Header& operator=(const Header&) = delete;
  ~Header() { wipe(value); }
};

struct Snapshot {
  std::shared_ptr<const Header> header;  // never null in what is published
  Credentials credentials;
  Monotonic expires{};     // lifetimes run on the monotonic clock: the wall clock may jump
  Monotonic refresh_at{};  // from here on a refresh ahead is due
  WallTime obtained_at{};
  bool grant_refused = false;
};

// One writer at a time, any number of readers. A read is one atomic load of a line that only a publication changes, and a
// look into this thread's own copy of the pointer: no reference count is shared, so readers do not slow each other down.
class SnapshotCell {
 public:
  SnapshotCell();

  // The newest header, good until this thread reads from any cell again; without a value before the first publication.
  // [any-thread]
  [[nodiscard]] const AuthMetadata& read() const noexcept;
  // For whoever keeps it longer. Null before the first publication. [any-thread]
  [[nodiscard]] std::shared_ptr<const Snapshot> load() const;
  void publish(std::shared_ptr<const Snapshot> next);
  // The same, unless somebody else has published since `expected` was loaded.
  void replace(const std::shared_ptr<const Snapshot>& expected, std::shared_ptr<const Snapshot> next);

 private:
  [[nodiscard]] const AuthMetadata& read_newest() const noexcept;
  std::shared_ptr<const Snapshot> exchange(std::shared_ptr<const Snapshot> next);  // under the lock

  const std::size_t slot_;                 // of the thread-local table
  std::atomic<std::uint64_t> version_{0};  // unique in the process: another cell in the same slot is never mistaken
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> current_;
};

}  // namespace authhost
