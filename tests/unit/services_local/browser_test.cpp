#include "core/services/browser.hpp"

#include "core/services/fd.hpp"
#include "scratch.hpp"

#include <sys/wait.h>

using namespace authhost;

namespace {

constexpr const char* kUrl = "https://idp.example/authorize?state=a%20b&x=1";

// A "browser" that writes what it was given into a fifo, and ends.
struct Recorder {
  Scratch scratch;
  std::string fifo = scratch.fifo("record");
  std::string path = scratch.script(
      "browser", "#!/bin/sh\nfor a in \"$@\"; do echo \"arg $a\"; done > " + scratch.path("args") + "\nenv > " +
                     scratch.path("env") + "\nls -l /proc/$$/fd > " + scratch.path("fds") + "\necho done > " + fifo + "\n");
  // Blocks until the browser has written everything.
  void wait() const { REQUIRE(scratch.read("record") == "done\n"); }
};

Result<void> open_with(const std::string& browser, std::string_view url = kUrl, std::string_view command = "") {
  const Variable variable("BROWSER", browser.c_str());
  return make_system_browser()->open(url, command, {});
}

}  // namespace

TEST_CASE("the browser gets the URL as its last argument, and nothing of ours beside it") {
  const Recorder recorder;
  const Variable secret("CORP_SECRET", "canary");
  const Variable key("AUTHHOST_FILE_KEY_FILE", "canary");
  const Variable display("DISPLAY", ":7");
  const Fd open(::open("/dev/null", O_RDONLY));  // on purpose without O_CLOEXEC
  REQUIRE(::dup2(open.get(), 77) == 77);
  const Fd copy(77);
  REQUIRE(open_with(recorder.path).ok());
  recorder.wait();
  CHECK(recorder.scratch.read("args") == std::string("arg ") + kUrl + "\n");
  const auto env = recorder.scratch.read("env");
  CHECK(env.find("canary") == std::string::npos);
  CHECK(env.find("DISPLAY=:7\n") != std::string::npos);
  const auto fds = recorder.scratch.read("fds");
  CHECK(fds.find("77 ->") == std::string::npos);
  CHECK(fds.find("0 -> /dev/null") != std::string::npos);
  CHECK(fds.find("2 -> /dev/null") != std::string::npos);
}

TEST_CASE("BROWSER may hold arguments, and a place for the URL") {
  const Recorder recorder;
  REQUIRE(open_with(recorder.path + " --new-window  -P work").ok());
  recorder.wait();
  CHECK(recorder.scratch.read("args") == std::string("arg --new-window\narg -P\narg work\narg ") + kUrl + "\n");
  REQUIRE(open_with(recorder.path + " --app=%s --last").ok());
  recorder.wait();
  CHECK(recorder.scratch.read("args") == std::string("arg --app=") + kUrl + "\narg --last\n");
}

TEST_CASE("BROWSER may be a list: what is missing or fails at once is passed over") {
  const Recorder recorder;
  REQUIRE(open_with("no-such-browser-here:false:" + recorder.path).ok());
  recorder.wait();
  CHECK(recorder.scratch.read("args") == std::string("arg ") + kUrl + "\n");
}

TEST_CASE("a command of the profile's goes before BROWSER") {
  const Recorder recorder;
  REQUIRE(open_with("false", kUrl, recorder.path + " profile").ok());
  recorder.wait();
  CHECK(recorder.scratch.read("args") == std::string("arg profile\narg ") + kUrl + "\n");
}

TEST_CASE("no browser that works is said, with what to do") {
  const auto failed = open_with("false:/no/such/browser");
  REQUIRE(failed.status() == Status::interaction_required);
  CHECK(failed.error().message.find("false") != std::string::npos);
  CHECK(failed.error().hint.find("BROWSER") != std::string::npos);
  const auto none = open_with("/no/such/browser");
  CHECK(none.status() == Status::interaction_required);
}

TEST_CASE("the desktop's browser is there only where a display is") {
  const Scratch scratch;
  scratch.script("xdg-open", "#!/bin/sh\n");
  const Variable browser("BROWSER", nullptr);
  const Variable path("PATH", scratch.path(".").c_str());
  const Variable wayland("WAYLAND_DISPLAY", nullptr);
  {
    const Variable display("DISPLAY", nullptr);
    CHECK(!make_system_browser()->available(""));
    CHECK(make_system_browser()->open(kUrl, "", {}).status() == Status::interaction_required);
  }
  const Variable display("DISPLAY", ":0");
  CHECK(make_system_browser()->available(""));
  CHECK(!make_system_browser()->available("no-such-browser-here"));
}

TEST_CASE("O50 only https, or http on this machine, is opened") {
  const Scratch scratch;
  const auto browser = scratch.script("browser", "#!/bin/sh\n: > " + scratch.path("opened") + "\n");
  for (const char* url : {"", "javascript:alert(1)", "file:///etc/passwd", "|calc", "-flag", "--help", "$(id)", "https://",
                          "http://idp.example/", "http://127.0.0.1.example.com/", "http://localhost.example.com/",
                          "https://user@idp.example/", "https://user:pw@idp.example/", "http://127.0.0.1@evil.example/",
                          "https://idp.example/a b", "https://idp.example/\n", "https://idp.example/\x1b[0m", "https://idp.example/\"",
                          "https://idp.example/`id`", "ftp://idp.example/", "data:text/html,x", "idp.example", " https://idp.example/",
                          "https://idp.ex\xC3\xA4mple/", "https://idp.example\\@evil.example/"}) {
    INFO(url);
    CHECK(open_with(browser, url).status() == Status::protocol);
  }
  CHECK(!scratch.has("opened"));
  for (const char* url : {"https://idp.example", "https://idp.example:8443/x#/device", "http://127.0.0.1:8080/", "http://[::1]:80/x", "http://localhost/x"}) {
    INFO(url);
    CHECK(open_with(browser, url).ok());
  }
  CHECK(scratch.has("opened"));
}

TEST_CASE("a browser that stays open is let go, in a session of its own") {
  const Scratch scratch;
  scratch.fifo("go");
  scratch.fifo("record");
  const auto browser = scratch.script("browser", "#!/bin/sh\nread line < " + scratch.path("go") + "\necho $$ $(cut -d' ' -f6 /proc/$$/stat) > " +
                                                     scratch.path("record") + "\n");
  REQUIRE(open_with(browser).ok());
  std::ofstream(scratch.path("go")) << "go\n";
  const auto record = scratch.read("record");
  CHECK(record.substr(0, record.find(' ')) + "\n" == record.substr(record.find(' ') + 1));
}

TEST_CASE("a cancelled login opens no browser") {
  const Scratch scratch;
  const auto browser = scratch.script("browser", "#!/bin/sh\n: > " + scratch.path("opened") + "\n");
  Call call;
  const auto cancellation = std::make_shared<Cancellation>();
  cancellation->cancel();
  call.cancellation = cancellation;
  CHECK(make_system_browser()->open(kUrl, browser, call).status() == Status::cancelled);
  CHECK(!scratch.has("opened"));
}
