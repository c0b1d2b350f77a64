// One browser connection of the redirect listener: one small request, one answer.
#pragma once

#include "core/services/call.hpp"
#include "core/services/fd.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace authhost {

struct LoopbackRequest {
  std::string method;
  std::string host;    // empty: no Host header, or several
  std::string path;
  std::string query;   // what the server sent: holds the code, so its owner wipes it
  bool prefetch = false;
};

class LoopbackConnection {
 public:
  // `socket` does not block. `until`: when the other side has had its time. `number`: age, low is old.
  LoopbackConnection(Fd socket, Monotonic until, std::uint64_t number);
  ~LoopbackConnection();
  LoopbackConnection(const LoopbackConnection&) = delete;
  LoopbackConnection& operator=(const LoopbackConnection&) = delete;

  enum class Progress { more, request, bad, too_large, gone };
  // Takes what has arrived. `request` comes once, and then `out` is filled.
  Progress read(LoopbackRequest& out);

  // Says its last word. What the other side still sends is read away, or a reset would take the answer with it.
  void answer(std::string_view text);

  [[nodiscard]] int fd() const { return socket_.get(); }
  [[nodiscard]] bool answered() const { return answered_; }
  [[nodiscard]] Monotonic until() const { return until_; }
  [[nodiscard]] std::uint64_t number() const { return number_; }

 private:
  struct Parser;
  Fd socket_;
  Monotonic until_;
  std::uint64_t number_;
  std::unique_ptr<Parser> parser_;
  std::string unread_;
  std::size_t total_ = 0;
  bool answered_ = false;
};

}  // namespace authhost
