#include "core/services/prompt.hpp"

#include "core/services/fd.hpp"
#include "scratch.hpp"

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>

#include <functional>

using namespace authhost;

namespace {

// What is written to stderr, which is a file meanwhile.
std::string written(const std::function<void()>& speak) {
  const Scratch scratch;
  const auto path = scratch.path("stderr");
  const Fd saved(::dup(STDERR_FILENO));
  const Fd file(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  ::dup2(file.get(), STDERR_FILENO);
  speak();
  ::dup2(saved.get(), STDERR_FILENO);
  return scratch.read("stderr");
}

// What a person sees of a program on a terminal of 80 columns, who types `answer` when `cue` has appeared.
struct Screen {
  std::string text;
  int exit_code = -1;
};
Screen on_a_terminal(const std::function<int()>& program, const std::string& cue = "", const std::string& answer = "") {
  struct winsize size {};
  size.ws_col = 80;
  size.ws_row = 50;
  int master = -1;
  std::fflush(nullptr);  // or the child writes it once more
  const pid_t pid = ::forkpty(&master, nullptr, nullptr, &size);
  REQUIRE(pid >= 0);
  if (pid == 0) ::_exit(program());
  const Fd terminal(master);
  Screen screen;
  bool answered = cue.empty();
  char bytes[4096];
  for (;;) {
    const auto count = ::read(terminal.get(), bytes, sizeof bytes);
    if (count <= 0) break;  // EIO: the program has ended
    screen.text.append(bytes, static_cast<std::size_t>(count));
    if (!answered && screen.text.find(cue) != std::string::npos) {
      answered = true;
      // The cue may come before echo is off; what is typed counts from then on.
      for (;;) {
        struct termios state {};
        if (::tcgetattr(terminal.get(), &state) != 0 || (state.c_lflag & ECHO) == 0) break;
        struct pollfd none {-1, 0, 0};
        ::poll(&none, 1, 1);
      }
      REQUIRE(::write(terminal.get(), answer.data(), answer.size()) == static_cast<ssize_t>(answer.size()));
    }
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  screen.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return screen;
}

PromptCode code() {
  return {.verification_uri = "https://idp.example/device",
          .verification_uri_complete = "https://idp.example/device?user_code=WDJB-MJHT",
          .user_code = "WDJB-MJHT",
          .expires_in = std::chrono::seconds{900},
          .qr = true};
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("O49 the code is shown beside the complete address too, where no terminal is") {
  const auto text = written([] { make_terminal_prompt(false)->show_code(code()); });
  CHECK(has(text, "\n    https://idp.example/device\n"));
  CHECK(has(text, "\n    WDJB-MJHT\n"));
  CHECK(has(text, "https://idp.example/device?user_code=WDJB-MJHT"));
  CHECK(has(text, "15 minutes"));
  CHECK(!has(text, "\x1b"));
  CHECK(!has(text, "█"));
}

TEST_CASE("O44 what a server wrote is cleaned before it is shown") {
  const auto text = written([] {
    const auto prompt = make_terminal_prompt(false);
    prompt->notice("one\ntwo\x1b[2J\xE2\x80\xAEthree");
    auto evil = code();
    evil.user_code = "AB\x1b[31mCD\r\nEF";
    evil.verification_uri = "https://idp.example/\x1b]0;x\x07";
    prompt->show_code(evil);
  });
  CHECK(!has(text, "\x1b"));
  CHECK(!has(text, "\x07"));
  CHECK(!has(text, "\r"));
  CHECK(!has(text, "\xE2\x80\xAE"));
  CHECK(!has(text, "\nEF"));
}

TEST_CASE("O50 a host that looks like another one is shown in punycode") {
  auto lookalike = code();
  lookalike.verification_uri = "https://\xD0\xB0pple.example/device";  // a Cyrillic letter
  const auto text = written([&] { make_terminal_prompt(false)->show_code(lookalike); });
  CHECK(has(text, "https://xn--pple-43d.example/device"));
}

TEST_CASE("a prompt that nobody reads says so, counts nothing down and asks nothing") {
  Result<Secret> answer = Secret();
  bool available = true;
  const auto text = written([&] {
    const auto prompt = make_terminal_prompt(true);
    available = prompt->available();
    prompt->countdown(std::chrono::seconds{10});
    Call call;
    call.may_interact = true;
    answer = prompt->ask("password?", true, call);
  });
  CHECK(!available);
  CHECK(text.empty());
  CHECK(answer.status() == Status::interaction_required);
  CHECK(!make_silent_prompt()->available());
  CHECK(make_silent_prompt()->ask("x", false, {}).status() == Status::interaction_required);
}

TEST_CASE("a terminal shows the QR code where letters allow it") {
  const Variable all("LC_ALL", "C.UTF-8");
  const auto screen = on_a_terminal([] {
    const auto prompt = make_terminal_prompt(false);
    prompt->show_code(code());
    return prompt->available() ? 0 : 1;
  });
  CHECK(screen.exit_code == 0);
  CHECK(has(screen.text, "█▀"));
  CHECK(!has(screen.text, "\x1b"));
  CHECK(screen.text.size() < 4096);
  const Variable plain("LC_ALL", "C");
  CHECK(!has(on_a_terminal([] { return make_terminal_prompt(false)->show_code(code()), 0; }).text, "█"));
}

TEST_CASE("colour sets the code apart, and only colour brings escape sequences") {
  const auto screen = on_a_terminal([] { return make_terminal_prompt(true)->show_code(code()), 0; });
  CHECK(has(screen.text, "\x1b[1mWDJB-MJHT\x1b[0m"));
}

TEST_CASE("the countdown keeps to one line and leaves nothing behind") {
  const auto screen = on_a_terminal([] {
    const auto prompt = make_terminal_prompt(false);
    prompt->countdown(std::chrono::seconds{601});
    prompt->countdown(std::chrono::seconds{9});
    prompt->notice("done");
    return 0;
  });
  CHECK(has(screen.text, "10:01 left\r"));
  CHECK(has(screen.text, "0:09 left\r"));
  CHECK(has(screen.text, " \rdone\r\n"));
  INFO(screen.text);
  CHECK(screen.text.find('\n') == screen.text.size() - 1);
}

TEST_CASE("O73 a secret is asked for without echo, and the terminal is as before") {
  const auto screen = on_a_terminal(
      [] {
        Call call;
        call.may_interact = true;
        const auto answer = make_terminal_prompt(false)->ask("Password:", true, call);
        struct termios after {};
        ::tcgetattr(0, &after);
        if ((after.c_lflag & ECHO) == 0) return 2;
        return answer.ok() && answer->reveal() == "hunter2" ? 0 : 1;
      },
      "Password:", "hunter2\n");
  CHECK(screen.exit_code == 0);
  CHECK(has(screen.text, "Password:"));
  CHECK(!has(screen.text, "hunter2"));
}

TEST_CASE("O30 a question that is cancelled gives the terminal back") {
  const auto screen = on_a_terminal([] {
    Call call;
    call.may_interact = true;
    const auto cancellation = std::make_shared<Cancellation>();
    cancellation->cancel();
    call.cancellation = cancellation;
    const auto answer = make_terminal_prompt(false)->ask("Password:", true, call);
    struct termios after {};
    ::tcgetattr(0, &after);
    return answer.status() == Status::cancelled && (after.c_lflag & ECHO) != 0 ? 0 : 1;
  });
  CHECK(screen.exit_code == 0);
}
