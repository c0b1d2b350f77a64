// Result<T>: a value, or an Error that says what failed, why, and what to do.
//
// Expected outcomes travel as Result; only bugs throw. Each layer may add one phrase with `Error::in`.
#pragma once

#include <authhost/abi.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace authhost {

// The status of an operation; also the exit status of the command line (docs/troubleshooting.md has a row for each).
enum class Status : std::int32_t {
  ok = AUTHHOST_OK,
  internal = AUTHHOST_INTERNAL,
  usage = AUTHHOST_USAGE,
  invalid_config = AUTHHOST_INVALID_CONFIG,
  interaction_required = AUTHHOST_INTERACTION_REQUIRED,
  denied = AUTHHOST_DENIED,
  unavailable = AUTHHOST_UNAVAILABLE,
  protocol = AUTHHOST_PROTOCOL,
  store_failed = AUTHHOST_STORE_FAILED,
  plugin = AUTHHOST_PLUGIN,
  invalid_grant = AUTHHOST_INVALID_GRANT,
  deadline = AUTHHOST_DEADLINE,
  not_permitted = AUTHHOST_NOT_PERMITTED,
  cancelled = AUTHHOST_CANCELLED,
};

inline constexpr Status kAllStatuses[] = {
    Status::ok,       Status::internal,     Status::usage,  Status::invalid_config, Status::interaction_required,
    Status::denied,   Status::unavailable,  Status::protocol, Status::store_failed, Status::plugin,
    Status::invalid_grant, Status::deadline, Status::not_permitted, Status::cancelled};

// The name as JSON output and docs spell it, e.g. "invalid-grant".
constexpr std::string_view status_name(Status status) noexcept {
  switch (status) {
    case Status::ok: return "ok";
    case Status::internal: return "internal";
    case Status::usage: return "usage";
    case Status::invalid_config: return "invalid-config";
    case Status::interaction_required: return "interaction-required";
    case Status::denied: return "denied";
    case Status::unavailable: return "unavailable";
    case Status::protocol: return "protocol";
    case Status::store_failed: return "store-failed";
    case Status::plugin: return "plugin";
    case Status::invalid_grant: return "invalid-grant";
    case Status::deadline: return "deadline";
    case Status::not_permitted: return "not-permitted";
    case Status::cancelled: return "cancelled";
  }
  return "internal";
}

// What failed and why (`message`), and what to do about it (`hint`, may be empty). Holds no secret.
struct [[nodiscard]] Error {
  Status status = Status::internal;
  std::string message;
  std::string hint;
  std::int64_t retry_after_ms = -1;  // how long the server asked us to stay away; -1: it did not say

  // Adds the phrase of one more layer in front: "refreshing prod: connection refused". An empty message stays so: the host has the
  // words, and a phrase alone would take their place.
  [[nodiscard]] Error in(std::string_view what) && {
    if (!message.empty()) message.insert(0, ": ").insert(0, what);
    return std::move(*this);
  }
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}     // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  // Precondition: ok().
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }

  // Precondition: !ok().
  [[nodiscard]] Error& error() & { return std::get<1>(state_); }
  [[nodiscard]] const Error& error() const& { return std::get<1>(state_); }
  [[nodiscard]] Error&& error() && { return std::get<1>(std::move(state_)); }

  [[nodiscard]] Status status() const noexcept { return ok() ? Status::ok : std::get<1>(state_).status; }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const noexcept { return !error_; }
  explicit operator bool() const noexcept { return ok(); }
  [[nodiscard]] Error& error() & { return *error_; }
  [[nodiscard]] const Error& error() const& { return *error_; }
  [[nodiscard]] Error&& error() && { return *std::move(error_); }
  [[nodiscard]] Status status() const noexcept { return error_ ? error_->status : Status::ok; }

 private:
  std::optional<Error> error_;
};

// Returns from the enclosing function with the error of `expr`, if it is one.
#define AUTHHOST_CHECK(expr)                                                  \
  do {                                                                        \
    if (auto authhost_check_ = (expr); !authhost_check_.ok()) {               \
      return std::move(authhost_check_).error();                              \
    }                                                                         \
  } while (false)

// Declares `name` with the value of `expr`, or returns with its error: AUTHHOST_TRY(token, fetch());
#define AUTHHOST_TRY(name, expr)                                              \
  auto name##_result_ = (expr);                                               \
  if (!name##_result_.ok()) return std::move(name##_result_).error();         \
  auto name = std::move(*name##_result_)

}  // namespace authhost
