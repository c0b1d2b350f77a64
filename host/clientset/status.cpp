#include "clientset/status.hpp"

#include "core/services/redact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <mutex>

namespace authhost {

namespace {

// The failures that this library gave to calls lately, by their text: a status of gRPC's has no room for more.
struct Remembered {
  std::string text;
  Error error;
};
constexpr std::size_t kRemembered = 1024;
std::mutex remembered_mutex;
std::deque<Remembered>& remembered() {
  static auto* const all = new std::deque<Remembered>;  // outlives static objects that still make calls
  return *all;
}

Status status_of(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::OK: return Status::ok;
    case grpc::StatusCode::CANCELLED: return Status::cancelled;
    case grpc::StatusCode::DEADLINE_EXCEEDED: return Status::deadline;
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED: return Status::denied;
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::ABORTED: return Status::unavailable;
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::OUT_OF_RANGE: return Status::usage;
    default: return Status::protocol;
  }
}

std::string_view code_name(grpc::StatusCode code) {
  constexpr std::string_view kNames[] = {"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
      "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
      "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"};
  const auto index = static_cast<std::size_t>(code);
  return index < std::size(kNames) ? kNames[index] : "an unknown code";
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// What to do about a failed call, from its code and gRPC's words for it.
std::string hint_for(const grpc::Status& status) {
  const std::string& text = status.error_message();
  switch (status.error_code()) {  // the others are the application's: its words are about something else
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNIMPLEMENTED:
    case grpc::StatusCode::CANCELLED: break;
    default: return "";
  }
  if (has(text, "CERTIFICATE_VERIFY_FAILED") || has(text, "certificate verify failed") || has(text, "Hostname Verification") ||
      has(text, "is not in peer certificate") || has(text, "handshake failed")) {
    return "check the server's certificate, its host name, and ca_cert_file";
  }
  if (has(text, "selected ALPN")) return "the server speaks TLS, but not HTTP/2: check that this is a gRPC endpoint";
  if (has(text, "Connection refused")) return "check the port, and that the server runs";
  if (has(text, "Socket closed") || has(text, "Connection reset") || has(text, "Stream removed")) {
    return "the peer broke off: check that this is a gRPC endpoint, whether it wants TLS (`insecure`), and whether a proxy or a "
           "login page stands before it";
  }
  if (has(text, "Compression algorithm")) return "the server compresses without being asked: set ChannelOptions::compression";
  if (has(text, "DNS resolution failed") || has(text, "resolve")) return "check the host name";
  if (has(text, "HTTP proxy")) return "check http_proxy";
  if (has(text, "sufficient security level")) {
    return "gRPC sends these credentials of the program's own over TLS alone: leave out `insecure`, or let the session give the token";
  }
  if (has(text, "content-type") || has(text, "http2 header with status")) {
    return "something else than a gRPC server answered: check the endpoint, and whether a proxy or a login page stands before it";
  }
  switch (status.error_code()) {
    case grpc::StatusCode::UNAUTHENTICATED: return "the server rejects the token: check the audience and the scopes, or log in again";
    case grpc::StatusCode::PERMISSION_DENIED: return "the token is good, but its owner may not do this";
    case grpc::StatusCode::CANCELLED: return "the call was ended: by its context, by close(), or by the server";
    case grpc::StatusCode::DEADLINE_EXCEEDED: return "the server is slow, or cannot be reached: a longer deadline gives it more time";
    case grpc::StatusCode::UNIMPLEMENTED: return "the server does not offer this service: check the endpoint and the server's version";
    case grpc::StatusCode::UNAVAILABLE: return "try again later; check the network and the endpoint";
    default: return "";
  }
}

}  // namespace

namespace clientset {

grpc::StatusCode code_of(Status status) {
  switch (status) {
    case Status::ok: return grpc::StatusCode::OK;
    case Status::interaction_required:
    case Status::invalid_grant:
    case Status::denied: return grpc::StatusCode::UNAUTHENTICATED;
    case Status::unavailable: return grpc::StatusCode::UNAVAILABLE;
    case Status::deadline: return grpc::StatusCode::DEADLINE_EXCEEDED;
    case Status::cancelled: return grpc::StatusCode::CANCELLED;
    case Status::not_permitted: return grpc::StatusCode::PERMISSION_DENIED;
    case Status::invalid_config:
    case Status::usage: return grpc::StatusCode::FAILED_PRECONDITION;
    case Status::internal:
    case Status::protocol:
    case Status::store_failed:
    case Status::plugin: return grpc::StatusCode::INTERNAL;
  }
  return grpc::StatusCode::INTERNAL;
}

std::string remembered_text(std::string_view said, const Error& error) {
  Remembered one;
  one.error = error;
  if (!said.empty()) one.error.message = fmt::format("{}; another token could not be had: {}", said, error.message);
  one.text = said.empty() ? "" : fmt::format("{}; another token could not be had: ", said);
  one.text += fmt::format("authhost: {}: {}", status_name(error.status), error.message);
  if (!error.hint.empty()) one.text += fmt::format(" (hint: {})", error.hint);
  std::string text = one.text;
  const std::lock_guard lock(remembered_mutex);
  auto& all = remembered();
  if (std::none_of(all.begin(), all.end(), [&](const Remembered& other) { return other.text == text; })) {
    all.push_back(std::move(one));
    if (all.size() > kRemembered) all.pop_front();
  }
  return text;
}

}  // namespace clientset

Error to_error(const grpc::Status& status, std::string_view endpoint) {
  const std::string where = safe_text(endpoint, 200);
  const std::string& text = status.error_message();
  {
    const std::lock_guard lock(remembered_mutex);
    for (const auto& one : remembered()) {
      if (one.text == text) return Error{one.error.status, where + ": " + safe_text(one.error.message, 1024), one.error.hint};
    }
  }
  return Error{status_of(status.error_code()), fmt::format("{}: {}: {}", where, code_name(status.error_code()), safe_text(text, 1024)),
               hint_for(status)};
}

}  // namespace authhost
