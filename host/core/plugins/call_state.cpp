#include "core/plugins/call_state.hpp"

#include <algorithm>
#include <utility>

authhost_call::authhost_call(const authhost::Call& call, const authhost::plugins::AuthenticatorInfo& about,
                             const authhost::plugins::Permissions& allowed, const authhost::plugins::RefreshRequest* work)
    : caller(call), info(about), permissions(allowed), request(work), log(allowed.of_installation ? about.short_name : "plugin " + about.id) {
  if (request == nullptr || request->previous == nullptr) return;
  for (const auto* secret :
       {&request->previous->access_token, &request->previous->refresh_token, &request->previous->id_token}) {
    redactor.add(secret->reveal());
  }
}

authhost_call::~authhost_call() = default;

authhost_status authhost_call::fail(authhost::Error why) {
  error = std::move(why);
  of_host = true;
  return static_cast<authhost_status>(error->status);
}

authhost_status authhost_call::fail(authhost::Status status, std::string message, std::string hint) {
  fail(authhost::Error{status, std::move(message), std::move(hint)});
  of_host = false;
  return static_cast<authhost_status>(status);
}

// Made safe first: what nobody sees must not hide a secret from the redactor, nor a long text keep it busy.
std::string authhost_call::redacted(std::string_view text, std::size_t limit) const {
  return authhost::safe_text(redactor.apply(authhost::safe_text(text, limit)), limit);
}

authhost::Error authhost_call::outcome(authhost_status status, std::string_view what) const {
  using authhost::Error;
  using authhost::Status;
  const auto known = authhost::plugins::known_status(status);
  if (!known || *known == Status::ok) {
    return Error{Status::plugin, std::string(what) + " returned a status that does not exist: " + std::to_string(status),
                 "tell the plugin's author"};
  }
  Error out = error.value_or(Error{});
  if (!error || out.message.empty()) {
    out.message = std::string(what) + " failed without a reason (" + std::string(authhost::status_name(*known)) + ")";
  }
  out.status = *known;
  out.message = redacted(out.message, 1024);
  out.hint = redacted(out.hint, 512);
  if (out.retry_after_ms < 0 && retry_after && *known == Status::unavailable) out.retry_after_ms = retry_after->count();
  return out;
}

namespace authhost::plugins {

std::optional<Status> known_status(authhost_status status) noexcept {
  const auto* found = std::find(std::begin(kAllStatuses), std::end(kAllStatuses), static_cast<Status>(status));
  if (found == std::end(kAllStatuses)) return std::nullopt;
  return *found;
}

}  // namespace authhost::plugins
