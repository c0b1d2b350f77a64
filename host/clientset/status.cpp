#include "clientset/status.hpp"

#include "core/services/redact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>
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
    case grpc::StatusCode::NOT_FOUND:
    case grpc::StatusCode::ALREADY_EXISTS:
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

// What gRPC itself says of a connection or an answer, and what to do about it.
struct Known {
  std::string_view said;
  const char* hint;
};
constexpr std::string_view kUntrusted[] = {"CERTIFICATE_VERIFY_FAILED", "certificate verify failed", "Hostname Verification",
                                           "is not in peer certificate"};
constexpr const char* kCertificate = "check the server's certificate, its host name, and ca_cert_file; connect() says which it is";
constexpr const char* kBrokenOff =
    "the peer broke off: check that this is a gRPC endpoint, whether it wants TLS or plaintext (`insecure`), and whether a proxy or a "
    "login page stands before it";
constexpr Known kKnown[] = {
    {"wrong version number", "the server speaks no TLS on this port: check the port; a service in plaintext needs `insecure`"},
    {"WRONG_VERSION_NUMBER", "the server speaks no TLS on this port: check the port; a service in plaintext needs `insecure`"},
    {"handshake failed", "check that the server speaks TLS on this port, its certificate, its host name, and ca_cert_file"},
    {"selected ALPN", "the server speaks TLS, but not HTTP/2: check that this is a gRPC endpoint"},
    {"Connection refused", "check the port, and that the server runs"},
    {"Socket closed", kBrokenOff},
    {"Connection reset", kBrokenOff},
    {"Stream removed", kBrokenOff},
    {"Compression algorithm", "the server compresses without being asked: set ChannelOptions::compression"},
    {"DNS resolution failed", "check the host name"},
    {"empty address list", "gRPC could not use what it was given: check ca_cert_file, and that client_key_file belongs to client_certificate_file"},
    {"HTTP proxy", "check http_proxy"},
    {"sufficient security level",
     "gRPC sends these credentials of the program's own over TLS alone: leave out `insecure`, or let the session give the token"},
    {"content-type", "something else than a gRPC server answered: check the endpoint, and whether a proxy or a login page stands before it"},
    {"http2 header with status",
     "something else than a gRPC server answered: check the endpoint, and whether a proxy or a login page stands before it"},
};

const char* hint_for(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::CANCELLED: return "the call was ended: by its context, by close(), or by the server";
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::DATA_LOSS: return "the fault is the server's: its log may say more, with the call's x-request-id";
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::OUT_OF_RANGE: return "the server takes no such request: correct what it names";
    case grpc::StatusCode::NOT_FOUND: return "check the name, and in which project, domain and organisation it is looked for";
    case grpc::StatusCode::ALREADY_EXISTS: return "choose another name, or use what is there";
    case grpc::StatusCode::FAILED_PRECONDITION: return "put right what the server names, then try again";
    case grpc::StatusCode::RESOURCE_EXHAUSTED: return "a limit is reached: the server's, or max_receive_message_bytes; ask for less, or later";
    case grpc::StatusCode::ABORTED: return "somebody else changed the same thing: read it again, then try again";
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "the server, or the token endpoint before it, is slow or cannot be reached: a longer deadline gives them more time";
    case grpc::StatusCode::UNAUTHENTICATED: return "the server rejects the token: check the audience and the scopes, or log in again";
    case grpc::StatusCode::PERMISSION_DENIED: return "the token is good, but its owner may not do this";
    case grpc::StatusCode::UNIMPLEMENTED: return "the server does not offer this service: check the endpoint and the server's version";
    case grpc::StatusCode::UNAVAILABLE: return "try again later; check the network and the endpoint";
    default: return "check the server's version: it uses a code that gRPC does not know";
  }
}

std::string hint_for(const grpc::Status& status) {
  switch (status.error_code()) {  // with these gRPC itself may be speaking; with the others it is the application
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNIMPLEMENTED:
    case grpc::StatusCode::CANCELLED:
      if (clientset::says_untrusted(status.error_message())) return kCertificate;
      for (const auto& [said, hint] : kKnown) {
        if (has(status.error_message(), said)) return hint;
      }
      break;
    default: break;
  }
  return hint_for(status.error_code());
}

}  // namespace

namespace clientset {

bool says_untrusted(std::string_view message) {
  // A server may speak of certificates, too: those of others.
  return has(message, "failed to connect to all addresses") &&
         std::any_of(std::begin(kUntrusted), std::end(kUntrusted), [&](std::string_view part) { return has(message, part); });
}

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
  std::string message = fmt::format("{}: {}", where, code_name(status.error_code()));
  if (!text.empty()) message += ": " + safe_text(text, 1024);
  return Error{status_of(status.error_code()), std::move(message), hint_for(status)};
}

}  // namespace authhost
