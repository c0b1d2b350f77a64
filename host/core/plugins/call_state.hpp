// authhost_call: one call from the host into a plugin, as the host sees it.
#pragma once

#include "core/plugins/arena.hpp"
#include "core/plugins/authenticator.hpp"
#include "core/services/log.hpp"
#include "core/services/redact.hpp"

#include <authhost/services.h>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace authhost::plugins {

// What the manifest and the descriptor together allow one authenticator.
struct Permissions {
  std::string manifest;                // for hints
  std::vector<std::string> granted;    // full service names
  std::vector<std::string> declared;   // the descriptor's services_needed
  bool of_installation = false;        // a built-in one: its words to the person are the host's
};

// A redirect listener that the plugin opened during this call.
struct OpenListener {
  std::unique_ptr<LoopbackListener> listener;
  bool has_page = false;  // a browser waits for the outcome
};

inline std::string_view view(authhost_str text) noexcept {
  return text.data != nullptr ? std::string_view(text.data, text.size) : std::string_view();
}
// Borrows: `text` has to live until the call ends.
inline authhost_str borrow(std::string_view text) noexcept { return {text.data(), text.size()}; }

}  // namespace authhost::plugins

// Opaque to plugins. Lives on the stack of the host function that makes the call; used by its thread only.
struct authhost_call {
  // `work` is null in `create`, which does no I/O.
  authhost_call(const authhost::Call& call, const authhost::plugins::AuthenticatorInfo& about,
                const authhost::plugins::Permissions& allowed, const authhost::plugins::RefreshRequest* work);
  ~authhost_call();
  authhost_call(const authhost_call&) = delete;
  authhost_call& operator=(const authhost_call&) = delete;

  const authhost::Call& caller;
  const authhost::plugins::AuthenticatorInfo& info;
  const authhost::plugins::Permissions& permissions;
  const authhost::plugins::RefreshRequest* request;

  authhost::plugins::Arena arena;
  authhost::Redactor redactor;
  std::optional<authhost::Error> error;
  bool of_host = false;  // the error is the host's, or a service's: not one that the plugin has made
  std::optional<authhost::Credentials> emitted;
  std::int64_t said_expires_at_ms = -1;  // of what was emitted
  std::optional<authhost::Error> emission_error;
  std::vector<authhost::plugins::OpenListener> listeners;
  int notices = 0;
  int pages = 0;
  authhost::log::Voice log;
  std::optional<authhost::Milliseconds> retry_after;  // of the last HTTP answer
  std::optional<authhost::WallTime> server_date;      // of the last HTTP answer

  // Records an error of the host or of a service, and returns its status: the way out of every thunk.
  authhost_status fail(authhost::Error why);
  // The same for what the plugin says, or has done wrong.
  authhost_status fail(authhost::Status status, std::string message, std::string hint = {});

  // A plugin's text as it may be shown or logged: without secrets, on one line, of at most `limit` bytes.
  [[nodiscard]] std::string redacted(std::string_view text, std::size_t limit) const;

  // The error with which the call ends when the plugin returned `status`: redacted and safe to show.
  [[nodiscard]] authhost::Error outcome(authhost_status status, std::string_view what) const;
};

namespace authhost::plugins {

// Runs the body of a thunk: no exception gets past it into C.
template <class Body>
authhost_status guarded(authhost_call* call, Body&& body) noexcept {
  try {
    return body();
  } catch (const std::exception& error) {
    try {
      return call->fail(Error{Status::internal, std::string("the host failed: ") + error.what(), ""});
    } catch (...) {
    }
  } catch (...) {
  }
  return AUTHHOST_INTERNAL;
}

// The same for what there is not in `create` (docs/abi.md, R13).
template <class Body>
authhost_status guarded_work(authhost_call* call, Body&& body) noexcept {
  return guarded(call, [&]() -> authhost_status {
    if (call->request != nullptr) return body();
    return call->fail(Status::usage, "create does no I/O, asks nobody and keeps nothing: do that in refresh");
  });
}

// The same for thunks that answer something else than a status.
template <class T, class Body>
T guarded_or(T otherwise, Body&& body) noexcept {
  try {
    return body();
  } catch (...) {
    return otherwise;
  }
}

// Whether a struct that a plugin wrote is at least as big as its first version.
template <class T>
bool covers(const T* thing, std::size_t needed) noexcept {
  return thing != nullptr && thing->size >= needed;
}

// Fills a plugin's struct as far as both sides know it; its size then says how far that was.
template <class T>
void fill(T* out, T value) noexcept {
  value.size = std::min<std::size_t>(out->size, sizeof(T));
  std::memcpy(out, &value, value.size);
}

// `Status` of a plugin's number; none if there is no such status.
std::optional<Status> known_status(authhost_status status) noexcept;

}  // namespace authhost::plugins
