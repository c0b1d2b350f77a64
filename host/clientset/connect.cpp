#include "clientset/connect.hpp"

#include "clientset/transport.hpp"

#include "core/services/redact.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace authhost::clientset {

namespace {

constexpr std::chrono::seconds kSecondThought{1};  // a channel that fails again at once may never leave that state

// What the peer makes of an HTTP request that holds no secret; under the same roots and proxy, without a client certificate.
Result<HttpResponse> glance(const config::Endpoint& endpoint, bool tls, const config::Profile& profile, const Call& call) {
  const bool ipv6 = endpoint.host.find(':') != std::string::npos;
  HttpRequest request;
  request.url = fmt::format("{}://{}{}{}:{}/", tls ? "https" : "http", ipv6 ? "[" : "", endpoint.host, ipv6 ? "]" : "", endpoint.port);
  request.plaintext = !tls;
  return make_http_for(profile)->send(request, call);
}

// gRPC does not say why a channel cannot connect. The same peer, asked over HTTP, makes a sentence of it.
Error diagnose(const config::Endpoint& endpoint, config::Profile profile, std::chrono::milliseconds limit) {
  const std::string target = safe_text(endpoint.target, 200);
  if (endpoint.host.empty()) {
    return {Status::unavailable, fmt::format("{} cannot be reached", target), "check that the server runs and that its socket is there"};
  }
  const Call call = Call().within(limit);
  auto answer = glance(endpoint, endpoint.secure, profile, call);
  if (answer.status() == Status::deadline) {
    return {Status::unavailable, fmt::format("{}: no connection came about, and there was no time left to learn why", target),
            "check the endpoint; a longer limit says more"};
  }
  const auto says = [&](std::string_view part) { return !answer && answer.error().message.find(part) != std::string::npos; };
  // OpenSSL's words for an answer to its hello that is not TLS. A server that is asked in plaintext and answers proves nothing: many
  // with TLS do, and so does a proxy.
  if (endpoint.secure && (says("wrong version number") || says("packet length too long"))) {
    return {Status::protocol, fmt::format("{}: the server speaks no TLS there ({})", target, safe_text(answer.error().message, 300)),
            "check the port; `insecure` is for a service that is meant to be in plaintext"};
  }
  if (says("certificate required")) {
    return {Status::protocol, fmt::format("{}: the server wants a client certificate", target), "set client_certificate_file and client_key_file"};
  }
  if (!endpoint.secure) {
    profile.insecure_skip_verify = true;  // whether it speaks TLS at all
    if (glance(endpoint, true, profile, call)) {
      return {Status::protocol, fmt::format("{}: the server wants TLS, and this channel is plaintext", target),
              "leave out `insecure`, or check the port"};
    }
  }
  if (!answer && (endpoint.secure || answer.status() != Status::protocol)) return std::move(answer).error();
  return {Status::protocol, fmt::format("{}: no gRPC connection came about, although something answers there", target),
          "check that this is a gRPC endpoint; with a client certificate, also that client_key_file belongs to it"};
}

}  // namespace

grpc_connectivity_state wait_for_connection(grpc::Channel& channel, std::chrono::system_clock::time_point deadline) {
  for (;;) {
    const auto state = channel.GetState(true);
    if (state == GRPC_CHANNEL_READY || state == GRPC_CHANNEL_TRANSIENT_FAILURE) return state;
    if (!channel.WaitForStateChange(state, deadline)) return state;
  }
}

Result<void> connect(grpc::Channel& channel, const config::Endpoint& endpoint, const config::Profile& profile,
                     std::chrono::milliseconds limit) {
  limit = std::clamp<std::chrono::milliseconds>(limit, std::chrono::milliseconds{0}, std::chrono::hours{24 * 365});
  const auto deadline = std::chrono::system_clock::now() + limit;
  // It may have failed before this call, and be waiting to try again: now is the time.
  if (channel.GetState(true) == GRPC_CHANNEL_TRANSIENT_FAILURE) {
    grpc::experimental::ChannelResetConnectionBackoff(&channel);
    channel.WaitForStateChange(GRPC_CHANNEL_TRANSIENT_FAILURE, std::min(deadline, std::chrono::system_clock::now() + kSecondThought));
  }
  const auto state = wait_for_connection(channel, deadline);
  if (state == GRPC_CHANNEL_TRANSIENT_FAILURE) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::system_clock::now());
    return diagnose(endpoint, profile, std::max(left, std::chrono::milliseconds{1}));
  }
  if (state != GRPC_CHANNEL_READY) {
    return Error{Status::deadline, fmt::format("{}: no connection within {} ms", safe_text(endpoint.target, 200), limit.count()),
                 "check the endpoint and the network between; http_proxy, if one is needed"};
  }
  return {};
}

}  // namespace authhost::clientset
