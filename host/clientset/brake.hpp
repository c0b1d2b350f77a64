// Brake: how many new tokens a server may ask for by rejecting the old ones.
//
// A server can reject every token, or every first one, or those of one method. None of that may keep the token endpoint busy, or ask a
// person to log in again and again.
#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace authhost::clientset {

class Brake {
 public:
  struct Measure {
    int at_once;                     // so many in a row
    std::chrono::milliseconds each;  // then one in so much time
  };
  static constexpr Measure kMachines{10, std::chrono::seconds{1}};
  static constexpr Measure kPersons{2, std::chrono::seconds{60}};

  explicit Brake(Measure measure) : measure_(measure), left_(measure.at_once) {}

  // Whether another token may be asked for in place of `rejected_id`. Many calls may have had that one:
  // for a while they count once. [any-thread]
  bool allows(const std::string& rejected_id, std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now()) {
    const std::lock_guard lock(mutex_);
    if (last_id_ == rejected_id && now - last_at_ < std::max<std::chrono::milliseconds>(measure_.each, std::chrono::seconds{10})) return true;
    const auto earned = (now - since_) / measure_.each;
    if (left_ + earned >= measure_.at_once) {
      left_ = measure_.at_once;
      since_ = now;
    } else {
      left_ += static_cast<int>(earned);
      since_ += earned * measure_.each;
    }
    if (left_ == 0) return false;
    --left_;
    last_id_ = rejected_id;
    last_at_ = now;
    return true;
  }

 private:
  const Measure measure_;
  std::mutex mutex_;  // guards what follows
  int left_;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
  std::optional<std::string> last_id_;  // "": a call without a token
  std::chrono::steady_clock::time_point last_at_{};
};

}  // namespace authhost::clientset
