// Arena: memory that lives exactly as long as one call into a plugin, and is wiped when it ends.
#pragma once

#include <authhost/abi.h>
#include <authhost/secret.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace authhost::plugins {

// Not thread-safe: one call, one thread.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() { release({}); }

  // How much there is now, and what goes back to that: whatever came since is wiped and gone.
  struct Mark {
    std::size_t blocks = 0;
    std::size_t used = 0;  // of the last of them
    std::size_t kept = 0;
  };
  [[nodiscard]] Mark mark() const { return {blocks_.size(), blocks_.empty() ? 0 : blocks_.back().used, kept_.size()}; }
  void release(Mark mark) {
    kept_.resize(mark.kept);
    for (; blocks_.size() > mark.blocks; blocks_.pop_back()) wipe(blocks_.back().bytes.get(), blocks_.back().used);
    if (blocks_.empty()) return;
    auto& last = blocks_.back();
    wipe(last.bytes.get() + mark.used, last.used - mark.used);
    last.used = mark.used;
  }

  // A copy of the bytes, followed by a NUL.
  authhost_str copy(std::string_view text) {
    auto* to = static_cast<char*>(allocate(text.size() + 1, 1));
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    to[text.size()] = '\0';
    return {to, text.size()};
  }

  // `n` value-initialised things; nullptr for none.
  template <class T>
  T* array(std::size_t n) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (n == 0) return nullptr;
    auto* things = static_cast<T*>(allocate(n * sizeof(T), alignof(T)));
    std::uninitialized_value_construct_n(things, n);
    return things;
  }

  // Copies of the texts, as an array of authhost_str.
  template <class Texts>
  const authhost_str* list(const Texts& texts) {
    auto* items = array<authhost_str>(texts.size());
    auto* item = items;
    for (const auto& text : texts) *item++ = copy(text);
    return items;
  }

  // Keeps any object until the call ends.
  template <class T>
  T& keep(T object) {
    auto kept = std::make_shared<T>(std::move(object));
    kept_.push_back(kept);
    return *kept;
  }

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
    std::size_t used = 0;
  };

  void* allocate(std::size_t size, std::size_t alignment) {
    if (!blocks_.empty()) {
      auto& block = blocks_.back();
      const std::size_t start = (block.used + alignment - 1) / alignment * alignment;
      if (start <= block.size && size <= block.size - start) {
        block.used = start + size;
        return block.bytes.get() + start;
      }
    }
    Block block;
    block.size = std::max<std::size_t>(size, 4096);
    block.bytes = std::make_unique<char[]>(block.size);  // aligned for any fundamental type
    block.used = size;
    blocks_.push_back(std::move(block));
    return blocks_.back().bytes.get();
  }

  std::vector<Block> blocks_;
  std::vector<std::shared_ptr<void>> kept_;
};

}  // namespace authhost::plugins
