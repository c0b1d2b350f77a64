#include "core/services/process.hpp"

#include "core/services/child.hpp"
#include "core/services/redact.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace authhost {
namespace {

constexpr std::size_t kErrorTail = 4096;
constexpr Milliseconds kDrain{250};      // for what a dead child left in the pipes, where a grandchild holds them open
constexpr Milliseconds kBlindPause{20};  // between looks at a child that cannot be watched

Error system_error(const char* what) { return {Status::internal, std::string(what) + ": " + std::strerror(errno), ""}; }

struct Pipe {
  Fd read;
  Fd write;
};

Result<Pipe> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return system_error("no pipe for a child");
  Pipe pipe{Fd(fds[0]), Fd(fds[1])};
  ::fcntl(fds[0], F_SETFL, O_NONBLOCK);
  return pipe;
}

// Input rests in memory of the kernel's: no pipe that could fill up, no SIGPIPE for a child that reads none of it.
Result<Fd> input_file(std::string_view text) {
  Fd file(::memfd_create("input", MFD_CLOEXEC));
  if (!file) return system_error("no input for a child");
  while (!text.empty()) {
    const auto written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return system_error("no input for a child");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return system_error("no input for a child");
  return file;
}

// One child, from its start to its end. However `run` ends, nothing of its process group is left.
class Run {
 public:
  Run(pid_t pid, std::string name, std::size_t max_output, Fd out, Fd err)
      : pid_(pid), name_(std::move(name)), max_output_(max_output), watch_(child::watch(pid)), out_(std::move(out)), err_(std::move(err)) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() {
    if (!reaped_) child::end_group(pid_, watch_.get());
    wipe(buffer_.data(), buffer_.size());
  }

  Result<ProcessResult> run(const Call& call) {
    events_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
    if (!events_) return system_error("cannot watch a child");
    for (const Fd* fd : {&watch_, &out_, &err_}) {
      struct epoll_event event {};
      event.events = EPOLLIN;
      event.data.fd = fd->get();
      if (*fd) ::epoll_ctl(events_.get(), EPOLL_CTL_ADD, fd->get(), &event);
    }
    while (!child::has_ended(pid_)) AUTHHOST_CHECK(step(call, watch_ ? Milliseconds::max() : kBlindPause));
    const auto drain_until = call.clock->monotonic() + kDrain;
    while (out_ || err_) {
      const auto left = std::chrono::ceil<Milliseconds>(drain_until - call.clock->monotonic());
      AUTHHOST_TRY(something, step(call, std::max(left, Milliseconds{0})));
      if (!something) break;
    }
    const auto status = end();
    if (!status) return Error{Status::internal, name_ + " was waited for by somebody else in this process", "a program must not ignore SIGCHLD, nor wait for children that are not its own"};
    return result(*status);
  }

 private:
  // Reads what is there. false: nothing happened in `limit`.
  Result<bool> step(const Call& call, Milliseconds limit) {
    AUTHHOST_TRY(ready, call.wait_fd(events_.get(), POLLIN, limit));
    if (!ready) return false;
    std::array<struct epoll_event, 3> events{};
    const int count = ::epoll_wait(events_.get(), events.data(), 3, 0);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == out_.get()) AUTHHOST_CHECK(read_from(out_));
      else if (fd == err_.get()) AUTHHOST_CHECK(read_from(err_));
      else ::epoll_ctl(events_.get(), EPOLL_CTL_DEL, fd, nullptr);  // it ended: said once
    }
    return true;
  }

  Result<void> read_from(Fd& fd) {
    const auto count = ::read(fd.get(), buffer_.data(), buffer_.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return {};
    if (count <= 0) {
      fd.reset();
      return {};
    }
    const std::string_view text(buffer_.data(), static_cast<std::size_t>(count));
    if (&fd == &err_) {
      tail_.append(text);
      if (tail_.size() > kErrorTail) tail_.erase(0, tail_.size() - kErrorTail);
      return {};
    }
    if (output_.size() + text.size() > max_output_) {
      return Error{Status::protocol, name_ + " printed more than " + std::to_string(max_output_) + " bytes",
                   "it should print the result alone"};
    }
    output_.append(text);
    return {};
  }

  std::optional<int> end() {
    ::kill(-pid_, SIGKILL);  // whatever it left behind in its group
    reaped_ = true;
    return child::reap(pid_, true).status;
  }

  ProcessResult result(int status) {
    ProcessResult result;
    if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
    else result.exit_code = WEXITSTATUS(status);
    result.output = std::move(output_);
    result.error_tail = safe_text(tail_, kErrorTail);
    wipe(tail_);
    return result;
  }

  pid_t pid_;
  std::string name_;
  std::size_t max_output_;
  Fd watch_;
  Fd out_;
  Fd err_;
  Fd events_;
  Secret output_;
  std::string tail_;
  std::array<char, 16384> buffer_{};
  bool reaped_ = false;
};

class SystemProcess final : public Process {
 public:
  Result<ProcessResult> run(const ProcessRequest& request, const Call& call) override {
    AUTHHOST_CHECK(call.check());
    if (request.argv.empty() || request.argv.front().empty()) {
      return Error{Status::invalid_config, "no command to run: it is empty", "name a program and its arguments"};
    }
    const auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
    if (std::any_of(request.argv.begin(), request.argv.end(), has_nul) ||
        std::any_of(request.env.begin(), request.env.end(), has_nul)) {
      return Error{Status::invalid_config, "a NUL byte in a command", ""};
    }
    const auto name = safe_text(request.argv.front(), 200);
    const auto program = child::find_program(request.argv.front());
    if (!program) {
      const bool relative = request.argv.front().find('/') != std::string::npos;
      return Error{Status::plugin, "cannot run " + name + (relative ? ": its path is relative" : ": not found in PATH"),
                   relative ? "write the full path: a relative one would run whatever lies in the working directory"
                            : "install it, or name it with its full path"};
    }
    AUTHHOST_TRY(out, make_pipe());
    AUTHHOST_TRY(err, make_pipe());
    Fd in;
    if (!request.input.empty()) {
      AUTHHOST_TRY(file, input_file(request.input.reveal()));
      in = std::move(file);
    }
    child::Start start;
    start.program = *program;
    start.argv = request.argv;
    if (request.own_session) start.place = child::Place::session;
    start.env = child::environment(request.env);
    start.in = in.get();
    start.out = out.write.get();
    start.err = err.write.get();
    auto pid = child::start(start);
    for (auto& entry : start.env) wipe(entry);
    if (!pid) return std::move(pid).error();
    out.write.reset();
    err.write.reset();
    Run run(*pid, name, request.max_output, std::move(out.read), std::move(err.read));
    auto result = run.run(call.within(request.timeout));
    if (!result) return std::move(result).error().in("running " + name);
    return result;
  }
};

}  // namespace

std::unique_ptr<Process> make_process() { return std::make_unique<SystemProcess>(); }

}  // namespace authhost
