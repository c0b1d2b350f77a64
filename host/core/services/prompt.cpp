#include "core/services/prompt.hpp"

#include "core/services/fd.hpp"
#include "core/services/http_url.hpp"
#include "core/services/qr.hpp"
#include "core/services/redact.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <mutex>

namespace authhost {
namespace {

constexpr std::size_t kQrBytes = 3000;  // all that is said at normal verbosity stays under 4 KiB
constexpr std::size_t kAnswerLimit = 4096;

void put(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody listens
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

bool on_terminal() { return ::isatty(STDERR_FILENO) == 1; }

int columns() {
  struct winsize size {};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

// A library does not call setlocale, so the variables speak for themselves.
bool utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    std::string text = value;
    std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text.find("utf-8") != std::string::npos || text.find("utf8") != std::string::npos;
  }
  return false;
}

// The form a browser goes to: a host that looks like another one shows its punycode.
std::string canonical(const std::string& url) { return safe_text(punycode_url(url), 2048); }

std::string in_words(std::chrono::seconds time) {
  const auto count = [](long long n, const char* unit) { return std::to_string(n) + " " + unit + (n == 1 ? "" : "s"); };
  return time < std::chrono::minutes{2} ? count(time.count(), "second") : count(time.count() / 60, "minute");
}

std::string on_a_clock(std::chrono::seconds time) {
  const auto seconds = std::to_string(time.count() % 60);
  return std::to_string(time.count() / 60) + (seconds.size() < 2 ? ":0" : ":") + seconds;
}

// Switches echo off while a secret is typed; on again however the question ends.
class NoEcho {
 public:
  NoEcho(int fd, bool wanted) : fd_(fd) {
    if (!wanted || ::tcgetattr(fd_, &before_) != 0) return;
    struct termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
  }
  ~NoEcho() {
    if (!changed_) return;
    ::tcsetattr(fd_, TCSAFLUSH, &before_);
    put("\n");  // the person's own line end was not shown either
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  [[nodiscard]] bool active() const { return changed_; }

 private:
  int fd_;
  struct termios before_ {};
  bool changed_ = false;
};

Error nobody() {
  return {Status::interaction_required, "a question needs an answer, but no terminal is there to ask on",
          "run it in a terminal"};
}

class TerminalPrompt final : public Prompt {
 public:
  explicit TerminalPrompt(bool color) : color_(color) {}
  TerminalPrompt(const TerminalPrompt&) = delete;
  TerminalPrompt& operator=(const TerminalPrompt&) = delete;
  ~TerminalPrompt() override { put(erase()); }

  [[nodiscard]] bool available() const override { return on_terminal(); }

  void notice(std::string_view line) override {
    const std::lock_guard lock(mutex_);
    put(erase() + safe_text(line, 3500) + "\n");  // an authorization URL is to be copied whole
  }

  void show_code(const PromptCode& code) override {
    std::string text = "To log in, open this address on any device:\n\n    " + canonical(code.verification_uri) +
                       "\n\nand enter this code:\n\n    " + bold(safe_text(code.user_code, 64)) + "\n\n";
    if (!code.verification_uri_complete.empty()) {
      const auto complete = canonical(code.verification_uri_complete);
      if (code.qr) text += qr(complete);
      // RFC 8628, section 3.3.1: the code is shown all the same, so that the person can compare.
      text += "Or open " + complete + " and check that it shows the same code.\n";
    } else if (code.qr) {
      text += qr(canonical(code.verification_uri));
    }
    if (code.expires_in.count() > 0) text += "The code expires in " + in_words(code.expires_in) + ". ";
    text += "Enter it only if you started this login yourself.\n";
    const std::lock_guard lock(mutex_);
    put(erase() + text);
  }

  void countdown(std::chrono::seconds left) override {
    if (!on_terminal()) return;
    const std::lock_guard lock(mutex_);
    auto text = erase();
    if (left.count() > 0) {
      const auto line = "Waiting for you to log in; " + on_a_clock(left) + " left";
      painted_ = line.size();
      // The cursor rests at the start of the line, so that whatever is written next begins there.
      text += line + "\r";
    }
    put(text);
  }

  Result<Secret> ask(std::string_view question, bool secret, const Call& call) override {
    const std::lock_guard lock(mutex_);
    if (!call.may_interact || !on_terminal()) return nobody();
    const Fd own(::open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY));
    const int fd = own ? own.get() : STDIN_FILENO;
    if (::isatty(fd) != 1) return nobody();
    const NoEcho quiet(fd, secret);  // first: somebody types ahead
    if (secret && !quiet.active()) return Error{Status::internal, "the terminal's echo cannot be switched off", ""};
    put(erase() + safe_text(question, 1024) + " ");
    return read_line(fd, call);
  }

 private:
  static Result<Secret> read_line(int fd, const Call& call) {
    struct Buffer {
      std::array<char, 512> bytes{};
      Buffer() = default;
      Buffer(const Buffer&) = delete;
      Buffer& operator=(const Buffer&) = delete;
      ~Buffer() { wipe(bytes.data(), bytes.size()); }
    } buffer;
    Secret answer;
    for (;;) {
      AUTHHOST_CHECK(call.wait_fd(fd, POLLIN, Milliseconds::max()));
      const auto count = ::read(fd, buffer.bytes.data(), buffer.bytes.size());
      if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (count <= 0) return Error{Status::interaction_required, "the question was not answered", ""};
      std::string_view text(buffer.bytes.data(), static_cast<std::size_t>(count));
      const auto end = text.find('\n');
      answer.append(text.substr(0, end));
      if (answer.size() > kAnswerLimit) return Error{Status::usage, "the answer is too long", ""};
      if (end != std::string_view::npos) return answer;
    }
  }

  // What takes the countdown's line away, with no escape sequence.
  std::string erase() {
    if (painted_ == 0) return {};
    return "\r" + std::string(std::exchange(painted_, 0), ' ') + "\r";
  }

  [[nodiscard]] std::string bold(const std::string& text) const { return color_ ? "\x1b[1m" + text + "\x1b[0m" : text; }

  [[nodiscard]] std::string qr(const std::string& url) const {
    if (!on_terminal() || !utf8_locale()) return {};
    const auto code = qr_text(url);
    if (!code || code->columns + 4 > columns()) return {};
    std::string text;
    // With colours the code is dark on light, as it should be, on a light terminal too.
    for (const auto& line : code->lines) text += "    " + (color_ ? "\x1b[97;40m" + line + "\x1b[0m" : line) + "\n";
    return text.size() > kQrBytes ? "" : text + "\n";
  }

  bool color_;
  std::mutex mutex_;
  std::size_t painted_ = 0;  // width of the countdown that stands on the last line
};

class SilentPrompt final : public Prompt {
 public:
  [[nodiscard]] bool available() const override { return false; }
  void notice(std::string_view) override {}
  void show_code(const PromptCode&) override {}
  void countdown(std::chrono::seconds) override {}
  Result<Secret> ask(std::string_view, bool, const Call&) override { return nobody(); }
};

}  // namespace

std::unique_ptr<Prompt> make_terminal_prompt(bool color) { return std::make_unique<TerminalPrompt>(color); }
std::unique_ptr<Prompt> make_silent_prompt() { return std::make_unique<SilentPrompt>(); }

}  // namespace authhost
