// Secret: bytes that must not leak. Moves only, wiped when it ends, prints as "[redacted]".
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace authhost {

// Overwrites memory in a way that the optimiser keeps.
inline void wipe(void* data, std::size_t size) noexcept {
  if (size == 0) return;
  std::memset(data, 0, size);
  __asm__ __volatile__("" : : "r"(data) : "memory");
}

// Wipes a string's whole buffer, small-string storage included, and leaves it empty.
inline void wipe(std::string& text) noexcept {
  wipe(text.data(), text.capacity());
  text.clear();
}

// Not thread-safe; a Secret that nobody changes may be read from any thread.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text) { assign(text); }

  // Takes the text over and wipes the string that held it.
  static Secret take(std::string&& text) {
    Secret secret{std::string_view(text)};
    wipe(text);
    return secret;
  }

  Secret(Secret&& other) noexcept
      : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)), capacity_(std::exchange(other.capacity_, 0)) {}
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      clear();
      data_ = std::move(other.data_);
      size_ = std::exchange(other.size_, 0);
      capacity_ = std::exchange(other.capacity_, 0);
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { clear(); }

  // Copies on purpose: each copy is one more place that holds the secret.
  [[nodiscard]] Secret clone() const { return Secret(reveal()); }

  // The bytes; valid until this object changes. Followed by a NUL.
  [[nodiscard]] std::string_view reveal() const noexcept { return {data_ ? data_.get() : "", size_}; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  void append(std::string_view text) {
    if (size_ + text.size() > capacity_) grow(size_ + text.size());
    if (!text.empty()) std::memcpy(data_.get() + size_, text.data(), text.size());
    size_ += text.size();
    if (data_) data_[size_] = '\0';
  }

  void clear() noexcept {
    if (data_) wipe(data_.get(), capacity_);
    data_.reset();
    size_ = capacity_ = 0;
  }

  friend bool operator==(const Secret& a, const Secret& b) noexcept {
    if (a.size_ != b.size_) return false;
    unsigned char difference = 0;  // constant time for equal sizes
    for (std::size_t i = 0; i < a.size_; ++i) difference |= static_cast<unsigned char>(a.data_[i] ^ b.data_[i]);
    return difference == 0;
  }
  friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "[redacted]"; }

 private:
  void assign(std::string_view text) {
    if (text.empty()) return;
    data_ = std::make_unique<char[]>(text.size() + 1);
    std::memcpy(data_.get(), text.data(), text.size());
    size_ = capacity_ = text.size();
  }
  void grow(std::size_t needed) {
    const std::size_t capacity = needed < 64 ? 64 : needed * 2;
    auto larger = std::make_unique<char[]>(capacity + 1);
    if (data_) {
      std::memcpy(larger.get(), data_.get(), size_);
      wipe(data_.get(), capacity_);
    }
    data_ = std::move(larger);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace authhost
