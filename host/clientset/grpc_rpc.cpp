#include "clientset/grpc_rpc.hpp"

#include "clientset/channel_auth.hpp"

#include "core/services/redact.hpp"

#include <authhost/channel.hpp>

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <algorithm>
#include <memory>

namespace authhost::clientset {

namespace {

namespace pb = google::protobuf;

constexpr std::chrono::seconds kLongestCall{30};

// What the call shares with gRPC's threads, for as long as either needs it.
struct Pending {
  grpc::ClientContext context;
  std::unique_ptr<pb::Message> request;
  std::unique_ptr<pb::Message> response;
  grpc::Status status;
  Cancellation done;
};

const pb::MethodDescriptor* find_method(const FlyteRequest& request) {
  return pb::DescriptorPool::generated_pool()->FindMethodByName(fmt::format("{}.{}", request.service, request.procedure));
}

std::unique_ptr<pb::Message> make(const pb::Descriptor* type) {
  return std::unique_ptr<pb::Message>(pb::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

}  // namespace

std::shared_ptr<grpc::Channel> GrpcRpc::channel() {
  std::call_once(once_, [this] {
    channel_ = std::make_shared<ChannelAuth>(session_.lock(), ChannelAuth::Policy::none, false, transport_.rpc_retries)
                   ->make_channel(transport_);
  });
  return channel_;
}

Result<FlyteAnswer> GrpcRpc::call(const FlyteRequest& request, const Call& call) {
  auto answer = call_flyte(channel(), address_, request, call);
  if (answer.status() != Status::protocol || address_.compare(0, 4, "http") != 0) return answer;
  bool may_be_grpc = false;
  auto over_http = ConnectRpc(address_, *http_).attempt(request, call, may_be_grpc);
  return may_be_grpc ? std::move(answer) : std::move(over_http);
}

Result<FlyteAnswer> call_flyte(const std::shared_ptr<grpc::Channel>& channel, const std::string& address,
                               const FlyteRequest& request, const Call& call) {
  const pb::MethodDescriptor* const method = find_method(request);
  if (method == nullptr) {
    return Error{Status::internal, fmt::format("{}/{} is not compiled in", request.service, request.procedure), ""};
  }
  auto pending = std::make_shared<Pending>();
  pending->request = make(method->input_type());
  pending->response = make(method->output_type());
  const Call bounded = call.within(kLongestCall);
  pending->context.set_deadline(std::chrono::system_clock::now() + bounded.left());
  if (request.token != nullptr) {
    pending->context.AddMetadata(std::string(request.header_key), "Bearer " + std::string(request.token->reveal()));
  }
  grpc::TemplatedGenericStub<pb::Message, pb::Message> stub(channel);
  stub.UnaryCall(&pending->context, fmt::format("/{}/{}", request.service, request.procedure), grpc::StubOptions(),
                 pending->request.get(), pending->response.get(), [pending](grpc::Status status) {
                   pending->status = std::move(status);
                   pending->done.cancel();
                 });
  if (auto waited = call.wait_for(pending->done); !waited) {
    pending->context.TryCancel();
    return std::move(waited).error();
  }
  FlyteAnswer answer;
  if (pending->status.ok()) {
    pb::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    if (!pb::util::MessageToJsonString(*pending->response, &answer.text, options).ok()) {
      return Error{Status::protocol, fmt::format("{}: {} gave an answer that is no JSON", address, method->full_name()), ""};
    }
    return answer;
  }
  answer.text = safe_text(pending->status.error_message(), 200);
  switch (pending->status.error_code()) {
    case grpc::StatusCode::UNIMPLEMENTED: answer.kind = FlyteAnswer::Kind::unimplemented; return answer;
    case grpc::StatusCode::UNAUTHENTICATED: answer.kind = FlyteAnswer::Kind::unauthenticated; return answer;
    default: return to_error(pending->status, address);
  }
}

}  // namespace authhost::clientset
