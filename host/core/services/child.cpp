#include "core/services/child.hpp"

#include "core/services/call.hpp"
#include "core/services/redact.hpp"

#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/error.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/extend.hpp>

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <cstdlib>
#include <system_error>
#include <thread>

namespace authhost::child {
namespace {

namespace bp = boost::process;

constexpr Milliseconds kGrace{500};      // between SIGTERM and SIGKILL
constexpr Milliseconds kBlindPause{20};  // between looks at a child that cannot be watched

constexpr std::string_view kNames[] = {
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TERM", "TMPDIR", "DISPLAY", "WAYLAND_DISPLAY",
    "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "SSH_AUTH_SOCK", "http_proxy", "https_proxy", "ftp_proxy", "all_proxy",
    "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY"};
constexpr std::string_view kPrefixes[] = {"LC_", "XDG_", "SSL_CERT_"};

bool executable(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> list;
  list.reserve(strings.size() + 1);
  for (const auto& text : strings) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

std::string hint_for(int error) {
  switch (error) {
    case ENOENT: return "is it installed, and is its name right? Its first line may also name an interpreter that is not there";
    case EACCES: return "it may not be executed: chmod +x, if it is the right file";
    case ENOEXEC: return "its first line has to name its interpreter (#!/bin/sh), or it was built for another machine";
    default: return "check that the program exists and may be executed";
  }
}

// A copy above 2, so that the copies onto 0-2 cannot overwrite it.
Result<Fd> lifted(int fd) {
  Fd copy(fd < 0 ? ::open("/dev/null", O_RDWR | O_CLOEXEC) : ::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (copy && copy.get() < 3) copy = Fd(::fcntl(copy.get(), F_DUPFD_CLOEXEC, 3));
  if (!copy) return Error{Status::internal, std::string("no descriptor for a child: ") + std::strerror(errno), ""};
  return copy;
}

// Marks everything above 2; closing would take the pipe away through which a failed exec is reported.
void close_on_exec_from_3() {
  if (::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  struct rlimit limit {};
  const long most = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536 ? static_cast<long>(limit.rlim_cur) : 65536;
  for (int fd = 3; fd < most; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

// What happens between fork and exec. Only async-signal-safe calls: another thread may hold any lock.
struct Setup : bp::extend::handler {
  char* const* argv;
  char** env;
  std::array<int, 3> fds;
  int kept = -1;
  Place place;
  pid_t* failed;

  template <class Executor>
  void on_exec_setup(Executor& executor) const {
    if (place == Place::session) ::setsid();
    else ::setpgid(0, 0);
    for (int i = 0; i < 3; ++i) ::dup2(fds[static_cast<std::size_t>(i)], i);
    close_on_exec_from_3();
    if (kept >= 0) ::fcntl(kept, F_SETFD, 0);
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    executor.cmd_line = argv;
    executor.env = env;
  }
  template <class Executor>
  void on_error(Executor& executor, const std::error_code&) const {
    *failed = executor.pid;
  }
};

// Our handlers must not run in the child before they are reset there.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

bool may_pass(std::string_view name) {
  const auto starts_with = [&](std::string_view start) { return name.starts_with(start); };
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames) ||
         std::any_of(std::begin(kPrefixes), std::end(kPrefixes), starts_with);
}

std::optional<std::string> find_program(std::string_view name) {
  if (name.empty()) return std::nullopt;
  if (name.front() == '/') return std::string(name);
  if (name.find('/') != std::string_view::npos) return std::nullopt;  // relative to wherever we happen to stand
  const char* variable = std::getenv("PATH");
  std::string_view path = variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin";
  while (!path.empty()) {
    const auto folder = path.substr(0, path.find(':'));
    path.remove_prefix(std::min(path.size(), folder.size() + 1));
    // A relative folder would run whatever lies where we happen to stand.
    if (folder.empty() || folder.front() != '/') continue;
    auto candidate = std::string(folder).append("/").append(name);
    if (executable(candidate)) return candidate;
  }
  return std::nullopt;
}

std::vector<std::string> environment(const std::vector<std::string>& extra) {
  std::vector<std::string> env;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (may_pass(text.substr(0, text.find('=')))) env.emplace_back(text);
  }
  for (const auto& entry : extra) {
    const auto equals = entry.find('=');
    const auto name = entry.substr(0, equals);
    if (name.empty()) continue;
    const char* ours = equals == std::string::npos ? std::getenv(name.c_str()) : nullptr;
    if (equals == std::string::npos && ours == nullptr) continue;
    std::erase_if(env, [&](const std::string& have) { return have.substr(0, have.find('=')) == name; });
    env.push_back(equals == std::string::npos ? name + "=" + ours : entry);
  }
  return env;
}

Result<pid_t> start(const Start& request) {
  AUTHHOST_TRY(in, lifted(request.in));
  AUTHHOST_TRY(out, lifted(request.out));
  AUTHHOST_TRY(err, lifted(request.err));
  Fd kept;
  std::string program = request.program;
  if (request.program_fd >= 0) {
    AUTHHOST_TRY(copy, lifted(request.program_fd));
    kept = std::move(copy);
    program = "/proc/self/fd/" + std::to_string(kept.get());
  }
  const auto argv = pointers(request.argv);
  auto env = pointers(request.env);

  pid_t failed = -1;
  Setup setup;
  setup.argv = argv.data();
  setup.env = env.data();
  setup.fds = {in.get(), out.get(), err.get()};
  setup.kept = kept.get();
  setup.place = request.place;
  setup.failed = &failed;

  std::error_code error;
  pid_t pid = -1;
  {
    const SignalsBlocked blocked;
    bp::child process(bp::exe = program, bp::args = std::vector<std::string>{}, setup, error);
    pid = process.id();
    process.detach();  // reaped by its number: Boost's own waiting spins
  }
  // Boost is silent where it finds no descriptors for a pipe of its own, and has no child then.
  if (!error && pid <= 0) error = std::make_error_code(std::errc::too_many_files_open);
  if (error) {
    if (failed > 0) reap(failed, true);  // Boost looks only once, which may be too early
    const bool passing = error.value() == EAGAIN || error.value() == ENOMEM || error.value() == EMFILE || error.value() == ENFILE;
    if (passing) return Error{Status::internal, "no room to run " + safe_text(request.program, 200) + ": " + std::strerror(error.value()), "try again"};
    return Error{Status::plugin, "cannot run " + safe_text(request.program, 200) + ": " + std::strerror(error.value()),
                 hint_for(error.value())};
  }
  return pid;
}

Fd watch(pid_t pid) { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U))); }

bool has_ended(pid_t pid) {
  siginfo_t info{};
  const int looked = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT);
  return looked == 0 ? info.si_pid == pid : errno != EINTR;
}

namespace {

// The caller's time is over; this little is ours.
void wait_a_little(pid_t pid, int watch) {
  const Call grace;
  const auto until = grace.clock->monotonic() + kGrace;
  while (!has_ended(pid) && grace.clock->monotonic() < until) {
    if (!grace.wait_fd(watch, POLLIN, watch >= 0 ? kGrace : kBlindPause)) break;
  }
}

// The leader, too, which may have left the group that bears its number. Whatever somebody else has reaped bears it no longer.
void signal_group(pid_t pid, int signal) {
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0) return;
  ::kill(-pid, signal);
  ::kill(pid, signal);
}

}  // namespace

void end_group(pid_t pid, int watch) {
  signal_group(pid, SIGTERM);
  wait_a_little(pid, watch);
  signal_group(pid, SIGKILL);
  wait_a_little(pid, watch);
  let_go(pid);  // what has become another user's cannot be killed, and must not hold us up
}

void let_go(pid_t pid) {
  if (reap(pid, false).ended) return;
  try {
    std::thread([pid] {
      sigset_t all;
      sigfillset(&all);
      ::pthread_sigmask(SIG_SETMASK, &all, nullptr);  // the program's signals are not this thread's
      reap(pid, true);
    }).detach();
  } catch (const std::system_error&) {
    reap(pid, false);
  }
}

Reaped reap(pid_t pid, bool wait) {
  int status = 0;
  pid_t ended = 0;
  do ended = ::waitpid(pid, &status, wait ? 0 : WNOHANG);
  while (ended < 0 && errno == EINTR);
  if (ended == 0) return {};
  return {true, ended == pid ? std::optional<int>(status) : std::nullopt};
}

}  // namespace authhost::child
