#include "child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace authhost::test {
namespace {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_ = -1;
};

void make_pipe(Descriptor& read_end, Descriptor& write_end) {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  read_end.reset(fds[0]);
  write_end.reset(fds[1]);
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  for (const auto& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

}  // namespace

struct Child::State {
  pid_t pid = -1;
  Descriptor input;     // our end of stdin, or the terminal's master
  Descriptor output;    // stdout
  Descriptor error;     // stderr, or the terminal's master
  Descriptor wake_read;
  Descriptor wake_write;
  std::thread pump;

  mutable std::mutex mutex;  // guards what follows
  std::string out;
  std::string err;
  bool drained = false;
  std::condition_variable drained_changed;
  bool reaped = false;
  Finished finished;

  // Reads both streams until they end, or until the child's death was seen and nothing is left to read: a grandchild
  // may hold them open.
  void read_all() {
    std::array<pollfd, 3> waits{{{output.get(), POLLIN, 0}, {error.get(), POLLIN, 0}, {wake_read.get(), POLLIN, 0}}};
    bool woken = false;
    while (waits[0].fd >= 0 || waits[1].fd >= 0) {
      const int ready = ::poll(waits.data(), waits.size(), woken ? 0 : -1);
      if (ready < 0 && errno == EINTR) continue;
      if (ready == 0) break;
      for (std::size_t i = 0; i < 2; ++i) {
        if (waits[i].fd < 0 || waits[i].revents == 0) continue;
        std::array<char, 65536> buffer;
        const ssize_t n = ::read(waits[i].fd, buffer.data(), buffer.size());
        if (n <= 0) {
          waits[i].fd = -1;  // a terminal ends with EIO
          continue;
        }
        const std::lock_guard lock(mutex);
        (i == 0 ? out : err).append(buffer.data(), static_cast<std::size_t>(n));
      }
      if (waits[2].revents != 0) {
        woken = true;
        waits[2].fd = -1;
      }
    }
    const std::lock_guard lock(mutex);
    drained = true;
    drained_changed.notify_all();
  }

  bool reap(bool block) {
    if (reaped) return true;
    int status = 0;
    pid_t got = -1;
    do {
      got = ::waitpid(pid, &status, block ? 0 : WNOHANG);
    } while (got < 0 && errno == EINTR);
    if (got != pid) return false;
    reaped = true;
    finished.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
  }
};

Child::Child(const ChildOptions& options) : state_(std::make_unique<State>()) {
  State& state = *state_;
  Descriptor stdin_end;
  Descriptor stdout_end;
  Descriptor stderr_end;
  make_pipe(state.wake_read, state.wake_write);
  const bool terminal = options.terminal != Terminal::none;
  if (terminal) {
    int master = -1;
    int slave = -1;
    winsize size{40, 120, 0, 0};
    if (::openpty(&master, &slave, nullptr, nullptr, &size) != 0) throw std::runtime_error("openpty");
    ::fcntl(master, F_SETFD, FD_CLOEXEC);
    ::fcntl(slave, F_SETFD, FD_CLOEXEC);
    stdin_end.reset(slave);
    stderr_end.reset(::fcntl(slave, F_DUPFD_CLOEXEC, 0));
    state.input.reset(master);
    const int reader = ::fcntl(master, F_DUPFD_CLOEXEC, 0);
    if (options.terminal == Terminal::full) {
      stdout_end.reset(::fcntl(slave, F_DUPFD_CLOEXEC, 0));
      state.output.reset(reader);
    } else {
      make_pipe(state.output, stdout_end);
      state.error.reset(reader);
    }
  } else {
    make_pipe(stdin_end, state.input);
    make_pipe(state.output, stdout_end);
    make_pipe(state.error, stderr_end);
  }
  const auto argv = pointers(options.argv);
  const auto env = pointers(options.env);
  state.pid = ::fork();
  if (state.pid < 0) throw std::runtime_error("fork");
  if (state.pid == 0) {  // only async-signal-safe calls from here
    ::setsid();
    if (terminal) ::ioctl(stdin_end.get(), TIOCSCTTY, 0);
    ::dup2(stdin_end.get(), 0);
    ::dup2(stdout_end.get(), 1);
    ::dup2(stderr_end.get(), 2);
    ::signal(SIGPIPE, SIG_DFL);
    if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) ::_exit(126);
    ::execvpe(argv[0], argv.data(), env.data());
    ::_exit(127);
  }
  stdin_end.reset();
  stdout_end.reset();
  stderr_end.reset();
  state.pump = std::thread([&state] { state.read_all(); });
  if (!options.input.empty()) write(options.input);
  if (!options.keep_stdin_open && !terminal) close_stdin();
}

Child::Child(Child&&) noexcept = default;

Child::~Child() {
  if (!state_) return;
  if (!state_->reap(false)) {
    // Its own session is its process group: what it started goes with it.
    ::kill(-state_->pid, SIGKILL);
    state_->reap(true);
  }
  (void)!::write(state_->wake_write.get(), "x", 1);
  if (state_->pump.joinable()) state_->pump.join();
}

pid_t Child::pid() const { return state_->pid; }
bool Child::running() const { return !state_->reap(false); }

std::string Child::out() const {
  const std::lock_guard lock(state_->mutex);
  return state_->out;
}

std::string Child::err() const {
  const std::lock_guard lock(state_->mutex);
  return state_->err;
}

void Child::write(std::string_view text) {
  // A child that does not read is no error of the test's.
  struct sigaction ignore {};
  struct sigaction before {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before);
  while (!text.empty()) {
    const ssize_t n = ::write(state_->input.get(), text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  ::sigaction(SIGPIPE, &before, nullptr);
}

void Child::close_stdin() { state_->input.reset(); }

void Child::signal(int number) const {
  if (!state_->reaped) ::kill(state_->pid, number);
}

Finished Child::wait(std::chrono::milliseconds deadline) {
  State& state = *state_;
  const auto end = std::chrono::steady_clock::now() + deadline;
  std::chrono::milliseconds pause{1};
  while (!state.reap(false)) {
    if (std::chrono::steady_clock::now() >= end) {
      state.finished.timed_out = true;
      ::kill(-state.pid, SIGKILL);
      state.reap(true);
      break;
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(10));
  }
  (void)!::write(state.wake_write.get(), "x", 1);
  std::unique_lock lock(state.mutex);
  state.drained_changed.wait(lock, [&] { return state.drained; });
  state.finished.out = state.out;
  state.finished.err = state.err;
  return state.finished;
}

std::vector<std::string> base_environment() {
  std::vector<std::string> out{"LANG=C.UTF-8", "TZ=UTC"};
  for (const char* name : {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"})
    if (const char* value = std::getenv(name)) out.push_back(std::string(name) + "=" + value);
  return out;
}

}  // namespace authhost::test
