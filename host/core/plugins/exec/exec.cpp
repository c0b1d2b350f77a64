#include "core/plugins/exec/exec.hpp"

#include "core/config/expand.hpp"
#include "core/config/suggest.hpp"
#include "core/plugins/call_result.hpp"
#include "core/plugins/exec/description.hpp"
#include "core/plugins/exec/frame.hpp"
#include "core/plugins/exec/request.hpp"
#include "core/plugins/exec/service_calls.hpp"
#include "core/plugins/host_table.hpp"
#include "core/plugins/settings.hpp"
#include "core/services/log.hpp"
#include "core/services/redact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace authhost::plugins::exec {

namespace {

using nlohmann::json;

constexpr int kMostFrames = 100'000;               // of a plugin, in one call: a login of an hour has a few every second
constexpr Milliseconds kToDescribe{5'000};
constexpr Milliseconds kToObey{1'000};             // for the answer to a cancellation
constexpr std::chrono::minutes kLongestLogin{60};  // with a person; the flows' own limits are shorter

constexpr const char* kSlowOne = "tell the plugin's author: a library that is loaded does nothing yet (docs/abi.md, R5)";
constexpr const char* kSilentOne = "it has to answer, or to end; for one that can do neither, the manifest may say describe = false";
constexpr const char* kAuthor = "tell the plugin's author (docs/exec-protocol.md)";

class ExecAuthenticator final : public Authenticator {
 public:
  ExecAuthenticator(Command command, AuthenticatorInfo info, Permissions permissions)
      : command_(std::move(command)), info_(std::move(info)), permissions_(std::move(permissions)) {}

  [[nodiscard]] const AuthenticatorInfo& info() const override { return info_; }

  // Where there are no settings to be judged, it is not asked before it is needed: that costs a process.
  Result<void> check(const config::Settings& settings, const Call& call) override {
    if (settings.empty()) return check_settings(info_, settings);
    AUTHHOST_TRY(info, prepare(settings, call));
    info_ = *info;
    return {};
  }

  Result<const AuthenticatorInfo*> prepare(const config::Settings& settings, const Call& call) override {
    AUTHHOST_CHECK(learn(call));
    AUTHHOST_CHECK(check_settings(learned(), settings));
    return &learned();
  }

  Result<RefreshOutcome> refresh(const RefreshRequest& request, const Call& call) override {
    AUTHHOST_CHECK(learn(call));
    if (request.settings != nullptr) AUTHHOST_CHECK(check_settings(learned(), *request.settings));
    const AuthenticatorInfo info = described(request);
    const Call limited = call.within(kLongestLogin);
    authhost_call state(limited, info, permissions_, &request);
    return refresh_result(state, converse("refresh", "credentials", state));
  }

  Result<void> revoke(const RefreshRequest& request, const Call& call) override {
    AUTHHOST_CHECK(learn(call));
    if (!learned().can_revoke) return {};
    const AuthenticatorInfo info = described(request);
    const Call limited = call.within(kLongestLogin);
    authhost_call state(limited, info, permissions_, &request);
    return revoke_result(state, converse("revoke", "done", state));
  }

 private:
  // What it says of itself, asked once. Not put into info_, which others may be looking at once there have been calls.
  Result<void> learn(const Call& call) {
    if (info_.described || learned_ || !command_.describes) return {};
    AUTHHOST_TRY(info, describe_one(command_, info_.id, call));
    learned_ = std::move(info);
    return {};
  }
  [[nodiscard]] const AuthenticatorInfo& learned() const { return learned_ ? *learned_ : info_; }

  // Of a program that has declared no settings, those of the profile: NAME_env, NAME_file and NAME_command mean a secret NAME.
  [[nodiscard]] AuthenticatorInfo described(const RefreshRequest& request) const {
    AuthenticatorInfo info = learned();
    if (info.described || request.settings == nullptr) return info;
    std::map<std::string, std::int32_t> types;
    for (const auto& [key, said] : *request.settings) {
      const std::string_view secret = secret_of_key(key);
      if (!secret.empty()) types[std::string(secret)] = AUTHHOST_SETTING_SECRET;
      else types.emplace(key, type_of(said, config::names_secret(key)));
    }
    for (const auto& [name, type] : types) {
      SettingInfo setting;
      setting.name = name;
      setting.type = type;
      info.settings.push_back(std::move(setting));
    }
    return info;
  }

  static std::int32_t type_of(const config::SettingValue& said, bool secret) {
    if (std::holds_alternative<std::int64_t>(said.value)) return AUTHHOST_SETTING_INTEGER;
    if (std::holds_alternative<bool>(said.value)) return AUTHHOST_SETTING_BOOLEAN;
    if (std::holds_alternative<std::vector<std::string>>(said.value)) return AUTHHOST_SETTING_STRING_LIST;
    return secret ? AUTHHOST_SETTING_SECRET : AUTHHOST_SETTING_STRING;
  }

  // `answer`: the type of a frame that answers this request.
  authhost_status converse(const char* type, const char* answer, authhost_call& state) {
    if (auto over = state.caller.check(); !over) return state.fail(std::move(over).error());  // before it costs a process
    auto request = credentials_request(type, state, !command_.is_runner);
    if (!request) return state.fail(std::move(request).error());
    auto asked = request->line();
    if (!asked) return state.fail(std::move(asked).error());
    auto program = Program::start(command_, [&state](std::string_view line) { return state.redacted(line, kMaxLogLine); });
    if (!program) return state.fail(std::move(program).error());
    (*program)->send(asked->reveal());
    ServiceCalls services(state, command_.is_runner);
    Error strange;  // what was passed over
    for (int frames = 0; frames < kMostFrames; ++frames) {
      auto line = (*program)->receive(state.caller);
      if (line.status() == Status::deadline) return give_up(**program, services, state, answer, late(line.error(), **program));
      if (line.status() == Status::cancelled) return give_up(**program, services, state, answer, std::move(line).error());
      if (!line) return state.fail(ended(std::move(line).error(), strange));
      auto frame = read_frame(line->reveal());
      if (!frame) return state.fail(no_frame(frame.error(), line->reveal()));
      if (frame->type() == "call") {
        serve(**program, services, *frame);
      } else if (const auto status = take(*frame, answer, state)) {
        return *status;
      } else {
        strange = passed_over(*frame, state);
        if (state.log.takes(log::Level::warn)) state.log.write(log::Level::warn, "passed over " + strange.message);
        reply(**program, Frame({{"type", "error"}, {"id", frame->id().value_or(0)}, {"status", "usage"}, {"message", "this is no frame that the host knows"}}));
      }
    }
    return state.fail(Status::plugin, fmt::format("{} wrote more than {} lines", command_.name, kMostFrames), kAuthor);
  }

  // What may be wrong with a program of whose output nothing could be used; in a phrase, and with what to do.
  struct Suspicion {
    const char* phrase = "";
    const char* hint = "";
  };
  [[nodiscard]] Suspicion suspicion(const Program& program) const {
    if (command_.is_runner) return {};
    if (program.in_a_line()) return {", which has begun a line and not ended it", "each frame ends with a newline, and is flushed"};
    if (program.heard()) return {};
    return {", which has written nothing", "a program has to flush each line that it writes: many keep them in a buffer, Python without flush=True; -vv shows its log"};
  }

  // The caller's time ran out, and it may be the program's fault.
  [[nodiscard]] Error late(Error why, const Program& program) const {
    const auto [phrase, hint] = suspicion(program);
    why.message = fmt::format("{} while {} was at work{}", why.message, command_.name, phrase);
    if (*hint != '\0') why.hint = hint;
    return why;
  }

  static Error passed_over(const Frame& frame, const authhost_call& state) {
    const std::vector<std::string> answers = {"credentials", "call", "error", "done"};
    const std::string type = state.redacted(frame.type(), 64);
    if (std::find(answers.begin(), answers.end(), type) == answers.end()) {
      return {Status::plugin, fmt::format("a frame of type \"{}\", which the host does not know", type), suggest(type, answers)};
    }
    return {Status::plugin, fmt::format("a frame of type \"{}\" with the id {}, which is no request's", type, *frame.id()),
            fmt::format("an answer bears the id of its request, {}, or none", kRequestId)};
  }

  static Error ended(Error why, const Error& strange) {
    if (strange.message.empty()) return why;
    why.message += "; it wrote " + strange.message;
    why.hint = strange.hint;
    return why;
  }

  // What it wrote is not shown: it may be a token.
  [[nodiscard]] Error no_frame(const Error& why, std::string_view line) const {
    return {Status::plugin, fmt::format("{} wrote a line of {} bytes that is no frame: {}", command_.name, line.size(), why.message),
            "its standard output holds frames alone, each one line of JSON with a \"type\"; what is for people goes to standard error"};
  }

  static void serve(Program& program, ServiceCalls& services, const Frame& call) {
    if (!call.id()) return reply(program, Frame({{"type", "error"}, {"id", 0}, {"status", "usage"}, {"message", "a call needs an id, which its reply then bears"}}));
    const auto answered = services.answer(call).line();
    if (answered) return program.send(answered->reveal());
    reply(program, Frame({{"type", "reply"}, {"id", call.id().value_or(0)}, {"status", "protocol"}, {"message", answered.error().message}}));
  }
  static void reply(Program& program, const Frame& frame) {
    if (const auto line = frame.line()) program.send(line->reveal());
  }

  // What answers the request; none: something else.
  std::optional<authhost_status> take(const Frame& frame, std::string_view answer, authhost_call& state) const {
    if (frame.id() && *frame.id() != kRequestId) return std::nullopt;
    if (frame.type() == "error") return fail(frame, state);
    if (frame.type() != "credentials" && frame.type() != "done") return std::nullopt;
    if (frame.type() != answer) {
      return state.fail(Status::plugin, fmt::format("{} answered with \"{}\", and \"{}\" was asked for", command_.name, frame.type(), answer), kAuthor);
    }
    return frame.type() == "done" ? AUTHHOST_OK : emit(frame, state);
  }

  authhost_status fail(const Frame& frame, authhost_call& state) const {
    Fields fields(frame.body());
    const std::string word = fields.text("status");
    const auto status = status_of_word(word);
    const std::string message = fields.text("message");
    const std::string hint = fields.text("hint");
    if (!fields.problem().empty() || !status || *status == Status::ok) {
      return state.fail(Status::plugin, fmt::format("{} failed with \"{}\", which is no status: {}", command_.name, safe_text(word, 64), safe_text(message, 300)),
                        kAuthor);
    }
    return state.fail(*status, message, hint);
  }

  authhost_status emit(const Frame& frame, authhost_call& state) const {
    Fields fields(frame.body());
    const Secret access_token = fields.secret("access_token");
    const Secret refresh_token = fields.secret("refresh_token");
    const Secret id_token = fields.secret("id_token");
    const std::string token_type = fields.text("token_type");
    const auto scopes = fields.texts("scopes");
    authhost_credentials raw{};
    raw.size = sizeof raw;
    raw.access_token = borrow(access_token.reveal());
    raw.token_type = borrow(token_type);
    raw.refresh_token = borrow(refresh_token.reveal());
    raw.id_token = borrow(id_token.reveal());
    raw.expires_in_s = fields.integer("expires_in", -1);
    raw.expires_at_ms = fields.integer("expires_at_ms", -1);
    raw.scopes = state.arena.list(scopes);
    raw.n_scopes = scopes.size();
    if (!fields.problem().empty()) return state.fail(Status::protocol, fmt::format("{}: {}", command_.name, fields.problem()), kAuthor);
    host_table().emit_credentials(&state, &raw);
    return AUTHHOST_OK;  // what was wrong with them is in the call
  }

  // The caller has no more time. The program is told, and may still hand over what it has: a refresh token that was spent must not be
  // lost with its successor.
  authhost_status give_up(Program& program, ServiceCalls& services, authhost_call& state, const char* answer, Error why) {
    reply(program, cancel_request());
    const Call last = Call().within(kToObey);
    for (int frames = 0; frames < kMostFrames; ++frames) {
      auto line = program.receive(last);
      if (!line && line.status() != Status::deadline) return state.fail(std::move(why));
      if (!line) break;
      auto frame = read_frame(line->reveal());
      if (!frame) continue;
      if (frame->type() == "call") serve(program, services, *frame);  // which says that it is over
      else if (const auto status = take(*frame, answer, state)) return *status == AUTHHOST_CANCELLED ? state.fail(std::move(why)) : *status;
    }
    if (why.status == Status::cancelled) return state.fail(std::move(why));
    const auto [phrase, hint] = suspicion(program);
    return state.fail(Status::plugin, fmt::format("{}{} did not answer in time, nor when it was told to end, and was killed", command_.name, *phrase != '\0' ? std::string(phrase) + "," : ""),
                      *hint != '\0' ? hint : kAuthor);
  }

  const Command command_;
  AuthenticatorInfo info_;
  std::optional<AuthenticatorInfo> learned_;
  const Permissions permissions_;
};

}  // namespace

Result<Description> describe(const Command& command, const Call& call) {
  Description out;
  AUTHHOST_TRY(program, Program::start(command));
  AUTHHOST_TRY(asked, describe_request().line());
  program->send(asked.reveal());
  program->send_no_more();  // so that one which waits for another request ends
  auto line = program->receive(call.within(kToDescribe));
  if (line.status() == Status::deadline && call.check()) {
    if (command.is_runner) return Error{Status::plugin, fmt::format("{} did not load within {} s", command.name, kToDescribe.count() / 1000), kSlowOne};
    return Error{Status::plugin, fmt::format("{} did not describe itself within {} s", command.name, kToDescribe.count() / 1000), kSilentOne};
  }
  if (line.status() == Status::deadline) return Error{Status::deadline, line.error().message + " while " + command.name + " was asked what it is", command.is_runner ? kSlowOne : kSilentOne};
  if (line.status() == Status::cancelled) return std::move(line).error();
  if (!line) {
    out.silence = std::move(line).error();
    return out;
  }
  out.silence = {Status::plugin, fmt::format("{} does not say what it is", command.name), kAuthor};
  const auto frame = read_frame(line->reveal());
  if (!frame) return out;
  if (frame->type() == "error") {  // the runner's: the plugin cannot be loaded. What does not know the question says something else
    Fields fields(frame->body());
    const std::string message = safe_text(fields.text("message"));
    const auto status = status_of_word(fields.text("status"));
    if (status == Status::plugin || (command.is_runner && status == Status::internal)) return Error{*status, message, safe_text(fields.text("hint"))};
  }
  if (frame->type() != "description") return out;
  auto described = read_description(*frame);
  if (!described) return std::move(described).error().in(command.name);
  out.authenticators = *std::move(described);
  return out;
}

Result<AuthenticatorInfo> describe_one(const Command& command, const std::string& id, const Call& call) {
  if (!command.describes) return undescribed(id);
  AUTHHOST_TRY(said, describe(command, call));
  const bool silent = said.authenticators.empty();
  if (auto described = described_as(std::move(said.authenticators), id)) return *std::move(described);
  AuthenticatorInfo info = undescribed(id);
  info.silence = silent ? safe_text(said.silence.message, 512) : command.name + " describes others";
  return info;
}

std::optional<AuthenticatorInfo> described_as(std::vector<AuthenticatorInfo> all, const std::string& id) {
  const bool alone = all.size() == 1;
  for (auto& info : all) {
    if (info.id != id && !alone) continue;
    info.id = id;
    info.short_name = id.substr(id.rfind('.') + 1);
    return std::move(info);
  }
  return std::nullopt;
}

Command command_of(const std::string& path, std::shared_ptr<const Fd> file, bool describes) {
  return {.name = safe_text(path, 300), .argv = {path}, .program = std::move(file), .env = {"AUTHHOST_PLUGIN_FILE=" + path}, .describes = describes};
}

AuthenticatorInfo undescribed(const std::string& id) {
  AuthenticatorInfo info;
  info.id = id;
  info.short_name = id.substr(id.rfind('.') + 1);
  info.name = info.short_name;
  info.capabilities = AUTHHOST_CAP_OAUTH;  // it may want endpoints; whether it wants a person it says when it is asked
  info.described = false;
  return info;
}

std::unique_ptr<Authenticator> make_exec(Command command, AuthenticatorInfo info, Permissions permissions) {
  return std::make_unique<ExecAuthenticator>(std::move(command), std::move(info), std::move(permissions));
}

}  // namespace authhost::plugins::exec
