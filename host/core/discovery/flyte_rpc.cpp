#include "core/discovery/flyte_rpc.hpp"

#include "core/config/endpoint.hpp"

#include <fmt/format.h>

namespace authhost {
namespace {

std::string address_of(const config::Endpoint& endpoint) {
  const bool ipv6 = endpoint.host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", endpoint.secure ? "https" : "http", ipv6 ? "[" : "", endpoint.host, ipv6 ? "]" : "",
                     endpoint.port);
}

Error without_grpc(const std::string& address, Result<FlyteAnswer> said) {
  Error error{Status::protocol, address + " does not answer JSON over HTTP", ""};
  if (!said) error = std::move(said).error();
  error.hint =
      "if the server speaks gRPC alone: the gRPC part of authhost (authhost-flyte-rpc) is not installed; install it, or set "
      "discovery = \"none\" and the endpoints in [profiles.NAME.client]";
  return error;
}

}  // namespace

Result<std::string> flyte_address(const config::Profile& profile) {
  AUTHHOST_TRY(endpoint, config::parse_endpoint(profile.endpoint, profile.insecure));
  if (!endpoint.host.empty()) return address_of(endpoint);
  return Error{Status::invalid_config, profile.endpoint + " cannot be reached over HTTP", "name a host and a port"};
}

Result<FlyteAnswer> FlyteRpcs::call(const FlyteRequest& request, const Call& call) {
  if (grpc_alone_) return process_.call(request, call);
  bool may_be_grpc = false;
  auto said = connect_.attempt(request, call, may_be_grpc);
  if (!may_be_grpc) return said;
  if (!process_.installed()) return without_grpc(address(), std::move(said));
  bool no_connection = false;
  auto answer = process_.attempt(request, call, no_connection);
  if (no_connection) return said;
  grpc_alone_ = answer.ok();
  return answer;
}

std::unique_ptr<FlyteRpc> make_flyte_rpc(const config::Profile& profile, Http& http, Process& process,
                                         std::function<Result<Secret>(const Call&)> proxy_authorization) {
  const auto endpoint = config::parse_endpoint(profile.endpoint, profile.insecure);
  if (!endpoint || endpoint->host.empty()) return nullptr;
  FlyteChannel channel;
  channel.target = endpoint->target;
  channel.insecure = !endpoint->secure;
  channel.ca_cert_file = profile.ca_cert_file;
  channel.insecure_skip_verify = profile.insecure_skip_verify;
  channel.http_proxy = profile.http_proxy;
  channel.proxy_authorization = std::move(proxy_authorization);
  const std::string address = address_of(*endpoint);
  return std::make_unique<FlyteRpcs>(ConnectRpc(address, http), ProcessRpc(address, std::move(channel), process));
}

}  // namespace authhost
