#include "clientset/request_id.hpp"

#include <pthread.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <random>

namespace authhost::clientset {

namespace {

// A process that was forked must not go on with its parent's numbers.
std::atomic<unsigned> forks{0};

struct Generator {
  std::uint64_t state = 0;
  unsigned seeded_after = ~0U;

  // SplitMix64: spreads a counter that starts at random over all of 64 bits.
  std::uint64_t next() {
    if (const unsigned now = forks.load(std::memory_order_relaxed); seeded_after != now) {
      std::random_device device;
      state = (std::uint64_t{device()} << 32) ^ device();
      seeded_after = now;
    }
    std::uint64_t x = state += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
  }
};

constexpr auto kHexPairs = [] {
  std::array<std::array<char, 2>, 256> pairs{};
  for (std::size_t i = 0; i < 256; ++i) pairs[i] = {"0123456789abcdef"[i >> 4], "0123456789abcdef"[i & 15]};
  return pairs;
}();

}  // namespace

std::string new_request_id() {
  static const int registered = ::pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1, std::memory_order_relaxed); });
  static_cast<void>(registered);
  thread_local Generator generator;
  const std::uint64_t high = (generator.next() & ~0xf000ULL) | 0x4000ULL;               // version 4
  const std::uint64_t low = (generator.next() & ~(3ULL << 62)) | (2ULL << 62);          // RFC 4122's variant
  std::string id(36, '-');
  char* at = id.data();
  for (int byte = 0; byte < 16; ++byte) {
    if (byte == 4 || byte == 6 || byte == 8 || byte == 10) ++at;
    const auto& pair = kHexPairs[((byte < 8 ? high : low) >> (56 - 8 * (byte % 8))) & 0xff];
    *at++ = pair[0];
    *at++ = pair[1];
  }
  return id;
}

}  // namespace authhost::clientset
