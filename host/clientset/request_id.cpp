#include "clientset/request_id.hpp"

#include <unistd.h>

#include <array>
#include <cstdint>
#include <random>

namespace authhost::clientset {

namespace {

// A process that was forked must not go on with its parent's numbers.
std::mt19937_64& generator() {
  thread_local pid_t process = 0;
  thread_local std::mt19937_64 numbers;
  if (process != ::getpid()) {
    process = ::getpid();
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    numbers.seed(seed);
  }
  return numbers;
}

}  // namespace

std::string new_request_id() {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::uint64_t words[2] = {generator()(), generator()()};
  words[0] = (words[0] & ~0xf000ULL) | 0x4000ULL;
  words[1] = (words[1] & ~(3ULL << 62)) | (2ULL << 62);
  std::string id(36, '-');
  std::size_t at = 0;
  for (int nibble = 0; nibble < 32; ++nibble) {
    if (at == 8 || at == 13 || at == 18 || at == 23) ++at;
    id[at++] = kHex[(words[nibble / 16] >> (60 - 4 * (nibble % 16))) & 0xf];
  }
  return id;
}

}  // namespace authhost::clientset
