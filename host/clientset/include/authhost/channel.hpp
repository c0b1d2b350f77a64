// Authenticated gRPC channels, for any service.
//
//   auto session = authhost::Session::for_profile("prod");
//   auto channel = authhost::make_channel("my-service:443", session);
//   if (!channel) return report(channel.error());
//   auto stub = MyService::NewStub(*channel);
//
// Every call on such a channel carries the session's token. A token that the server rejects (UNAUTHENTICATED) is refreshed, once
// however many calls were rejected, and the call is repeated once with the new one, of whatever kind it is: unary, client-,
// server- or bidirectional streaming; never after the first response, nor after as many attempts in trouble as rpc_retries allows. When
// that does not help, the caller sees the server's own status. A call with credentials or an authorization header of its own keeps those.
#pragma once

#include <authhost/result.hpp>
#include <authhost/session.hpp>

#include <grpcpp/channel.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace authhost {

// What a channel can be told, beside the TLS and proxy settings that it has from its session.
struct ChannelOptions {
  // How often a call is sent again when the server or the connection is in trouble (UNAVAILABLE, RESOURCE_EXHAUSTED, INTERNAL):
  // 0 to 4. After 20 ms, 200 ms, then 2 s, or as the server asks. The repeat with a new token counts among them; there is one with 0.
  int rpc_retries = 3;
  std::string client_certificate_file = {};  // PEM; with client_key_file: mutual TLS
  std::string client_key_file = {};
  // "none", "deflate", "gzip": of what this side sends, and whether the server may compress at all. gRPC unpacks a message before it
  // looks at its size: only for servers that are trusted not to send a bomb.
  std::string compression = "none";
  int max_receive_message_bytes = 4 << 20;   // -1: no limit
  int max_send_message_bytes = -1;
  std::chrono::milliseconds keepalive_time{0};     // between pings on a silent connection; 0: none
  std::chrono::milliseconds keepalive_timeout{20'000};
  std::string user_agent = {};               // put before gRPC's own; not through `arguments`
  // Anything else that gRPC knows. What it says wins over the above; with a service config of the program's own, calls are
  // repeated only as far as that says.
  grpc::ChannelArguments arguments = {};
};

// A channel to `target` (host, host:port, dns:///…, https://…, unix:…), with the session's credentials, CA, proxy and `insecure`.
// Does not connect yet; does not block. INVALID_CONFIG: a target, file or option that cannot be used.
// The session's tokens go to this target alone. Thread-safe, as is the channel.
Result<std::shared_ptr<grpc::Channel>> make_channel(std::string_view target, const Session& session, ChannelOptions options = {});
// A session that could not be opened passes its error on.
Result<std::shared_ptr<grpc::Channel>> make_channel(std::string_view target, const Result<Session>& session,
                                                    ChannelOptions options = {});

// Connects, which calls would do by themselves, and says what is wrong where they only fail: with the endpoint, the cause and what
// to do. `target` and `session` as for make_channel. UNAVAILABLE, PROTOCOL (TLS, or no gRPC there), DEADLINE. Blocks for at most `limit`.
Result<void> connect(const std::shared_ptr<grpc::Channel>& channel, std::string_view target, const Session& session,
                     std::chrono::milliseconds limit = std::chrono::seconds{10});

// A call's status as an Error: with the endpoint, the cause and what to do. Precondition: !status.ok(). A failure to get
// credentials, which gRPC can only report as a code, has its own Status again (interaction-required, invalid-grant, …).
Error to_error(const grpc::Status& status, std::string_view endpoint);

}  // namespace authhost
