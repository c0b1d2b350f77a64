// `authhost-flyte-rpc`: one unary call of a Flyte server over gRPC, for the programs that do not link it. The question comes as
// JSON on stdin, the answer goes as JSON to stdout; core/discovery/flyte_rpc.hpp describes both.
#include "program/process_guard.hpp"
#include "clientset/connect.hpp"
#include "clientset/grpc_rpc.hpp"
#include "clientset/transport.hpp"
#include "core/services/json.hpp"

#include <authhost/channel.hpp>

// Nothing else here names the generated code, and the linker would leave it out.
#include "flyteidl/service/auth.pb.h"
#include "flyteidl2/auth/auth_service.pb.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/client_interceptor.h>

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace authhost;
using nlohmann::json;

constexpr std::size_t kMaxQuestion = 1 << 20;  // bytes

Result<json> read_question() {
  Secret text;
  std::array<char, 4096> part{};
  for (ssize_t size = 0; (size = ::read(STDIN_FILENO, part.data(), part.size())) > 0;) {
    if (text.size() + static_cast<std::size_t>(size) > kMaxQuestion) return Error{Status::usage, "the question is too long", ""};
    text.append({part.data(), static_cast<std::size_t>(size)});
  }
  wipe(part.data(), part.size());
  auto question = parse_json(text.reveal());
  if (question && question->is_object()) return question;
  return Error{Status::usage, "the question on stdin is no JSON object", "authhost starts this program by itself"};
}

// Puts `proxy-authorization` into every call, for what stands before the server.
class ProxyAuthorization final : public grpc::experimental::Interceptor, public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit ProxyAuthorization(std::string value) : value_(std::move(value)) {}
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(grpc::experimental::InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      methods->GetSendInitialMetadata()->emplace("proxy-authorization", value_);
    }
    methods->Proceed();
  }
  grpc::experimental::Interceptor* CreateClientInterceptor(grpc::experimental::ClientRpcInfo* /*info*/) override {
    return new ProxyAuthorization(value_);  // gRPC deletes it
  }

 private:
  std::string value_;
};

Result<std::shared_ptr<grpc::Channel>> make_channel(const config::Profile& profile, const std::string& proxy_authorization) {
  ChannelOptions options;
  options.rpc_retries = 0;
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> interceptors;
  if (!proxy_authorization.empty()) {
    // It belongs to the proxy that is asked for a tunnel; without one, to the host that the server stands behind.
    if (profile.http_proxy.empty()) interceptors.push_back(std::make_unique<ProxyAuthorization>(proxy_authorization));
    else options.arguments.SetString("grpc.http_connect_headers", "Proxy-Authorization:" + proxy_authorization);
  }
  AUTHHOST_TRY(transport, clientset::make_transport(profile.endpoint, profile, options));
  return grpc::experimental::CreateCustomChannelWithInterceptors(transport.endpoint.target, transport.credentials,
                                                                 transport.arguments, std::move(interceptors));
}

json failure(std::string_view status, const std::string& message, const std::string& hint = {}) {
  return {{"status", status}, {"message", message}, {"hint", hint}};
}

Result<json> answer(const json& question) {
  const auto text = [&](const char* name) { return question.at(name).get<std::string>(); };
  config::Profile profile;
  profile.endpoint = text("target");
  profile.insecure = question.at("insecure").get<bool>();
  profile.insecure_skip_verify = question.at("insecure_skip_verify").get<bool>();
  profile.ca_cert_file = text("ca_cert_file");
  profile.http_proxy = text("http_proxy");
  const std::chrono::milliseconds limit(question.at("deadline_ms").get<std::int64_t>());
  const std::string address = text("address");
  const std::string service = text("service");
  const std::string procedure = text("procedure");
  const std::string header_key = text("header_key");
  const Secret token = Secret::take(text("token"));

  AUTHHOST_TRY(channel, make_channel(profile, text("proxy_authorization")));
  const bool connected =
      clientset::wait_for_connection(*channel, std::chrono::system_clock::now() + limit) == GRPC_CHANNEL_READY;
  FlyteRequest request;
  request.service = service;
  request.procedure = procedure;
  request.token = token.empty() ? nullptr : &token;
  request.header_key = header_key;
  auto said = clientset::call_flyte(channel, address, request, Call{}.within(limit));
  if (!said && !connected) return failure("no-connection", said.error().message, said.error().hint);
  if (!said) return std::move(said).error();
  if (said->kind == FlyteAnswer::Kind::unimplemented) return failure("unimplemented", said->text);
  if (said->kind == FlyteAnswer::Kind::unauthenticated) return failure("unauthenticated", said->text);
  AUTHHOST_TRY(body, parse_json(said->text));
  return json{{"status", "ok"}, {"body", std::move(body)}};
}

}  // namespace

int main() {
  guard_process();
  flyteidl::service::OAuth2MetadataRequest::descriptor();
  flyteidl2::auth::GetOAuth2MetadataRequest::descriptor();
  json said;
  try {
    auto question = read_question();
    auto answered = question ? answer(*question) : Result<json>(question.error());
    if (question) wipe_json(*question);
    const auto* error = answered ? nullptr : &answered.error();
    said = error != nullptr ? failure(status_name(error->status), error->message, error->hint) : *std::move(answered);
  } catch (const std::exception& error) {
    said = failure(status_name(Status::usage), std::string("the question cannot be read: ") + error.what());
  }
  const std::string text = said.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return written ? 0 : static_cast<int>(Status::internal);
}
