// Child: a program that a test runs, with everything it wrote. Ends with its object; killed by pid, never by name.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace authhost::test {

enum class Terminal {
  none,    // pipes
  full,    // stdin, stdout and stderr are one terminal: all that a person sees is in `out`
  person,  // stdin and stderr are the terminal, stdout is a pipe: `authhost token | …`; stderr is in `err`
};

struct ChildOptions {
  std::vector<std::string> argv;  // argv[0]: a path, or a name looked up in PATH
  std::vector<std::string> env;   // the whole environment
  std::string input = {};         // for stdin, which then closes
  bool keep_stdin_open = false;
  Terminal terminal = Terminal::none;
  std::string directory = {};
};

struct Finished {
  int status = -1;  // exit status, or 128 + signal
  std::string out;
  std::string err;
  bool timed_out = false;  // it was killed at the deadline
};

class Child {
 public:
  explicit Child(const ChildOptions& options);  // throws std::runtime_error if it cannot be started
  ~Child();                                     // kills what still runs
  Child(Child&&) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const;
  [[nodiscard]] bool running() const;
  [[nodiscard]] std::string out() const;  // so far
  [[nodiscard]] std::string err() const;
  void write(std::string_view text);  // to stdin, or as typed at the terminal
  void close_stdin();
  void signal(int number) const;
  // Kills at the deadline. May be called again; the answer stays the same.
  Finished wait(std::chrono::milliseconds deadline = std::chrono::seconds(60));

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The variables of this process that a child needs in any case: PATH, LANG, the sanitizers' options.
std::vector<std::string> base_environment();

}  // namespace authhost::test
