// GrpcRpc: a Flyte server's unary calls over gRPC, for discovery and `whoami`.
#pragma once

#include "clientset/transport.hpp"

#include "core/discovery/flyte_rpc.hpp"
#include "core/session/session_impl.hpp"

#include <grpcpp/channel.h>

#include <memory>
#include <mutex>
#include <string>

namespace authhost::clientset {

// One call on a channel that carries no token of its own; `address` names the server, as in FlyteRpc.
Result<FlyteAnswer> call_flyte(const std::shared_ptr<grpc::Channel>& channel, const std::string& address,
                               const FlyteRequest& request, const Call& call);

// Any procedure of the Flyte services that are compiled in, on a channel of its own, which is made for the first call and carries
// no token. Not closed with a client set: a session outlives the one that opened it.
class GrpcRpc final : public FlyteRpc {
 public:
  // `http` is asked where the server turns out to speak no gRPC: it may speak Connect, or show a page that says why.
  GrpcRpc(std::string address, Transport transport, std::unique_ptr<Http> http)
      : address_(std::move(address)), transport_(std::move(transport)), http_(std::move(http)) {}

  // Whose second role, if it has one, goes before the server. A call before that goes without it.
  void serve(const std::shared_ptr<Session::Impl>& session);

  Result<FlyteAnswer> call(const FlyteRequest& request, const Call& call) override;
  [[nodiscard]] const std::string& address() const override { return address_; }

 private:
  std::shared_ptr<grpc::Channel> channel();

  const std::string address_;
  const Transport transport_;
  const std::unique_ptr<Http> http_;
  std::mutex mutex_;  // guards what follows
  std::weak_ptr<Session::Impl> session_;
  std::shared_ptr<grpc::Channel> channel_;  // null: to be made
};

}  // namespace authhost::clientset
