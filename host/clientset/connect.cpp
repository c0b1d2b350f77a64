#include "clientset/connect.hpp"

#include "clientset/transport.hpp"

#include "core/services/redact.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace authhost::clientset {

namespace {

constexpr std::chrono::seconds kSecondThought{1};  // a channel that fails again at once may never leave that state

// gRPC does not say why a channel cannot connect. The same peer, asked over HTTP under the same settings, makes a sentence of it.
Error diagnose(const config::Endpoint& endpoint, const config::Profile& profile, std::chrono::milliseconds limit) {
  const std::string target = safe_text(endpoint.target, 200);
  if (endpoint.host.empty()) {
    return {Status::unavailable, fmt::format("{} cannot be reached", target), "check that the server runs and that its socket is there"};
  }
  HttpRequest request;
  const bool ipv6 = endpoint.host.find(':') != std::string::npos;
  request.url = fmt::format("{}://{}{}{}:{}/", endpoint.secure ? "https" : "http", ipv6 ? "[" : "", endpoint.host,
                            ipv6 ? "]" : "", endpoint.port);
  request.plaintext = !endpoint.secure;
  Call call;
  auto answer = make_http_for(profile)->send(request, call.within(limit));
  if (!answer && answer.status() != Status::deadline) return std::move(answer).error().in(target);
  return {Status::protocol, fmt::format("{}: no gRPC connection came about, although something answers there", target),
          "check that this is a gRPC endpoint, that its certificate is for this host name, and whether it wants TLS (`insecure`)"};
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
