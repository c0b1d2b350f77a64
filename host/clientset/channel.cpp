#include <authhost/channel.hpp>

#include "clientset/channel_auth.hpp"
#include "clientset/connect.hpp"
#include "clientset/transport.hpp"

#include <utility>

namespace authhost {

using clientset::ChannelAuth;

Result<std::shared_ptr<grpc::Channel>> make_channel(std::string_view target, const Session& session, ChannelOptions options) {
  AUTHHOST_TRY(transport, clientset::make_transport(target, session.impl().profile(), options));
  auto auth = ChannelAuth::make(session.shared_impl(), ChannelAuth::Policy::required, session.impl().may_interact(),
                                            transport.rpc_retries);
  return auth->make_channel(transport);
}

Result<std::shared_ptr<grpc::Channel>> make_channel(std::string_view target, const Result<Session>& session,
                                                    ChannelOptions options) {
  if (!session) return session.error();
  return make_channel(target, *session, std::move(options));
}

Result<void> connect(const std::shared_ptr<grpc::Channel>& channel, std::string_view target, const Session& session,
                     std::chrono::milliseconds limit) {
  const config::Profile& profile = session.impl().profile();
  AUTHHOST_TRY(endpoint, config::parse_endpoint(target, profile.insecure));
  return clientset::connect(*channel, endpoint, profile, limit);
}

}  // namespace authhost
