// HostPipe: the runner's side of authhost.exec/1: requests in, questions and answers out.
#pragma once

#include "core/plugins/exec/frame.hpp"
#include "core/services/call.hpp"

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace authhost::runner {

// A thread of its own reads, so that a cancellation arrives while the plugin computes, and so that no plugin outlives its host. The
// other functions: one thread.
class HostPipe {
 public:
  HostPipe(int in, int out);
  ~HostPipe();
  HostPipe(const HostPipe&) = delete;
  HostPipe& operator=(const HostPipe&) = delete;

  // The next request; none: the host wants nothing more.
  std::optional<plugins::exec::Frame> next_request();
  // Asks the host for a service, and waits for its answer, which the host sees to. What the host says is the error.
  Result<plugins::exec::Frame> ask(const char* service, const char* method, nlohmann::json params);
  // How often that was. Time passes while the host is at it.
  [[nodiscard]] std::int64_t asked() const { return last_id_; }
  // What cannot be said as a frame is said as an error with the frame's id.
  void send(const plugins::exec::Frame& frame);

  // Thrown when the host cancels, or is gone.
  [[nodiscard]] std::shared_ptr<const Cancellation> cancellation() const { return cancellation_; }

 private:
  void read_all();
  void write(std::string_view line) const;
  void take(plugins::exec::Frame frame);

  const int in_;
  const int out_;
  const std::shared_ptr<Cancellation> cancellation_ = std::make_shared<Cancellation>();
  std::mutex mutex_;  // guards what follows
  std::condition_variable news_;
  std::map<std::int64_t, plugins::exec::Frame> replies_;
  std::optional<plugins::exec::Frame> request_;
  bool gone_ = false;
  std::int64_t last_id_ = 0;
  std::thread reader_;
};

}  // namespace authhost::runner
