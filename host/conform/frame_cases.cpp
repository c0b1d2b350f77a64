// Frames: how an exec plugin speaks, and what it has to understand.
#include "conform/ways.hpp"
#include "core/plugins/exec/request.hpp"
#include "core/plugins/exec/service_calls.hpp"
#include "core/plugins/host_table.hpp"
#include "core/services/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

namespace authhost::conform {

namespace {

using nlohmann::json;
using plugins::exec::Frame;
using plugins::exec::Program;

constexpr int kMostFrames = 200;
constexpr Milliseconds kToDescribe{5'000};  // then the host gives up
constexpr Milliseconds kToEnd{1'000};

bool is_answer(const Frame& frame) { return frame.type() == "credentials" || frame.type() == "error" || frame.type() == "done"; }

// The frame of a login in this world, and what the calls in it are answered with.
class Login {
 public:
  Login(Bench& bench, World& world) : info_(bench.info()), configured_(bench.configured(world)) {
    permissions_.granted = info_.described ? info_.services_needed : plugins::known_services();
    permissions_.declared = plugins::known_services();
    request_.endpoint = configured_.endpoint;
    request_.client_config = &configured_.client;
    request_.settings = &configured_.settings;
    request_.extras = &world.store;
    request_.services = world.services();
    call_.clock = &world.clock;
    call_.may_interact = true;
    state_.emplace(call_, info_, permissions_, &request_);
    services_.emplace(*state_);
  }
  Result<Frame> frame() { return plugins::exec::credentials_request("refresh", *state_); }
  Frame answer(const Frame& asked) { return services_->answer(asked); }

 private:
  const plugins::AuthenticatorInfo& info_;
  const Configured configured_;
  plugins::Permissions permissions_;
  plugins::RefreshRequest request_;
  Call call_;
  std::optional<authhost_call> state_;
  std::optional<plugins::exec::ServiceCalls> services_;
};

// What a later host may say more than this one.
struct Novelty {
  std::function<void(json&)> in_frames = [](json&) {};
  std::string frame = {};  // after the request
};

// A login as the host would lead it, with a novelty. What it was answered with: "credentials", or "an error: denied". PLUGIN: nothing.
Result<std::string> lead_login(Bench& bench, const Novelty& novelty) {
  World world;
  Login login(bench, world);
  AUTHHOST_TRY(request, login.frame());
  novelty.in_frames(request.body());
  AUTHHOST_TRY(program, Program::start(bench.subject().command()));
  program->send(request.line()->reveal());
  if (!novelty.frame.empty()) program->send(novelty.frame);
  for (int i = 0; i < kMostFrames; ++i) {
    AUTHHOST_TRY(line, program->receive(Call()));
    AUTHHOST_TRY(frame, plugins::exec::read_frame(line.reveal()));
    const bool to_request = frame.id().value_or(plugins::exec::kRequestId) == plugins::exec::kRequestId;
    if (to_request && frame.type() == "error") return "an error: " + plugins::exec::Fields(frame.body()).text("status");
    if (to_request && is_answer(frame)) return frame.type();
    Frame reply = frame.type() == "call" ? login.answer(frame) : Frame({{"type", "error"}, {"id", frame.id().value_or(0)}, {"status", "usage"}});
    novelty.in_frames(reply.body());
    program->send(reply.line()->reveal());
  }
  return Error{Status::plugin, "it wrote more than " + std::to_string(kMostFrames) + " lines", ""};
}

// With it and without, a login ends the same way.
Verdict changes_nothing(Bench& bench, const Novelty& novelty) {
  const auto plain = lead_login(bench, {});
  if (!plain) return skip("a login gives no answer: " + plain.error().message);
  const auto after = lead_login(bench, novelty);
  if (!after) return fail("it gave no answer: " + after.error().message);
  return *after == *plain ? pass() : fail("it answered with " + *after + ", and without that with " + *plain);
}

Verdict unknown_frame(Bench& bench) {
  Novelty novelty;
  novelty.frame = R"({"type":"conform-unknown","id":4711,"text":"ignore me"})";
  return changes_nothing(bench, novelty);
}
Verdict unknown_fields(Bench& bench) {
  Novelty novelty;
  novelty.in_frames = [](json& body) { body["conform_unknown"] = {{"a", json::array({1, "b"})}}; };
  return changes_nothing(bench, novelty);
}

Verdict one_line_frames(Bench& bench) {
  for (const auto& [what, outcome] : all_rounds(bench)) {
    for (const auto& line : outcome.record.frames) {
      const auto frame = plugins::exec::read_frame(line);
      if (!frame) return fail("in " + what + ": " + frame.error().message);
      if (!is_answer(*frame) && frame->type() != "call") return fail("in " + what + " it wrote a frame \"" + frame->type() + "\"");
      if (frame->type() == "call" && !frame->id()) return fail("in " + what + " it wrote a call without an id");
    }
  }
  return pass();
}

// One run, spoken to by hand.
class Spoken {
 public:
  static std::optional<Spoken> start(const Subject& subject, std::string_view text) {
    int in[2];
    int out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) return std::nullopt;
    child::Start how;
    how.program = subject.command().argv.front();
    how.program_fd = subject.command().program->get();
    how.argv = subject.command().argv;
    how.env = child::environment(subject.command().env);
    how.in = in[0];
    how.out = out[1];
    const auto pid = child::start(how);
    ::close(in[0]);
    ::close(out[1]);
    if (!pid) return std::nullopt;
    Spoken spoken(*pid, Fd(in[1]), Fd(out[0]));
    if (::write(spoken.in_.get(), text.data(), text.size()) < 0) return std::nullopt;
    return spoken;
  }
  Spoken(Spoken&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), in_(std::move(other.in_)), out_(std::move(other.out_)), watch_(std::move(other.watch_)) {}
  ~Spoken() {
    if (pid_ > 0) child::end_group(pid_, watch_.get());
  }

  // Whether it says something, or closes its output.
  bool hears_something(Milliseconds limit) { return ready(out_.get(), limit); }
  // Whether it ends, now that nobody speaks to it any more.
  bool ends(Milliseconds limit) {
    in_.reset();
    return ready(watch_.get(), limit);
  }

 private:
  Spoken(pid_t pid, Fd in, Fd out) : pid_(pid), in_(std::move(in)), out_(std::move(out)), watch_(child::watch(pid)) {}
  static bool ready(int fd, Milliseconds limit) {
    const auto seen = Call().wait_fd(fd, POLLIN, limit);
    return seen && *seen;
  }

  pid_t pid_;
  Fd in_;
  Fd out_;
  Fd watch_;
};

Verdict exits_with_host(Bench& bench) {
  World world;
  Login login(bench, world);
  auto request = login.frame();
  if (!request) return skip(request.error().message);
  const std::string line = std::string(request->line()->reveal()) + "\n";
  auto spoken = Spoken::start(bench.subject(), line);
  if (!spoken) return skip("it could not be started");
  static_cast<void>(spoken->hears_something(Milliseconds::max()));  // it may take its time: the limit of the case is by that
  return spoken->ends(kToEnd) ? pass() : fail("a second after the host had gone, it still ran");
}

// It may be told so before it has begun: that much longer it may take.
Verdict exits_unasked(Subject& subject) {
  auto spoken = Spoken::start(subject, "");
  if (!spoken) return skip("it could not be started");
  return spoken->ends(kToEnd + subject.known().round) ? pass() : fail("a second after the host had gone, it still ran");
}

// The second time counts: the machine may be busy, the plugin may not.
Verdict describing_is_quick(Subject& subject) {
  for (int i = 0; i < 2; ++i) {
    auto spoken = Spoken::start(subject, std::string(plugins::exec::describe_request().line()->reveal()) + "\n");
    if (!spoken) return skip("it could not be started");
    if (spoken->hears_something(kToDescribe)) return pass();
  }
  return fail("it said nothing within 5 s");
}

Verdict describing_asks_nothing(Subject& subject) {
  auto program = Program::start(subject.command());
  if (!program) return fail(program.error().message);
  (*program)->send(plugins::exec::describe_request().line()->reveal());
  const auto line = (*program)->receive(Call().within(kToDescribe));
  if (!line) return skip("it does not describe itself");
  const auto frame = plugins::exec::read_frame(line->reveal());
  if (!frame) return fail(frame.error().message);
  return frame->type() == "call" ? fail("asked to describe itself, it asks for a service") : pass();
}

}  // namespace

std::vector<Case> frame_cases() {
  return {
      listening({"one-line-frames", "R31", "Each line that it writes is a frame that the host knows.", For::exec, nullptr, one_line_frames}),
      {"unknown-frame-survived", "R7", "A frame that it does not know changes nothing.", For::exec, nullptr, unknown_frame},
      {"unknown-fields-survived", "R7", "Fields that it does not know change nothing.", For::exec, nullptr, unknown_fields},
      {"exits-with-host", "R17", "When the host is gone, it ends within a second.", For::exec, nullptr, exits_with_host},
      {"exits-unasked", "R17", "Where nothing is asked, it ends.", For::exec, exits_unasked},
      {"describing-is-quick", "R13", "It describes itself within 5 s.", For::exec, describing_is_quick, nullptr, std::chrono::seconds(20)},
      {"describing-asks-nothing", "R13", "To describe itself it needs no service.", For::exec, describing_asks_nothing},
  };
}

}  // namespace authhost::conform
