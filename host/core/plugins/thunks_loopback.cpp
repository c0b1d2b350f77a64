// authhost.loopback/1. Listeners belong to the call: what the plugin forgets, the host closes.
#include "core/plugins/host_table.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace authhost::plugins {
namespace {

constexpr std::size_t kMaxListeners = 4;

LoopbackListener* inside(authhost_loopback* listener) { return reinterpret_cast<LoopbackListener*>(listener); }

// The call's own record of the listener; end() if the plugin made the pointer up or closed it.
auto find(authhost_call* call, authhost_loopback* listener) {
  return std::find_if(call->listeners.begin(), call->listeners.end(),
                      [&](const OpenListener& open) { return open.listener.get() == inside(listener); });
}

authhost_status open(authhost_call* call, const authhost_loopback_options* options, authhost_loopback** out,
                     authhost_str* redirect_uri) {
  return guarded_work(call, [&]() -> authhost_status {
    constexpr auto kNeeded = offsetof(authhost_loopback_options, issuer) + sizeof(options->issuer);
    if (!covers(options, kNeeded) || out == nullptr || redirect_uri == nullptr) {
      return call->fail(Status::usage, "loopback.open was called wrongly");
    }
    if (!call->request->services.loopback) {
      return call->fail(Status::usage, "there is no loopback listener in this call");
    }
    if (call->listeners.size() >= kMaxListeners) return call->fail(Status::usage, "too many loopback listeners in one call");
    if (options->port < 0 || options->port > 65535) {
      return call->fail(Status::invalid_config, "the redirect port has to be 0 to 65535", "choose a free port above 1023");
    }
    auto opened = call->request->services.loopback->open(
        {.redirect_uri = std::string(view(options->redirect_uri)),
         .port = static_cast<int>(options->port),
         .issuer = std::string(view(options->issuer))},
        call->caller);
    if (!opened) return call->fail(std::move(opened).error());
    call->listeners.push_back({*std::move(opened), false});
    auto* listener = call->listeners.back().listener.get();
    *redirect_uri = call->arena.copy(listener->redirect_uri());
    *out = reinterpret_cast<authhost_loopback*>(listener);
    return AUTHHOST_OK;
  });
}

authhost_status wait(authhost_call* call, authhost_loopback* listener, const authhost_loopback_expect* expect,
                     authhost_loopback_result* out) {
  return guarded_work(call, [&]() -> authhost_status {
    constexpr auto kNeededIn = offsetof(authhost_loopback_expect, iss_required) + sizeof(expect->iss_required);
    constexpr auto kNeededOut = offsetof(authhost_loopback_result, error_description) + sizeof(out->error_description);
    const auto open = find(call, listener);
    if (open == call->listeners.end() || !covers(expect, kNeededIn) || !covers(out, kNeededOut)) {
      return call->fail(Status::usage, "loopback.wait was called wrongly");
    }
    call->redactor.add(view(expect->state));
    constexpr auto kWithTimeout = offsetof(authhost_loopback_expect, timeout_ms) + sizeof(expect->timeout_ms);
    const bool limited = covers(expect, kWithTimeout) && expect->timeout_ms > 0;
    auto answered = open->listener->wait({.state = std::string(view(expect->state)),
                                          .issuer = std::string(view(expect->issuer)),
                                          .iss_required = expect->iss_required != 0},
                                         limited ? call->caller.within(Milliseconds{expect->timeout_ms}) : call->caller);
    if (!answered) return call->fail(std::move(answered).error());
    open->has_page = true;
    call->redactor.add(answered->code);
    authhost_loopback_result result{};
    result.code = call->arena.copy(answered->code);
    result.error = call->arena.copy(answered->error);
    result.error_description = call->arena.copy(answered->error_description);
    wipe(answered->code);
    fill(out, result);
    return AUTHHOST_OK;
  });
}

// A listener whose browser still waits stays until the outcome is known; the others close now.
void close(authhost_call* call, authhost_loopback* listener) {
  guarded_or<int>(0, [&] {
    const auto open = find(call, listener);
    if (open != call->listeners.end() && !open->has_page) call->listeners.erase(open);
    return 0;
  });
}

}  // namespace

const authhost_loopback_service& loopback_table() noexcept {
  static const authhost_loopback_service table = {sizeof(authhost_loopback_service), &open, &wait, &close};
  return table;
}

}  // namespace authhost::plugins
