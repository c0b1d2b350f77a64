#include "core/services/process.hpp"

#include "core/services/fd.hpp"
#include "scratch.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <thread>
#include <vector>

using namespace authhost;

namespace {

Result<ProcessResult> run(std::vector<std::string> argv, const Call& call = {}) {
  return make_process()->run({.argv = std::move(argv)}, call);
}

Result<ProcessResult> shell(const std::string& script) { return run({"/bin/sh", "-c", script}); }

std::string output(Result<ProcessResult> result) {
  REQUIRE(result.ok());
  return std::string(result->output.reveal());
}

// Returns when nobody holds the fifo open for writing any more.
void wait_for_last_writer(int fifo) {
  char bytes[64];
  for (;;) {
    struct pollfd poll_fd {fifo, POLLIN, 0};
    REQUIRE(::poll(&poll_fd, 1, -1) == 1);
    if (::read(fifo, bytes, sizeof bytes) == 0) return;
  }
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

}  // namespace

TEST_CASE("O77 words reach a command as they are, no shell reads them") {
  CHECK(output(run({"printf", "%s", "$(id) | `id`; \"x\" *"})) == "$(id) | `id`; \"x\" *");
}

TEST_CASE("a command for which there are no descriptors left fails for now, whoever of us lacks one") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit hundred{100, before.rlim_max};
  REQUIRE_FALSE(std::generic_category().message(EMFILE).empty());  // a sanitizer that sees this class first has to open a descriptor
  bool ran = false;
  for (std::size_t left = 0; left < 24; ++left) {
    INFO(left);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &hundred) == 0);
    std::vector<Fd> taken;
    while (auto fd = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC))) taken.push_back(std::move(fd));
    taken.resize(taken.size() - left);
    const auto ended = make_process()->run({.argv = {"/bin/echo", "there"}}, {});
    taken.clear();
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    if (ended) CHECK(ended->output.reveal() == "there\n");
    else CHECK(ended.status() == Status::internal);
    ran = ran || ended.ok();
  }
  CHECK(ran);
}

TEST_CASE("O77 a command without input reads from /dev/null") {
  CHECK(output(run({"readlink", "/proc/self/fd/0"})) == "/dev/null\n");
}

TEST_CASE("O77 a command gets its input on stdin, and its end") {
  const std::string text(300'000, 'x');
  const auto result = make_process()->run({.argv = {"cat"}, .input = Secret(text)}, {});
  REQUIRE(result.ok());
  CHECK(result->output.reveal() == text);
}

TEST_CASE("O77 a command that reads none of its input is no failure") {
  const auto result = make_process()->run({.argv = {"true"}, .input = Secret(std::string(300'000, 'x'))}, {});
  REQUIRE(result.ok());
  CHECK(result->exit_code == 0);
}

TEST_CASE("O77 a command has no descriptor but 0-2") {
  const Scratch scratch;
  const Fd open(::open(scratch.path("kept").c_str(), O_CREAT | O_RDWR, 0600));  // on purpose without O_CLOEXEC
  REQUIRE(::dup2(open.get(), 77) == 77);
  const Fd copy(77);
  const auto list = output(shell("ls -l /proc/$$/fd; true"));  // of the shell, which waits
  INFO(list);
  CHECK(std::count(list.begin(), list.end(), '>') == 3);
}

TEST_CASE("O77 a command sees only the variables that are allowed by name") {
  const Variable secret("AUTHHOST_FILE_KEY_FILE", "canary-1");
  const Variable other("CORP_SECRET", "canary-2");
  const Variable asked("CORP_ASKED", "passed on");
  const Variable locale("LC_TEST", "allowed");
  const auto text = output(make_process()->run({.argv = {"env"}, .env = {"CORP_ASKED", "NEW=value", "TERM=dumb", "ABSENT_ONE"}}, {}));
  CHECK(text.find("canary") == std::string::npos);
  CHECK(text.find("CORP_ASKED=passed on\n") != std::string::npos);
  CHECK(text.find("NEW=value\n") != std::string::npos);
  CHECK(text.find("TERM=dumb\n") != std::string::npos);
  CHECK(text.find("LC_TEST=allowed\n") != std::string::npos);
  CHECK(text.find("PATH=") != std::string::npos);
  CHECK(text.find("ABSENT_ONE") == std::string::npos);
}

TEST_CASE("O77 a command leads a process group of its own") {
  const auto text = output(shell("echo $$ $(cut -d' ' -f5 /proc/$$/stat)"));
  CHECK(text.substr(0, text.find(' ')) + "\n" == text.substr(text.find(' ') + 1));
}

TEST_CASE("O77 our signal mask and ignored signals are not a command's") {
  sigset_t mask;
  sigset_t before;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &mask, &before);
  auto* const handler = ::signal(SIGPIPE, SIG_IGN);
  const auto text = output(run({"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}));
  ::signal(SIGPIPE, handler);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  CHECK(text == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_CASE("O77 a command that is cancelled dies with its whole group, even one that ignores SIGTERM") {
  const Scratch scratch;
  const auto fifo = scratch.fifo("alive");
  const Fd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const auto cancellation = std::make_shared<Cancellation>();
  std::thread canceller([&] {
    struct pollfd poll_fd {reader.get(), POLLIN, 0};
    ::poll(&poll_fd, 1, -1);  // the grandchild said that it runs
    cancellation->cancel();
  });
  Call call;
  call.cancellation = cancellation;
  const auto script = "trap '' TERM; sh -c 'echo here; exec sleep 1000' > " + fifo + " & wait; sleep 1000";
  const auto result = run({"/bin/sh", "-c", script}, call);
  canceller.join();
  CHECK(result.status() == Status::cancelled);
  wait_for_last_writer(reader.get());
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);  // and was reaped
}

TEST_CASE("O77 a command ends at its deadline") {
  const auto result = make_process()->run({.argv = {"sleep", "1000"}, .timeout = Milliseconds{1}}, {});
  REQUIRE(result.status() == Status::deadline);
  CHECK(result.error().message == "running sleep: time ran out");
}

TEST_CASE("O77 a grandchild that keeps the output open holds nobody up, and is ended") {
  const Scratch scratch;
  const auto fifo = scratch.fifo("alive");
  const Fd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  CHECK(output(shell("sleep 1000 3> " + fifo + " & echo done")) == "done\n");
  wait_for_last_writer(reader.get());
}

TEST_CASE("O77 a command that prints without end is stopped") {
  const auto result = make_process()->run({.argv = {"yes"}, .max_output = 1000}, {});
  REQUIRE(result.status() == Status::protocol);
  CHECK(result.error().message == "running yes: yes printed more than 1000 bytes");
}

TEST_CASE("O77 output of just the allowed size is kept whole") {
  const auto result = make_process()->run({.argv = {"printf", "0123456789"}, .max_output = 10}, {});
  REQUIRE(result.ok());
  CHECK(result->output.reveal() == "0123456789");
}

TEST_CASE("how a command ended is told") {
  const auto exited = shell("exit 7");
  REQUIRE(exited.ok());
  CHECK(exited->exit_code == 7);
  CHECK(exited->signal == 0);
  const auto killed = shell("kill -9 $$");
  REQUIRE(killed.ok());
  CHECK(killed->exit_code == -1);
  CHECK(killed->signal == 9);
}

TEST_CASE("O44 the end of stderr is kept, cleaned of control and direction characters") {
  const auto result = shell("head -c 9000 /dev/zero | tr '\\0' x >&2; printf '\\033[31mred\\342\\200\\256 end' >&2");
  REQUIRE(result.ok());
  CHECK(result->error_tail.size() <= 4096);
  CHECK(result->error_tail.find('\x1b') == std::string::npos);
  CHECK(result->error_tail.find("\xE2\x80\xAE") == std::string::npos);
  CHECK(result->error_tail.substr(result->error_tail.size() - 3) == "end");
}

TEST_CASE("a program that cannot be started is named") {
  const Scratch scratch;
  const auto no_permission = scratch.script("plain", "#!/bin/sh\n", 0644);
  const auto no_format = scratch.script("text", "echo no interpreter line\n");
  for (const std::string& program : {std::string("no-such-program-here"), scratch.path("missing"), no_permission, no_format}) {
    INFO(program);
    const auto result = run({program});
    REQUIRE(result.status() == Status::plugin);
    CHECK(result.error().message.find("cannot run " + program + ": ") == 0);
    CHECK(!result.error().hint.empty());
  }
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);  // not even a failed start leaves a zombie
}

TEST_CASE("an empty command is a mistake of the configuration") {
  CHECK(run({}).status() == Status::invalid_config);
  CHECK(run({""}).status() == Status::invalid_config);
}

TEST_CASE("a relative folder in PATH is not searched") {
  const Scratch scratch;
  scratch.script("tool-of-the-folder", "#!/bin/sh\necho wrong\n");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(scratch.path("."));
  const Variable path("PATH", ".::/usr/bin:/bin");
  const auto status = run({"tool-of-the-folder"}).status();
  std::filesystem::current_path(before);
  CHECK(status == Status::plugin);
}

TEST_CASE("many threads run commands at the same time, and no descriptor stays behind") {
  CHECK(run({"true"}).ok());
  const auto before = open_descriptors();
  const auto process = make_process();
  std::vector<std::string> outputs(8);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    threads.emplace_back([&, i] {
      const auto result = process->run({.argv = {"echo", std::to_string(i)}}, {});
      if (result.ok()) outputs[i] = result->output.reveal();
    });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < outputs.size(); ++i) CHECK(outputs[i] == std::to_string(i) + "\n");
  CHECK(open_descriptors() == before);
}
