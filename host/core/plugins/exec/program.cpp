#include "core/plugins/exec/program.hpp"

#include "core/plugins/exec/frame.hpp"
#include "core/services/child.hpp"
#include "core/services/log.hpp"
#include "core/services/redact.hpp"
#include "core/services/sigpipe.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace authhost::plugins::exec {

namespace {

constexpr Milliseconds kToEnd{250};  // for a child that was told that nothing more is wanted, or that has closed its output
constexpr Milliseconds kDrain{100};  // for what a dead child left in the pipes, where a grandchild holds them open
constexpr std::size_t kMostUnread = 8 << 20;  // bytes that wait for a child which does not read them
constexpr std::size_t kMostLogged = 8 << 20;  // bytes

// The level of a line as sd-daemon(3) has it, "<3>" for an error, which is taken off it. What says none is for whoever looks closely.
log::Level take_level(std::string& line) {
  if (line.size() < 3 || line[0] != '<' || line[1] < '0' || line[1] > '7' || line[2] != '>') return log::Level::info;
  const char priority = line[1];
  line.erase(0, 3);
  if (priority <= '3') return log::Level::error;
  if (priority == '4') return log::Level::warn;
  return priority == '7' ? log::Level::debug : log::Level::info;
}

struct Pipe {
  Fd read;
  Fd write;
};

Result<Pipe> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return Error{Status::internal, std::string("no pipe for a plugin: ") + std::strerror(errno), ""};
  return Pipe{Fd(fds[0]), Fd(fds[1])};
}

}  // namespace

Result<std::unique_ptr<Program>> Program::start(const Command& command, Censor censor) {
  AUTHHOST_TRY(in, make_pipe());
  AUTHHOST_TRY(out, make_pipe());
  AUTHHOST_TRY(err, make_pipe());
  Fd events(::epoll_create1(EPOLL_CLOEXEC));
  if (!events) return Error{Status::internal, std::string("no epoll for a plugin: ") + std::strerror(errno), ""};
  for (const Fd* ours : {&in.write, &out.read, &err.read}) ::fcntl(ours->get(), F_SETFL, O_NONBLOCK);
  child::Start start;
  start.program = command.argv.front();
  start.program_fd = command.program ? command.program->get() : -1;
  start.argv = command.argv;
  start.env = child::environment(command.env);
  start.in = in.read.get();
  start.out = out.write.get();
  start.err = err.write.get();
  start.place = child::Place::session;  // the terminal is not its business: what a person should see or be asked goes through the host
  auto pid = child::start(start);
  for (auto& entry : start.env) wipe(entry);
  if (!pid) return std::move(pid).error();
  std::unique_ptr<Program> program(
      new Program(command, std::move(censor), *pid, std::move(in.write), std::move(out.read), std::move(err.read), std::move(events)));
  // `in` waits for nothing until there is something to write.
  const bool watched = program->watch_for(program->out_, EPOLLIN) && program->watch_for(program->err_, EPOLLIN) &&
                       program->watch_for(program->in_, 0) && (!program->watch_ || program->watch_for(program->watch_, EPOLLIN));
  if (!watched) return Error{Status::internal, std::string("a plugin cannot be watched: ") + std::strerror(errno), ""};
  return program;
}

Program::Program(const Command& command, Censor censor, pid_t pid, Fd in, Fd out, Fd err, Fd events)
    : name_(command.name),
      onlooker_(command.onlooker),
      censor_(std::move(censor)),
      pid_(pid),
      watch_(child::watch(pid)),
      in_(std::move(in)),
      out_(std::move(out)),
      err_(std::move(err)),
      events_(std::move(events)),
      voice_("plugin " + command.name.substr(command.name.rfind('/') + 1)) {}

// The end of its input asks it to end; end_group() sees to it that it does.
Program::~Program() {
  in_.reset();
  if (watch_) static_cast<void>(Call().wait_fd(watch_.get(), POLLIN, kToEnd));
  read_log();
  log_lines(true);
  child::end_group(pid_, watch_.get());
  wipe(buffer_.data(), buffer_.size());
  wipe(log_);
}

bool Program::watch_for(const Fd& fd, unsigned events) {
  struct epoll_event event {};
  event.events = events;
  event.data.fd = fd.get();
  return ::epoll_ctl(events_.get(), EPOLL_CTL_MOD, fd.get(), &event) == 0 ||
         ::epoll_ctl(events_.get(), EPOLL_CTL_ADD, fd.get(), &event) == 0;
}

// A copy in a process that was forked meanwhile would keep a closed descriptor among the events.
void Program::let_go(Fd& fd) {
  if (fd) ::epoll_ctl(events_.get(), EPOLL_CTL_DEL, fd.get(), nullptr);
  fd.reset();
}

void Program::show(Line kind, std::string_view line) const {
  if (onlooker_) onlooker_(kind, line);
}

void Program::send(std::string_view line) {
  show(Line::to_program, line);
  if (!in_ || last_sent_) return;
  outbox_.append(line);
  outbox_.append("\n");
  write_some();
}

void Program::send_no_more() {
  last_sent_ = true;
  write_some();
}

void Program::write_some() {
  const SigpipeBlock no_sigpipe;
  while (in_ && sent_ < outbox_.size()) {
    const auto count = ::write(in_.get(), outbox_.reveal().data() + sent_, outbox_.size() - sent_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {
      if (sent_ > kMaxFrame) {  // what was read is not kept until everything is
        outbox_ = Secret(outbox_.reveal().substr(sent_));
        sent_ = 0;
      }
      return static_cast<void>(watch_for(in_, EPOLLOUT));
    }
    if (count < 0) let_go(in_);  // it needs no more to answer, or is gone: its output says which
    else sent_ += static_cast<std::size_t>(count);
  }
  outbox_.clear();
  sent_ = 0;
  if (last_sent_) let_go(in_);
  else if (in_) watch_for(in_, 0);
}

Result<Secret> Program::receive(const Call& call) {
  Secret line;
  for (;;) {
    if (outbox_.size() - sent_ > kMostUnread) {
      return Error{Status::plugin, fmt::format("{} does not read what the host answers", name_), "tell the plugin's author"};
    }
    if (logged_ > kMostLogged) {
      return Error{Status::plugin, fmt::format("{} wrote more than {} bytes to its log", name_, kMostLogged), "tell the plugin's author; -vvv shows how it begins"};
    }
    AUTHHOST_CHECK(call.check());
    if (take_line(line)) break;
    if (inbox_.size() > kMaxFrame) {
      return Error{Status::plugin, fmt::format("{} wrote a line of more than {} bytes", name_, kMaxFrame), "tell the plugin's author"};
    }
    if (!out_) return gone();
    AUTHHOST_CHECK(step(call));
  }
  show(Line::from_program, line.reveal());
  return line;
}

bool Program::take_line(Secret& line) {
  const std::string_view text = inbox_.reveal();
  const auto end = text.find('\n', searched_);
  searched_ = text.size();
  if (end == std::string_view::npos && (out_ || text.empty())) return false;
  if (std::min(end, text.size()) > kMaxFrame) return false;
  line = Secret(text.substr(0, end));
  inbox_ = end == std::string_view::npos ? Secret() : Secret(text.substr(end + 1));
  searched_ = 0;
  return true;
}

Result<void> Program::step(const Call& call) {
  auto limit = Milliseconds::max();
  if (drained_by_) limit = std::chrono::ceil<Milliseconds>(*drained_by_ - std::chrono::steady_clock::now());
  if (limit <= Milliseconds{0}) {
    drain();
    return {};
  }
  AUTHHOST_TRY(ready, call.wait_fd(events_.get(), POLLIN, limit));
  if (!ready) let_go(out_);
  std::array<struct epoll_event, 4> events{};
  const int count = ::epoll_wait(events_.get(), events.data(), 4, 0);
  for (int i = 0; i < count; ++i) {
    const int fd = events[static_cast<std::size_t>(i)].data.fd;
    if (fd == out_.get()) read_output();
    else if (fd == err_.get()) read_log();
    else if (fd == watch_.get()) {
      drained_by_ = std::chrono::steady_clock::now() + kDrain;
      ::epoll_ctl(events_.get(), EPOLL_CTL_DEL, fd, nullptr);
    } else if (fd == in_.get() && (events[static_cast<std::size_t>(i)].events & EPOLLERR) != 0) let_go(in_);
    else if (fd == in_.get()) write_some();
  }
  return {};
}

// Its time is over, but perhaps we were busy meanwhile: what is in the pipe by now counts.
void Program::drain() {
  const std::size_t most = inbox_.size() + kMaxFrame;
  for (std::size_t before = SIZE_MAX; out_ && inbox_.size() != before && inbox_.size() <= most;) {
    before = inbox_.size();
    read_output();
  }
  let_go(out_);
}

void Program::read_output() {
  const auto count = ::read(out_.get(), buffer_.data(), buffer_.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (count <= 0) return let_go(out_);
  heard_ = true;
  inbox_.append({buffer_.data(), static_cast<std::size_t>(count)});
}

void Program::read_log() {
  if (!err_) return;
  const auto count = ::read(err_.get(), buffer_.data(), buffer_.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (count <= 0) return let_go(err_);
  logged_ += static_cast<std::size_t>(count);
  log_.append(buffer_.data(), static_cast<std::size_t>(count));
  log_lines(false);
}

// What it writes to stderr is its log; the last line is also its last words.
void Program::log_lines(bool all) {
  std::size_t begin = 0;
  while (begin < log_.size()) {
    const auto end = log_.find('\n', begin);
    const bool whole = end != std::string::npos || all;
    if (!whole && log_.size() - begin < kMaxLogLine) break;
    std::string raw = log_.substr(begin, end == std::string::npos ? end : end - begin);
    const auto level = take_level(raw);
    if (!whole) raw += "…";  // which tells the censor that a secret may have been cut there
    const std::string line = safe_text(raw, kMaxLogLine);
    wipe(raw);
    begin = end == std::string::npos ? log_.size() : end + 1;
    const bool rest = std::exchange(cut_, !whole);  // of a line whose beginning was shown
    if (!line.empty() && !rest) {
      show(Line::log, line);
      last_words_ = Secret(line);
      if (voice_.takes(level)) voice_.write(level, censored(line));
    }
  }
  log_.erase(0, begin);
}

std::string Program::censored(std::string_view line) const { return censor_ ? censor_(line) : std::string(line); }

// Why there is no further line: how the child ended, if it did.
Error Program::gone() {
  const Call grace;
  static_cast<void>(grace.wait_fd(watch_.get(), POLLIN, watch_ ? kToEnd : Milliseconds{20}));
  read_log();
  log_lines(true);
  std::string how = "closed its output";
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid_) {
    how = info.si_code == CLD_EXITED ? fmt::format("ended with status {}", info.si_status)
                                     : fmt::format("was ended by signal {} ({})", info.si_status, ::strsignal(info.si_status));
  }
  return {Status::plugin, fmt::format("{} {} without an answer{}{}", name_, how, last_words_.empty() ? "" : ": ", safe_text(censored(last_words_.reveal()), 300)),
          "tell the plugin's author; -vv shows what it logged"};
}

}  // namespace authhost::plugins::exec
