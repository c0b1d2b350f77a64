// What a program that is careless, slow or hostile must not be able to do.
#include "script.hpp"

#include "core/config/paths.hpp"
#include "core/plugins/exec/frame.hpp"
#include "core/services/child.hpp"
#include "core/services/crypto.hpp"
#include "support/eventually.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

using namespace authhost;
using namespace authhost::test;

namespace {

const std::string kDescription =
    "echo '{\"type\":\"description\",\"authenticators\":[{\"id\":\"org.example.flow\",\"name\":\"F\",\"version\":\"1\",\"revoke\":true,"
    "\"settings\":[{\"name\":\"wait\",\"type\":\"duration\",\"default\":\"5s\"},{\"name\":\"region\"}]}]}'";

// What `work` finds in a process that has a terminal.
bool with_a_terminal(const std::function<bool()>& work) {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE((master >= 0 && ::grantpt(master) == 0 && ::unlockpt(master) == 0));
  const std::string name = ::ptsname(master);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setsid();
    const int tty = ::open(name.c_str(), O_RDWR);
    const bool there = tty >= 0 && ::open("/dev/tty", O_RDWR) >= 0;
    ::_exit(there && work() ? 0 : 1);
  }
  int status = 1;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  ::close(master);
  return status == 0;
}

// Counts what is done.
class CountedHttp final : public Http {
 public:
  Result<HttpResponse> send(const HttpRequest&, const Call&) override {
    ++sent;
    return HttpResponse{};
  }
  int sent = 0;
};

}  // namespace

TEST_CASE("a parameter of a wrong type is an error before anything is done") {
  Script script("", "grants = [\"http\", \"clock\", \"crypto\", \"json\", \"store\", \"process\", \"prompt\", \"browser\", \"loopback\"]\ndescribe = false\n");
  const auto http = std::make_shared<CountedHttp>();
  script.services.http = http;
  script.extras["rt"] = Secret("the only one");
  const std::pair<const char*, const char*> odd[] = {
      {"store/1\",\"method\":\"put", "{\"name\":\"rt\",\"value\":42}"},
      {"store/1\",\"method\":\"put", "{\"name\":\"rt\",\"value_bytes\":\"?\"}"},
      {"store/1\",\"method\":\"drop", "{\"name\":[\"rt\"]}"},
      {"http/1\",\"method\":\"send", "{\"url\":\"https://x/\",\"body\":{}}"},
      {"http/1\",\"method\":\"send", "{\"url\":\"https://x/\",\"headers\":{}}"},
      {"http/1\",\"method\":\"send", "{\"url\":\"https://x/\",\"headers\":[{\"name\":\"n\",\"value\":7}]}"},
      {"http/1\",\"method\":\"send", "{\"url\":\"https://x/\",\"timeout_ms\":\"soon\"}"},
      {"clock/1\",\"method\":\"sleep_ms", "{\"milliseconds\":[]}"},
      {"crypto/1\",\"method\":\"random", "{\"size\":true}"},
      {"crypto/1\",\"method\":\"sha256", "{\"data\":1}"},
      {"json/1\",\"method\":\"parse", "{\"text\":1}"},
  };
  for (const auto& [what, params] : odd) {
    INFO(what << params);
    script.write("read -r r\necho '{\"type\":\"call\",\"id\":7,\"service\":\"authhost." + std::string(what) + "\",\"params\":" + params + "}'\nhead -n 1 > '" +
                 script.out().string() + "'\n" + kToken);
    script.registry.reset();
    script.credentials();
    CHECK(has(read(script.out()), "\"status\":\"usage\""));
  }
  CHECK(script.extras.at("rt").reveal() == "the only one");
  CHECK(http->sent == 0);
}

TEST_CASE("one that describes itself gets its defaults, and is asked to revoke, also where the profile says nothing") {
  Script script("");
  script.write("read -r r\ncase $r in *describe*) " + kDescription + ";;\n*'\"type\":\"revoke\"'*) : > '" + script.out().string() +
               "'; echo '{\"type\":\"done\"}';;\n*'\"wait\":5000'*) " + kToken + ";; esac\n");
  CHECK(script.credentials().access_token.reveal() == "t0ken");
  script.authenticator.reset();
  auto fresh = script.shop.registry()->create("flow", script.call);  // as another process that logs out
  REQUIRE(fresh.ok());
  CHECK((*fresh)->revoke(script.request(), script.call).ok());
  CHECK(fs::exists(script.out()));
}

TEST_CASE("a revocation that is answered with something else has not happened") {
  Script script("read -r r\ncase $r in *describe*) " + kDescription + ";; *) " + kToken + ";; esac\n");
  auto made = script.shop.registry()->create("flow", script.call);
  REQUIRE(made.ok());
  const auto revoked = (*made)->revoke(script.request(), script.call);
  REQUIRE_FALSE(revoked.ok());
  CHECK(has(revoked.error().message, "answered with \"credentials\", and \"done\" was asked for"));
}

TEST_CASE("one whose manifest says describe = false is never asked, and one that passes over the question is no slower for it") {
  Script silent("", "describe = false\n");
  silent.write("read -r r; echo \"$r\" >> '" + silent.out().string() + "'\n" + kToken);
  silent.set("region", std::string("eu")).credentials();
  CHECK_FALSE(has(read(silent.out()), "describe"));
  Script patient("while read -r r; do case $r in *'\"type\":\"refresh\"'*) " + kToken + ";; esac; done\n");
  CHECK(patient.set("region", std::string("eu")).credentials().access_token.reveal() == "t0ken");
}

TEST_CASE("secrets of any bytes arrive as they are") {
  Script script("", "grants = [\"store\"]\ndescribe = false\n");
  ::setenv("EXEC_TEST_SECRET", "\x01\xff\xfekey", 1);
  script.set("key_env", std::string("EXEC_TEST_SECRET"));
  script.extras["raw_bytes"] = Secret("\x02\xff");
  script.extras["text_bytes"] = Secret("plain");
  script.write("head -n 1 > '" + script.out().string() + "'\n" + kToken);
  script.credentials();
  ::unsetenv("EXEC_TEST_SECRET");
  const std::string said = read(script.out());
  CHECK(has(said, "\"settings_bytes\":{\"key\":\"Af/+a2V5\"}"));
  CHECK(has(said, "\"stored\":{\"text_bytes\":\"plain\"}"));
  CHECK(has(said, "\"stored_bytes\":{\"raw_bytes\":\"Av8=\"}"));
}

TEST_CASE("a plugin that asks for ever and reads nothing is ended before it fills the host") {
  Script script("read -r r\nq=$(head -c 600000 /dev/zero | tr '\\0' x)\nwhile :; do echo '{\"type\":\"call\",\"id\":7,\"service\":\"authhost.json/1\",\"method\":\"quote\",\"params\":{\"text\":\"'$q'\"}}'; done\n",
                "grants = [\"json\"]\ndescribe = false\n");
  const Error error = script.error();
  CHECK(error.status == Status::plugin);
  CHECK(has(error.message, "does not read what the host answers"));
}

TEST_CASE("the answers that wait to be read are bounded also where all the questions came at once") {
  // 600 kB of questions in one line after the other, without a pause in which the host could write.
  Script script("read -r r\nq='{\"type\":\"call\",\"id\":7,\"service\":\"authhost.crypto/1\",\"method\":\"random\",\"params\":{\"size\":4096}}'\n"
                "i=0; while [ $i -lt 5000 ]; do all=$all$q'\n'; i=$((i+1)); done\nprintf \"$all\"\nsleep 60\n",
                "grants = [\"crypto\"]\ndescribe = false\n");
  const Error error = script.error();
  CHECK(error.status == Status::plugin);
  CHECK(has(error.message, "does not read what the host answers"));
}

TEST_CASE("a dead plugin is noticed although what it left behind goes on talking") {
  Script script("setsid sh -c 'i=0; while [ $i -lt 600 ]; do echo alive >&2; i=$((i+1)); sleep 0.05; done' & exit 1\n", "describe = false\n");
  script.call = script.call.within(std::chrono::seconds(15));
  const Error error = script.error();
  CHECK(error.status == Status::plugin);
  CHECK(has(error.message, "ended with status 1"));
}

TEST_CASE("a plugin cannot leave its process group, and one that will not end is ended") {
  Script script("exec python3 -I -c \"$(cat <<'E'\nimport os,signal,sys,time\nfor s in (1,2,3,15): signal.signal(s, signal.SIG_IGN)\nsys.stdin.readline()\n"
                "try: os.setpgid(0, os.getpgid(os.getppid()))\nexcept PermissionError: pass\nelse: sys.exit(7)\nprint('{\\\"type\\\":\\\"credentials\\\",\\\"access_token\\\":\\\"%d\\\"}' % os.getpid(), flush=True)\ntime.sleep(3000)\nE\n)\"\n",
                "describe = false\n");
  const int pid = std::stoi(std::string(script.credentials().access_token.reveal()));
  CHECK(eventually([&] { return !lives(pid); }));
}

TEST_CASE("a description that lists without end is refused") {
  std::string settings;
  for (int i = 0; i < 300; ++i) settings += (i == 0 ? "" : ",") + ("{\"name\":\"s" + std::to_string(i) + "\"}");
  Script script("echo '{\"type\":\"description\",\"authenticators\":[{\"id\":\"org.example.flow\",\"name\":\"F\",\"version\":\"1\",\"settings\":[" + settings + "]}]}'\n");
  CHECK(has(script.error().message, "more than 256 settings"));
}

TEST_CASE("a long message that is made of a secret is cut before it is searched") {
  Credentials previous;
  previous.access_token = Secret(std::string(60'000, 'a') + "b");
  Script script("read -r r\nprintf '{\"type\":\"error\",\"status\":\"denied\",\"message\":\"'\nhead -c 900000 /dev/zero | tr '\\0' a\necho '\"}'\n", "describe = false\n");
  script.previous = std::move(previous);
  const Error error = script.error();
  CHECK(error.status == Status::denied);
  CHECK(error.message == "[redacted]…");
}

TEST_CASE("characters that nobody sees do not hide a secret") {
  Script script("read -r r\nprintf '{\"type\":\"error\",\"status\":\"denied\",\"message\":\"it is c4n4\\342\\200\\213ry-secret\"}\\n'\n", "describe = false\n");
  CHECK_FALSE(has(script.set("password", std::string("c4n4ry-secret")).error().message, "ry-secret"));
}

TEST_CASE("what only the host may say is not believed of a plugin") {
  for (const char* word : {"store-failed", "internal", "usage", "not-permitted"}) {
    Script script("echo '{\"type\":\"error\",\"status\":\"" + std::string(word) + "\",\"message\":\"the keyring is locked\"}'\n", "describe = false\n");
    const Error error = script.error();
    CHECK(error.status == Status::plugin);
    CHECK(has(error.message, "org.example.flow"));
  }
}

TEST_CASE("a native plugin that hangs in a process of its own is told to end, then killed, and that is status 9") {
  Bench bench("scripted", ::getenv("AUTHHOST_TEST_ISOLATED") == nullptr ? "isolation = \"process\"\n" : "");
  bench.call.clock = &system_clock();
  bench.registry = bench.shop.registry();
  REQUIRE(bench.refresh().ok());
  bench.call = bench.call.within(Milliseconds{300});
  const Error error = bench.act("hang").error();
  CHECK(error.status == Status::plugin);
  CHECK(has(error.message, "did not answer in time"));
}

TEST_CASE("a plugin that dies while it is loaded, in a process of its own, is refused with how it died") {
  Workshop shop;
  shop.install("dies_early", "isolation = \"process\"\n");
  const auto row = shop.record(*shop.registry(), "dies_early");
  CHECK(row.state == PluginState::refused);
  CHECK(has(row.reason.message, "dies_early.so was ended by signal 6"));
}

TEST_CASE("a caller who has no time does not cost the next one a plugin that is slow to load") {
  Bench bench("scripted", ::getenv("AUTHHOST_TEST_ISOLATED") == nullptr ? "isolation = \"process\"\n" : "");
  bench.registry = bench.shop.registry();
  Call over = bench.call;
  over.cancellation = [] {
    auto cancelled = std::make_shared<Cancellation>();
    cancelled->cancel();
    return cancelled;
  }();
  CHECK(bench.registry->create("org.example.scripted", over).status() == Status::cancelled);
  CHECK(bench.credentials().access_token.reveal() == "s3cret-token");
}

TEST_CASE("a plugin that is slow to say what it is keeps nobody waiting who wants another, and is asked once") {
  Workshop shop;
  shop.install("slow", "id = \"org.example.slow\"\nisolation = \"process\"\n");
  shop.install("second", "id = \"org.example.second\"\n");
  const std::string gate = shop.file("slow.so.gate").string();
  REQUIRE(::mkfifo(gate.c_str(), 0600) == 0);
  const auto registry = shop.registry();
  std::atomic<int> made{0};
  const auto make = [&] { made += registry->create("org.example.slow", Call{}).ok() ? 1 : 0; };
  std::thread first(make);
  CHECK(eventually([&] { return !read(shop.file("slow.so.count")).empty(); }));
  std::thread other(make);
  CHECK(registry->create("org.example.second", Call{}).ok());
  CHECK(made == 0);
  std::ofstream(gate).close();
  first.join();
  other.join();
  CHECK(made == 2);
  CHECK(read(shop.file("slow.so.count")) == "\n");
}

TEST_CASE("a plugin has no terminal: it can neither take it nor draw on it") {
  Script script("read -r r\nif (: > /dev/tty) 2>/dev/null; then echo has >&2; exit 1; fi\n" + kToken, "describe = false\n");
  CHECK(with_a_terminal([&] { return script.refresh().ok(); }));
}

TEST_CASE("what a plugin has the host run has no terminal either") {
  Script script("read -r r\necho '{\"type\":\"call\",\"id\":1,\"service\":\"authhost.process/1\",\"method\":\"run\",\"params\":{\"argv\":[\"sh\",\"-c\",\"(: > /dev/tty) && echo has\"]}}'\n"
                "read -r r\ncase $r in *has*) exit 1;; esac\n" + kToken, "grants = [\"process\"]\ndescribe = false\n");
  script.services.process = make_process();
  CHECK(with_a_terminal([&] { return script.refresh().ok(); }));
}

TEST_CASE("which of the host's variables it gets, and which program opens the browser, is not for a plugin to choose") {
  for (const bool said : {false, true}) {
    Script script("", "grants = [\"process\", \"browser\"]\ndescribe = false\n");
    script.services.process = make_process();
    script.services.browser = make_system_browser();
    if (said) script.set("pass_on", std::vector<std::string>{"AUTHHOST_TEST_OURS"}).set("opener", std::string("xdg-open %s"));
    ::setenv("AUTHHOST_TEST_OURS", "of-the-host", 1);
    script.write(
        "read -r r\n"
        "echo '{\"type\":\"call\",\"id\":2,\"service\":\"authhost.process/1\",\"method\":\"run\",\"params\":{\"argv\":[\"env\"],\"env\":[\"PATH\",\"AUTHHOST_TEST_OURS\"]}}'\n"
        "echo '{\"type\":\"call\",\"id\":3,\"service\":\"authhost.browser/1\",\"method\":\"open\",\"params\":{\"url\":\"https://x.example/\",\"command\":\"xdg-open %s\"}}'\n"
        "head -n 2 > '" + script.out().string() + "'\n" + kToken);
    script.credentials();
    const std::string replies = read(script.out());
    CHECK(has(replies, "of-the-host") == said);
    CHECK(has(replies, "opener") == false);
    CHECK((replies.find("not-permitted") == std::string::npos) == said);
    CHECK(has(replies, "interaction-required") == said);
  }
}

TEST_CASE("the name of an entry that holds a NUL is no name") {
  Script script("read -r r\necho '{\"type\":\"call\",\"id\":2,\"service\":\"authhost.store/1\",\"method\":\"put\",\"params\":{\"name\":\"a\\u0000b\",\"value\":\"x\"}}'\nhead -n 1 > \"$OUT\"\n" + kToken,
                "grants = [\"store\"]\ndescribe = false\n");
  script.write("OUT='" + script.out().string() + "'\n" + read(script.shop.file("flow.sh")));
  script.credentials();
  CHECK(has(read(script.out()), "\"status\":\"usage\""));
  CHECK(script.extras.empty());
}

TEST_CASE("a secret that comes back as the type of a frame is not shown") {
  Script script("read -r r\necho '{\"type\":\"refresh-token-of-before\"}'\n", "describe = false\n");
  script.previous.emplace();
  script.previous->refresh_token = Secret("refresh-token-of-before");
  const Error error = script.error();
  CHECK(has(error.message, "a frame of type \"[redacted]\""));
}

TEST_CASE("a plugin that writes nothing in time is told from one that is at work") {
  Script script("read -r r\nread -r cancel\n", "describe = false\n");
  script.call = script.call.within(Milliseconds{300});
  const Error error = script.error();
  CHECK(has(error.message, "flow.sh was at work, which has written nothing"));
  CHECK(has(error.hint, "flush"));
}

TEST_CASE("a program that describes itself by a service's short name is told what was meant") {
  Script script("read -r r\necho '{\"type\":\"description\",\"authenticators\":[{\"id\":\"org.example.flow\",\"name\":\"F\",\"version\":\"1\",\"services\":[\"http\"]}]}'\n");
  CHECK(has(script.error().hint, "did you mean \"authhost.http/1\"?"));
}

TEST_CASE("what a program says of itself is cleaned before it is shown") {
  Script script("read -r r\necho '{\"type\":\"error\",\"id\":1,\"status\":\"plugin\",\"message\":\"no \\u001b[31mluck\",\"hint\":\"try \\u001b]0;x\"}'\n");
  const Error error = script.error();
  for (const auto& text : {error.message, error.hint}) CHECK(text.find('\033') == std::string::npos);
  CHECK(has(error.message, "no [31mluck"));
}

TEST_CASE("a number of a listener that was closed is nobody's") {
  Script script(
      "read -r r\n"
      "echo '{\"type\":\"call\",\"id\":2,\"service\":\"authhost.loopback/1\",\"method\":\"open\"}'\nread -r a\n"
      "echo '{\"type\":\"call\",\"id\":3,\"service\":\"authhost.loopback/1\",\"method\":\"close\",\"params\":{\"listener\":1}}'\nread -r a\n"
      "echo '{\"type\":\"call\",\"id\":4,\"service\":\"authhost.loopback/1\",\"method\":\"open\"}'\nhead -n 1 > \"$OUT\"\n" +
          kToken,
      "grants = [\"loopback\"]\ndescribe = false\n");
  script.services.loopback = make_loopback();
  script.write("OUT='" + script.out().string() + "'\n" + read(script.shop.file("flow.sh")));
  script.credentials();
  CHECK(has(read(script.out()), "\"listener\":2"));
}

TEST_CASE("a setting that is said in two ways is an error, also where the program has declared nothing") {
  Script script("read -r r\n" + kToken, "describe = false\n");
  script.set("key", std::string("one")).set("key_env", std::string("HOME"));
  CHECK(script.error().status == Status::invalid_config);
}

TEST_CASE("what json.parse gives fits into a frame") {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  for (const int depth : {30, 31}) {
    Script script("", "grants = [\"json\"]\ndescribe = false\n");
    script.write("read -r r\necho '{\"type\":\"call\",\"id\":7,\"service\":\"authhost.json/1\",\"method\":\"parse\",\"params\":{\"text\":\"" +
                 nested(depth) + "\"}}'\nhead -n 1 > '" + script.out().string() + "'\n" + kToken);
    script.credentials();
    const auto reply = exec::read_frame(read(script.out()));
    REQUIRE(reply.ok());
    CHECK(reply->body().at("status") == (depth == 30 ? "ok" : "protocol"));
  }
}

TEST_CASE("a line of the log is shown at the level that it says") {
  Script script("read -r r\necho '<3>the disk is full' >&2\necho 'working' >&2\n" + kToken, "describe = false\n");
  const std::string log = written_to_stderr([&] { script.credentials(); });
  CHECK(has(log, "error: "));
  CHECK(has(log, "flow.sh: the disk is full"));
  CHECK_FALSE(has(log, "working"));
}

TEST_CASE("a plugin in a process of its own may look at the clock as often as it likes, and keeps its names in the store") {
  Bench bench("scripted", ::getenv("AUTHHOST_TEST_ISOLATED") == nullptr ? "isolation = \"process\"\n" : "");
  bench.extras["a_bytes"] = Secret("\x01\xff");
  CHECK(bench.act("poll").credentials().access_token.reveal() == "s3cret-token");
  CHECK(bench.extras.at("a_bytes").reveal() == "\x01\xff");
  CHECK(bench.extras.size() == 1);
}

TEST_CASE("a runner whose host is gone does not stay") {
  Workshop shop;
  const fs::path plugin = shop.copy("scripted");
  int in[2];
  REQUIRE(::pipe2(in, O_CLOEXEC) == 0);
  child::Start start;
  start.program = paths::own_program("authhost-plugin-runner");
  const std::string bytes = read(plugin);
  const auto digest = crypto::sha256(bytes);
  start.argv = {start.program, fs::canonical(plugin).string(), crypto::hex(digest.data(), digest.size()), "m.toml", "0"};
  start.env = child::environment({});
  start.in = in[0];
  const auto pid = child::start(start);
  REQUIRE(pid.ok());
  ::close(in[0]);
  const std::string request =
      "{\"type\":\"refresh\",\"id\":1,\"authenticator\":\"org.example.scripted\",\"settings\":{\"act\":\"hang\",\"token\":\"t\"}}\n";
  REQUIRE(::write(in[1], request.data(), request.size()) == static_cast<ssize_t>(request.size()));
  CHECK(lives(*pid));
  ::close(in[1]);  // as the kernel does for a host that was killed
  CHECK(eventually([&] { return !lives(*pid); }));
  child::reap(*pid, true);
}

TEST_CASE("what the store of a plugin may hold can be read again") {
  Bench bench;
  CHECK(bench.act("hoard").credentials().access_token.reveal() == "s3cret-token");  // until it is refused
  std::size_t sum = 0;
  for (const auto& [name, value] : bench.extras) sum += value.size();
  CHECK(sum > 200'000);
  CHECK(sum <= 256 * 1024);
}

TEST_CASE("an answer that a plugin leaves behind while the host is busy for it is not lost") {
  Script script("read -r r\nfor i in 1 2; do echo '{\"type\":\"call\",\"id\":1,\"service\":\"authhost.clock/1\",\"method\":\"sleep_ms\",\"params\":{\"milliseconds\":200}}'; done\n"
                "printf '{\"type\":\"credentials\",\"access_token\":\"t0ken\",\"id_token\":\"'\nhead -c 40000 /dev/zero | tr '\\0' x\nprintf '\"}'\n",
                "grants = [\"clock\"]\ndescribe = false\n");
  const auto got = script.credentials();
  CHECK(got.access_token.reveal() == "t0ken");
  CHECK(got.id_token.size() == 40'000);
}

TEST_CASE("what a plugin in a process of its own exchanges in a full store arrives") {
  Bench bench("scripted", ::getenv("AUTHHOST_TEST_ISOLATED") == nullptr ? "isolation = \"process\"\n" : "");
  for (const char* name : {"w", "x", "y", "z"}) bench.extras[name] = Secret(std::string(60'000, 'o'));
  CHECK(bench.act("exchange").credentials().access_token.reveal() == "s3cret-token");
  REQUIRE(bench.extras.size() == 4);
  for (const char* name : {"a", "b", "c", "d"}) CHECK(bench.extras.at(name).reveal() == std::string(60'000, 'n'));
}

TEST_CASE("what a plugin tells and asks bears its name, and of what it tells a hundred lines are shown") {
  class Asked final : public Prompt {
   public:
    [[nodiscard]] bool available() const override { return true; }
    void notice(std::string_view text) override { notices.emplace_back(text); }
    void show_code(const PromptCode&) override {}
    void countdown(std::chrono::seconds) override {}
    Result<Secret> ask(std::string_view question, bool, const Call&) override {
      asked = std::string(question);
      return Secret("a");
    }
    std::vector<std::string> notices;
    std::string asked;
  };
  Script script("read -r r\ni=0; while [ $i -lt 150 ]; do echo '{\"type\":\"call\",\"id\":1,\"service\":\"authhost.prompt/1\",\"method\":\"notice\",\"params\":{\"line\":\"well\"}}'; read -r r; i=$((i+1)); done\n"
                "echo '{\"type\":\"call\",\"id\":1,\"service\":\"authhost.prompt/1\",\"method\":\"ask\",\"params\":{\"question\":\"keyring password:\"}}'\nread -r r\n" + kToken,
                "grants = [\"prompt\"]\ndescribe = false\n");
  const auto prompt = std::make_shared<Asked>();
  script.services.prompt = prompt;
  script.call.may_interact = true;
  script.credentials();
  CHECK(prompt->asked == "plugin org.example.flow: keyring password:");
  CHECK(prompt->notices == std::vector<std::string>(100, "plugin org.example.flow: well"));
}
