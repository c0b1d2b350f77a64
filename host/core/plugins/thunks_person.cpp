// authhost.browser/1 and authhost.prompt/1: what reaches a person.
#include "core/plugins/host_table.hpp"

#include "core/services/http_url.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace authhost::plugins {
namespace {

constexpr std::size_t kMaxUserCode = 64;
constexpr std::size_t kMaxNotice = 3072;
constexpr int kMostNotices = 100;  // in one call, and codes
constexpr int kMostPages = 10;     // in the browser, in one call
constexpr std::int64_t kMaxLifeSeconds = std::int64_t{24} * 3600;

bool may_interact(const authhost_call* call) { return call->request != nullptr && call->caller.may_interact; }

authhost_status nobody_to_ask(authhost_call* call) {
  return call->fail(Status::interaction_required, "a person has to act, and none may be asked",
                    "log in where a browser or a terminal is: authhost login");
}

// A person has to see who speaks: a plugin's words must not pass for the host's. (A second time changes nothing: they may come through a
// runner.)
std::string in_its_name(const authhost_call* call, std::string words) {
  const std::string who = "plugin " + call->info.id + ": ";
  if (!call->permissions.of_installation && words.rfind(who, 0) != 0) words.insert(0, who);
  return words;
}

// ---- browser ----

std::int32_t browser_available(authhost_call* call) {
  return guarded_or<std::int32_t>(0, [&] {
    return may_interact(call) && call->request->services.browser && call->request->services.browser->available("") ? 1 : 0;
  });
}

authhost_status browser_open(authhost_call* call, authhost_str url, authhost_str command) {
  return guarded_work(call, [&]() -> authhost_status {
    if (!may_interact(call) || !call->request->services.browser) return nobody_to_ask(call);
    if (++call->pages > kMostPages) return call->fail(Status::usage, "a plugin opens a browser at most ten times in a call");
    auto opened = call->request->services.browser->open(punycode_url(view(url)), view(command), call->caller);
    if (!opened) return call->fail(std::move(opened).error());
    return AUTHHOST_OK;
  });
}

// ---- prompt ----

Prompt* prompt_of(const authhost_call* call) {
  return may_interact(call) ? call->request->services.prompt.get() : nullptr;
}

std::int32_t prompt_available(authhost_call* call) {
  return guarded_or<std::int32_t>(0, [&] {
    const auto* prompt = prompt_of(call);
    return prompt != nullptr && prompt->available() ? 1 : 0;
  });
}

// What nobody can read is not an error: the flow goes on. Not redacted: the address that a person is to open by hand holds
// the state and the challenge of the attempt, and is of no use without them.
authhost_status notice(authhost_call* call, authhost_str line) {
  return guarded_work(call, [&]() -> authhost_status {
    auto* prompt = prompt_of(call);
    if (prompt != nullptr && ++call->notices <= kMostNotices) prompt->notice(in_its_name(call, safe_text(view(line), kMaxNotice)));
    return AUTHHOST_OK;
  });
}

// O50, O51: shown to a person who will trust it, so it has to be what it looks like.
authhost_status show_code(authhost_call* call, const authhost_prompt_code* code) {
  return guarded_work(call, [&]() -> authhost_status {
    constexpr auto kNeeded = offsetof(authhost_prompt_code, qr) + sizeof(code->qr);
    if (!covers(code, kNeeded)) return call->fail(Status::usage, "prompt.show_code was given too small a struct");
    auto* prompt = prompt_of(call);
    if (prompt == nullptr) return nobody_to_ask(call);
    const auto uri = punycode_url(view(code->verification_uri));
    if (auto checked = check_oauth_url("verification_uri", uri, true); !checked) {
      return call->fail(Status::protocol, checked.error().message, "the authorization server sent it; do not follow it");
    }
    const auto user_code = view(code->user_code);
    if (user_code.empty() || user_code.size() > kMaxUserCode || user_code.find('\0') != std::string_view::npos ||
        safe_text(user_code, kMaxUserCode) != user_code) {
      return call->fail(Status::protocol, "the user code is not a code that a person could type",
                        "the authorization server sent it");
    }
    PromptCode shown;
    shown.verification_uri = uri;
    shown.user_code = std::string(user_code);
    const auto complete = punycode_url(view(code->verification_uri_complete));
    if (!complete.empty() && check_oauth_url("verification_uri_complete", complete, true).ok()) {
      shown.verification_uri_complete = complete;
    }
    shown.expires_in = std::chrono::seconds{std::clamp<std::int64_t>(code->expires_in_s, 0, kMaxLifeSeconds)};
    shown.qr = code->qr != 0;
    if (++call->notices > kMostNotices) return AUTHHOST_OK;
    if (!call->permissions.of_installation) prompt->notice(in_its_name(call, "it asks you to open an address and to enter a code:"));
    prompt->show_code(shown);
    return AUTHHOST_OK;
  });
}

authhost_status countdown(authhost_call* call, std::int64_t seconds_left) {
  return guarded_work(call, [&]() -> authhost_status {
    if (auto* prompt = prompt_of(call)) {
      prompt->countdown(std::chrono::seconds{std::clamp<std::int64_t>(seconds_left, 0, kMaxLifeSeconds)});
    }
    return AUTHHOST_OK;
  });
}

authhost_status ask(authhost_call* call, authhost_str question, std::uint32_t flags, authhost_str* out) {
  return guarded_work(call, [&]() -> authhost_status {
    if (out == nullptr) return call->fail(Status::usage, "prompt.ask was given a null pointer");
    *out = {"", 0};
    auto* prompt = prompt_of(call);
    if (prompt == nullptr) return nobody_to_ask(call);
    const bool secret = (flags & AUTHHOST_PROMPT_SECRET) != 0;
    auto answer = prompt->ask(in_its_name(call, safe_text(view(question))), secret, call->caller);
    if (!answer) return call->fail(std::move(answer).error());
    if (secret) call->redactor.add(answer->reveal());
    *out = call->arena.copy(answer->reveal());
    return AUTHHOST_OK;
  });
}

}  // namespace

const authhost_browser_service& browser_table() noexcept {
  static const authhost_browser_service table = {sizeof(authhost_browser_service), &browser_available, &browser_open};
  return table;
}

const authhost_prompt_service& prompt_table() noexcept {
  static const authhost_prompt_service table = {sizeof(authhost_prompt_service), &prompt_available, &notice, &show_code,
                                                &countdown, &ask};
  return table;
}

}  // namespace authhost::plugins
