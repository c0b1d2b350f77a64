// Transport: how to reach a server: its target, TLS, proxy and gRPC's channel arguments, out of a profile and ChannelOptions.
#pragma once

#include "core/config/endpoint.hpp"
#include "core/config/profile.hpp"
#include "core/services/http.hpp"

#include <authhost/channel.hpp>

#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>

namespace authhost::clientset {

struct Transport {
  config::Endpoint endpoint;
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  grpc::ChannelArguments arguments;
  int rpc_retries = 0;
};

// `target` instead of the profile's endpoint, under its TLS and proxy settings. Reads the files that they name. INVALID_CONFIG.
Result<Transport> make_transport(std::string_view target, const config::Profile& profile, const ChannelOptions& options);

// The same for a target that a server names, and not the program: a host and a port alone, and with no name but its own in
// certificate and authority.
Result<Transport> make_transport_to_named(std::string_view target, const config::Profile& profile, ChannelOptions options);

// HTTP under the same settings: what gRPC cannot tell of a peer, it may.
std::unique_ptr<Http> make_http_for(const config::Profile& profile);

}  // namespace authhost::clientset
