// `authhost-conform [OPTIONS] PATH`: tries a plugin against the cases. Also each case's own process (`--one NAME`; `--known`: stdin holds
// what was found out before), which may end in any way a plugin can think of. No process guard: it holds no secrets, and what lies in /proc must stay readable.
#include "conform/errand.hpp"
#include "conform/keeper.hpp"
#include "conform/report.hpp"
#include "conform/run.hpp"
#include "core/services/redact.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace authhost;

struct Words {
  conform::Request request;
  std::vector<std::string> one;
  bool known = false;
  bool list = false;
  bool json = false;
};

constexpr const char* kUsage = "authhost plugin check [--profile FILE] [--case NAME]... [--output text|json] PATH, or --list";

Result<Words> read_words(int argc, char** argv) {
  Words out;
  bool only_paths = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const auto value = [&]() -> std::string { return ++i < argc ? argv[i] : ""; };
    if (only_paths || !word.starts_with("-")) {
      if (!out.request.path.empty()) return Error{Status::usage, "one plugin at a time", kUsage};
      out.request.path = word;
    } else if (word == "--") only_paths = true;
    else if (word == "--list") out.list = true;
    else if (word == "--profile") out.request.profile = value();
    else if (word == "--case") out.request.cases.push_back(value());
    else if (word == "--one") out.one.push_back(value());
    else if (word == "--known") out.known = true;
    else if (word == "--output") out.json = value() == "json";
    else return Error{Status::usage, "unknown option " + std::string(word), kUsage};
  }
  if (out.request.path.empty() && !out.list) return Error{Status::usage, "no plugin is named", kUsage};
  return out;
}

// Thrown by Ctrl-C: what has been found out by then is told all the same.
const std::shared_ptr<Cancellation>& interruption() {
  static const auto event = std::make_shared<Cancellation>();
  return event;
}
void interrupt(int) { interruption()->cancel(); }

void show_progress(std::size_t done, std::size_t all) {
  std::fprintf(stderr, done < all ? "\rchecking: %zu of %zu" : "\r\033[K", done, all);
}

Result<int> run(int argc, char** argv) {
  AUTHHOST_TRY(words, read_words(argc, argv));
  const auto print = [](const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); };
  if (words.list) {
    print(words.json ? conform::list_json() : conform::list_text());
    return 0;
  }
  words.request.stop = interruption();
  struct sigaction action {};
  action.sa_handler = interrupt;
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);  // a second one ends it at once
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(number, &action, nullptr);
  if (::isatty(STDERR_FILENO) == 1) words.request.progress = show_progress;
  AUTHHOST_TRY(rows, conform::run_cases(words.request));
  const bool interrupted = interruption()->cancelled();
  if (interrupted && words.request.progress) std::fputs("\r\033[K", stderr);
  print(words.json ? conform::report_json(rows) : conform::report_text(rows));
  if (interrupted) return Error{Status::cancelled, "it was interrupted: what is told is not all", ""};
  return conform::all_well(rows) ? 0 : static_cast<int>(Status::plugin);
}

std::string read_stdin() {
  std::string out;
  char part[4096];
  for (ssize_t count = 0; (count = ::read(STDIN_FILENO, part, sizeof part)) > 0;) out.append(part, static_cast<std::size_t>(count));
  return out;
}

// The verdict must not mix with what the plugin writes; and a dying plugin leaves no core file.
int run_one(const Words& words) {
  const struct rlimit none = {0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  std::signal(SIGPIPE, SIG_IGN);
  const auto known = words.known ? conform::read_known(read_stdin()) : Result<conform::Known>(conform::Known());
  if (!known) return static_cast<int>(known.status());
  conform::Errand errand{{}, {}, *known};
  for (const auto& name : words.one) {
    errand.cases.push_back(conform::find_case(name));
    if (errand.cases.back() == nullptr) return static_cast<int>(Status::usage);
  }
  const int out = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; ++fd) ::dup2(nothing, fd);
  ::close(nothing);
  ::_exit(conform::keep([&] { return conform::run_errand(words.request, errand, out); }));
}

}  // namespace

int main(int argc, char** argv) {
  Result<int> result = 0;
  try {
    auto words = read_words(argc, argv);
    if (words && !words->one.empty()) return run_one(*words);
    result = run(argc, argv);
  } catch (const std::exception& error) {
    result = Error{Status::internal, std::string("unexpected: ") + error.what(), ""};
  }
  const bool told = std::fflush(stdout) == 0;
  if (result) return told ? *result : static_cast<int>(Status::internal);
  std::fprintf(stderr, "authhost: checking a plugin: %s\n", safe_text(result.error().message, 1024).c_str());
  if (!result.error().hint.empty()) std::fprintf(stderr, "hint: %s\n", safe_text(result.error().hint, 512).c_str());
  return static_cast<int>(result.status());
}
