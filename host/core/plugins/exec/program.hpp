// Program: one run of an exec plugin: a child, lines in, lines out.
#pragma once

#include "core/services/call.hpp"
#include "core/services/fd.hpp"
#include "core/services/log.hpp"

#include <authhost/result.hpp>
#include <authhost/secret.hpp>

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace authhost::plugins::exec {

inline constexpr std::size_t kMaxLogLine = 4096;  // bytes

// Sees every line of a conversation, before anybody acts on it: for tests of plugins.
enum class Line { to_program, from_program, log };
using Onlooker = std::function<void(Line, std::string_view)>;

// What is to be run.
struct Command {
  std::string name;                   // in messages
  std::vector<std::string> argv;      // argv[0]: the program's path
  std::shared_ptr<const Fd> program = {};  // the file that was checked; null: whatever bears that name
  std::vector<std::string> env = {};  // beside those that every child may see
  bool describes = true;              // false: it is never asked to
  bool is_runner = false;             // a native plugin is behind it, which asks for each secret when it wants it
  Onlooker onlooker = {};
};

// Not thread-safe. However it ends, nothing of the child's process group is left.
class Program {
 public:
  // What a line of its log may say: made safe, and without the secrets that it was sent.
  using Censor = std::function<std::string(std::string_view line)>;

  // PLUGIN: it could not be started.
  static Result<std::unique_ptr<Program>> start(const Command& command, Censor censor = {});
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Queues a line. It goes out while this side waits for an answer: a child that reads nothing blocks nobody.
  void send(std::string_view line);
  // Nothing more will be sent: the child's input ends once it has read what is queued.
  void send_no_more();
  // The next line, without its end; the last one needs none. PLUGIN: it ended or closed its output without one, or the line is too
  // long, or it reads nothing of what it asks for, or its log has no end. DEADLINE, CANCELLED.
  Result<Secret> receive(const Call& call);
  // Whether it has written anything to its output by now, and whether a line has begun there that does not end.
  [[nodiscard]] bool heard() const { return heard_; }
  [[nodiscard]] bool in_a_line() const { return !inbox_.empty(); }

 private:
  Program(const Command& command, Censor censor, pid_t pid, Fd in, Fd out, Fd err, Fd events);
  Result<void> step(const Call& call);
  void show(Line kind, std::string_view line) const;
  bool watch_for(const Fd& fd, unsigned events);
  void let_go(Fd& fd);
  void write_some();
  void drain();
  void read_output();
  void read_log();
  void log_lines(bool all);
  [[nodiscard]] std::string censored(std::string_view line) const;
  bool take_line(Secret& line);
  Error gone();

  const std::string name_;
  const Onlooker onlooker_;
  const Censor censor_;
  const pid_t pid_;
  const Fd watch_;
  Fd in_;  // empty: nobody reads there any more
  Fd out_;
  Fd err_;
  Fd events_;
  std::optional<Monotonic> drained_by_;  // it has ended: what it has left in the pipes is read until then
  bool last_sent_ = false;
  bool heard_ = false;
  Secret outbox_;
  std::size_t sent_ = 0;  // of outbox_
  Secret inbox_;
  std::size_t searched_ = 0;  // of inbox_: no line ends before
  log::Voice voice_;
  std::size_t logged_ = 0;    // bytes, whoever was shown them
  std::string log_;           // of stderr, not yet shown
  bool cut_ = false;          // what comes next there belongs to a line that was too long
  Secret last_words_;
  std::array<char, 16384> buffer_{};
};

}  // namespace authhost::plugins::exec
