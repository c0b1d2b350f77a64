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

#include <chrono>
#include <memory>

namespace authhost::clientset {

namespace {

namespace pb = google::protobuf;

constexpr std::chrono::seconds kLongestCall{30};
constexpr std::chrono::milliseconds kGlance{50};  // between two looks at whether the caller has gone

const pb::MethodDescriptor* find_method(const FlyteRequest& request) {
  return pb::DescriptorPool::generated_pool()->FindMethodByName(fmt::format("{}.{}", request.service, request.procedure));
}

std::unique_ptr<pb::Message> make(const pb::Descriptor* type) {
  return std::unique_ptr<pb::Message>(pb::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

}  // namespace

void GrpcRpc::serve(const std::shared_ptr<Session::Impl>& session) {
  const std::lock_guard lock(mutex_);
  session_ = session;
  if (session->proxy()) channel_.reset();
}

std::shared_ptr<grpc::Channel> GrpcRpc::channel() {
  const std::lock_guard lock(mutex_);
  if (!channel_) {
    channel_ = ChannelAuth::make(session_.lock(), ChannelAuth::Policy::none, false, transport_.rpc_retries)
                   ->make_channel(transport_);
  }
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
  const auto message = make(method->input_type());
  const auto response = make(method->output_type());
  const Call bounded = call.within(kLongestCall);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + bounded.left());
  if (request.token != nullptr) {
    context.AddMetadata(std::string(request.header_key), "Bearer " + std::string(request.token->reveal()));
  }
  // On this thread from beginning to end: what ends on one of gRPC's must not be the last to hold the channel.
  grpc::CompletionQueue queue;
  grpc::Status status;
  grpc::TemplatedGenericStub<pb::Message, pb::Message> stub(channel);
  const auto reader = stub.PrepareUnaryCall(&context, fmt::format("/{}/{}", request.service, request.procedure), *message, &queue);
  reader->StartCall();
  reader->Finish(response.get(), &status, &context);
  void* tag = nullptr;
  bool ok = false;
  while (queue.AsyncNext(&tag, &ok, std::chrono::system_clock::now() + kGlance) == grpc::CompletionQueue::TIMEOUT) {
    if (call.cancelled()) context.TryCancel();
  }
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  AUTHHOST_CHECK(call.check());
  FlyteAnswer answer;
  if (status.ok()) {
    pb::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    if (!pb::util::MessageToJsonString(*response, &answer.text, options).ok()) {
      return Error{Status::protocol, fmt::format("{}: {} gave an answer that is no JSON", address, method->full_name()), ""};
    }
    return answer;
  }
  answer.text = safe_text(status.error_message(), 200);
  switch (status.error_code()) {
    case grpc::StatusCode::UNIMPLEMENTED: answer.kind = FlyteAnswer::Kind::unimplemented; return answer;
    case grpc::StatusCode::UNAUTHENTICATED: answer.kind = FlyteAnswer::Kind::unauthenticated; return answer;
    default: break;
  }
  Error error = to_error(status, address);
  if (error.status == Status::usage) error.status = Status::protocol;  // the question is ours, and always the same
  return error;
}

}  // namespace authhost::clientset
