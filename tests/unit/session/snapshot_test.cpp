#include "core/session/snapshot.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <thread>
#include <vector>

using namespace authhost;

namespace {

std::shared_ptr<Snapshot> snapshot(int n) {
  auto header = std::make_shared<Header>();
  header->creds_id = std::to_string(n);
  header->value = "Bearer " + std::to_string(n);
  auto made = std::make_shared<Snapshot>();
  made->header = std::move(header);
  return made;
}

}  // namespace

TEST_CASE("a cell without a publication reads as no header") {
  const SnapshotCell cell;
  CHECK(cell.read().value.empty());
  CHECK(cell.load() == nullptr);
}

TEST_CASE("readers see whole snapshots, never a mix, and never an older one after a newer one") {
  SnapshotCell cell;
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  std::atomic<int> mixed{0};
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      int newest = 0;
      while (!done) {
        const AuthMetadata& header = cell.read();
        if (header.value.empty()) continue;
        if (header.value != "Bearer " + header.creds_id || std::stoi(header.creds_id) < newest) ++mixed;
        newest = std::stoi(header.creds_id);
      }
    });
  }
  for (int n = 1; n <= 2000; ++n) cell.publish(snapshot(n));
  done = true;
  for (auto& reader : readers) reader.join();
  CHECK(mixed == 0);
  CHECK(cell.read().creds_id == "2000");
}

TEST_CASE("cells that share a slot of the thread's table never give out each other's header") {
  std::vector<std::unique_ptr<SnapshotCell>> cells;
  for (int i = 0; i < 40; ++i) {
    cells.push_back(std::make_unique<SnapshotCell>());
    cells.back()->publish(snapshot(i));
  }
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 40; ++i) CHECK(cells[static_cast<std::size_t>(i)]->read().creds_id == std::to_string(i));
  }
}

TEST_CASE("a thread that has read a header keeps no other credentials alive") {
  SnapshotCell cell;
  auto first = snapshot(1);
  const std::weak_ptr<Snapshot> seen = first;
  cell.publish(std::move(first));
  CHECK(cell.read().creds_id == "1");
  cell.publish(nullptr);
  CHECK(seen.expired());
}

TEST_CASE("taking a snapshot out of circulation leaves no header") {
  SnapshotCell cell;
  cell.publish(snapshot(1));
  CHECK(cell.read().creds_id == "1");
  cell.publish(nullptr);
  CHECK(cell.read().value.empty());
}

TEST_CASE("what was published meanwhile is not replaced by what was made of an older snapshot") {
  SnapshotCell cell;
  cell.publish(snapshot(1));
  const auto seen = cell.load();
  cell.publish(snapshot(2));
  cell.replace(seen, snapshot(3));
  CHECK(cell.read().creds_id == "2");
  cell.replace(cell.load(), snapshot(4));
  CHECK(cell.read().creds_id == "4");
}
