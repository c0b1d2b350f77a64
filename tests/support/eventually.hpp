// eventually: waits for a fact that another process brings about. Bounded; no fixed sleep, no assertion on time.
#pragma once

#include <chrono>
#include <thread>

namespace authhost::test {

// True as soon as `fact()` is; false if it did not come about within `limit`.
template <class Fact>
bool eventually(Fact fact, std::chrono::milliseconds limit = std::chrono::seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!fact()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace authhost::test
