#include "core/plugins/call_result.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace authhost::plugins {

namespace {

// What is between host and plugin: the caller did nothing wrong, nor did the host. To him it is a plugin that cannot do its work.
bool is_the_plugins(Status status) {
  return status == Status::not_permitted || status == Status::usage || status == Status::internal || status == Status::store_failed;
}

Error said(authhost_call& call, authhost_status status) {
  Error error = call.outcome(status, call.info.id);
  // Nobody has cancelled anything where time ran out, whatever the plugin takes it for.
  if (error.status == Status::cancelled && !call.caller.cancelled() && call.caller.check().status() == Status::deadline) {
    return {Status::deadline, fmt::format("time ran out while {} was at work", call.info.id), ""};
  }
  const bool hosts = call.of_host && call.error && call.error->status == error.status && error.status != Status::not_permitted;
  if (hosts || !is_the_plugins(error.status)) return error;
  error.status = Status::plugin;
  if (error.hint.empty()) error.hint = "tell the plugin's author";
  const bool named = error.message.find(call.info.id) != std::string::npos;
  return named ? error : std::move(error).in(call.info.id);
}

// None if there are credentials.
std::optional<Error> failure(authhost_call& call, authhost_status status) {
  if (status != AUTHHOST_OK) return said(call, status);
  if (call.emission_error) {
    const auto refused = static_cast<authhost_status>(call.emission_error->status);
    call.error = call.emission_error;
    return call.outcome(refused, call.info.id);
  }
  if (call.emitted) return std::nullopt;
  return Error{Status::plugin, fmt::format("{} returned without credentials", call.info.id), "tell the plugin's author"};
}

}  // namespace

Result<RefreshOutcome> refresh_result(authhost_call& call, authhost_status status) {
  if (call.request->services.prompt) call.request->services.prompt->countdown(std::chrono::seconds{0});  // nobody waits any more
  if (auto failed = failure(call, status)) {
    for (auto& open : call.listeners) {
      if (open.has_page) open.listener->finish({.success = false, .title = "Login failed", .detail = failed->message});
    }
    return *std::move(failed);
  }
  RefreshOutcome outcome;
  outcome.credentials = *std::move(call.emitted);
  outcome.said_expires_at_ms = call.said_expires_at_ms;
  for (auto& open : call.listeners) {
    if (open.has_page) outcome.pages.push_back(std::move(open.listener));
  }
  return outcome;
}

Result<void> revoke_result(authhost_call& call, authhost_status status) {
  if (status == AUTHHOST_OK) return {};
  return said(call, status);
}

}  // namespace authhost::plugins
