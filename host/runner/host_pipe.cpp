#include "runner/host_pipe.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace authhost::runner {

using nlohmann::json;
using plugins::exec::Fields;
using plugins::exec::Frame;

HostPipe::HostPipe(int in, int out) : in_(in), out_(out), reader_([this] { read_all(); }) {}

namespace {

constexpr unsigned kToEnd = 5;  // seconds for a plugin whose host is gone

}  // namespace

// The reader may be waiting for a host that says no more: it goes with the process.
HostPipe::~HostPipe() { reader_.detach(); }

void HostPipe::read_all() {
  Secret text;
  std::array<char, 16384> part{};
  for (;;) {
    const auto count = ::read(in_, part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || text.size() > plugins::exec::kMaxHostFrame) break;
    text.append({part.data(), static_cast<std::size_t>(count)});
    for (;;) {
      const auto end = text.reveal().find('\n');
      if (end == std::string_view::npos) break;
      auto frame = plugins::exec::read_frame(text.reveal().substr(0, end));
      text = Secret(text.reveal().substr(end + 1));
      if (frame) take(*std::move(frame));
    }
  }
  cancellation_->cancel();
  {
    const std::lock_guard lock(mutex_);
    gone_ = true;
    news_.notify_all();
  }
  ::sleep(kToEnd);
  ::_exit(1);
}

void HostPipe::take(Frame frame) {
  if (frame.type() == "cancel") return cancellation_->cancel();
  const std::lock_guard lock(mutex_);
  const bool reply = frame.type() == "reply" || frame.type() == "error";
  if (reply) replies_[frame.id().value_or(0)] = std::move(frame);
  else request_ = std::move(frame);
  news_.notify_all();
}

std::optional<Frame> HostPipe::next_request() {
  std::unique_lock lock(mutex_);
  news_.wait(lock, [&] { return request_ || gone_; });
  return std::exchange(request_, std::nullopt);
}

Result<Frame> HostPipe::ask(const char* service, const char* method, json params) {
  const std::int64_t id = ++last_id_;
  const Frame question({{"type", "call"}, {"id", id}, {"service", service}, {"method", method}, {"params", std::move(params)}});
  AUTHHOST_TRY(line, question.line(plugins::exec::kMaxFrame));
  write(line.reveal());
  std::unique_lock lock(mutex_);
  news_.wait(lock, [&] { return replies_.count(id) != 0 || gone_; });
  const auto found = replies_.find(id);
  if (found == replies_.end()) return Error{Status::cancelled, "the host is gone", ""};
  Frame reply = std::move(found->second);
  replies_.erase(found);
  Fields fields(reply.body());
  const auto status = plugins::exec::status_of_word(fields.text("status")).value_or(Status::internal);
  if (status != Status::ok) return Error{status, fields.text("message"), fields.text("hint")};
  return reply;
}

void HostPipe::send(const Frame& frame) {
  const auto line = frame.line(plugins::exec::kMaxFrame);
  if (line) return write(line->reveal());
  const Frame failure({{"type", "error"}, {"id", frame.id().value_or(0)}, {"status", status_name(line.error().status)}, {"message", line.error().message}});
  if (const auto other = failure.line()) write(other->reveal());
}

// One write for a line and its end, as far as the pipe takes it.
void HostPipe::write(std::string_view line) const {
  Secret whole(line);
  whole.append("\n");
  std::string_view text = whole.reveal();
  while (!text.empty()) {
    const auto count = ::write(out_, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;  // gone: the reader learns of it, too
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace authhost::runner
