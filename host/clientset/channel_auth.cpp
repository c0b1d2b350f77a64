#include "clientset/channel_auth.hpp"

#include "clientset/attempts.hpp"
#include "clientset/background.hpp"
#include "clientset/call_auth.hpp"
#include "clientset/request_id.hpp"
#include "clientset/transport.hpp"

#include <fmt/format.h>
#include <grpc/grpc.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/client_interceptor.h>
#include <grpcpp/test/client_context_test_peer.h>

#include <algorithm>
#include <map>
#include <utility>

namespace authhost::clientset {

namespace {

// gRPC asks it before each call. It gives the call its credentials and puts nothing into the call's way.
class BeforeEachCall final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit BeforeEachCall(std::shared_ptr<ChannelAuth> auth) : auth_(std::move(auth)) {}
  grpc::experimental::Interceptor* CreateClientInterceptor(grpc::experimental::ClientRpcInfo* info) override {
    auth_->begin(*info->client_context());
    return nullptr;
  }

 private:
  std::shared_ptr<ChannelAuth> auth_;
};

// The second role's header beside a caller's own credentials, which can only be combined with what gRPC made itself. As it is in
// the snapshot: a call with credentials of its own is not repeated.
class ProxyHeader final : public grpc::MetadataCredentialsPlugin {
 public:
  explicit ProxyHeader(std::shared_ptr<Refresher> proxy) : proxy_(std::move(proxy)) {}
  [[nodiscard]] bool IsBlocking() const override { return false; }
  grpc::Status GetMetadata(grpc::string_ref, grpc::string_ref, const grpc::AuthContext&,
                           std::multimap<std::string, std::string>* metadata) override {
    const AuthMetadata& now = proxy_->session().auth_metadata();
    if (now.value.empty()) {
      proxy_->want("", false, [](const Error*) {});  // for the next call
    } else {
      metadata->emplace("proxy-authorization", now.value);
    }
    return grpc::Status::OK;
  }

 private:
  std::shared_ptr<Refresher> proxy_;
};

// The call that begins on this thread, until gRPC applies its credentials to it.
thread_local CallAuth* starting = nullptr;

bool says_service_config(const grpc::ChannelArguments& arguments) {
  const grpc_channel_args all = arguments.c_channel_args();
  return std::any_of(all.args, all.args + all.num_args,
                     [](const grpc_arg& arg) { return std::string_view(arg.key) == GRPC_ARG_SERVICE_CONFIG; });
}

}  // namespace

std::shared_ptr<ChannelAuth> ChannelAuth::make(std::shared_ptr<Session::Impl> session, Policy policy, bool may_interact,
                                               int rpc_retries) {
  // The last call of a channel that is gone ends on a thread of gRPC's. That must not wait for the session's threads, and much less
  // destroy the channel that the session asks for its client config on: gRPC would wait for the thread that it is on.
  const auto destroy = [](ChannelAuth* auth) {
    if (!CallAuth::ending() || !run_in_background([auth](const Call&) { delete auth; })) delete auth;
  };
  return {new ChannelAuth(std::move(session), policy, may_interact, rpc_retries), destroy};
}

ChannelAuth::ChannelAuth(std::shared_ptr<Session::Impl> session, Policy policy, bool may_interact, int rpc_retries)
    : policy_(policy),
      may_interact_(may_interact),
      rpc_retries_(rpc_retries),
      token_brake_(may_interact ? Brake::kPersons : Brake::kMachines),
      proxy_brake_(Brake::kMachines) {
  if (!session) return;
  if (auto proxy = session->proxy()) proxy_ = std::make_shared<Refresher>(std::move(proxy));
  if (policy != Policy::none) main_ = std::make_shared<Refresher>(std::move(session));
}

bool ChannelAuth::repeats(grpc::StatusCode code) const {
  switch (code) {
    case grpc::StatusCode::UNAUTHENTICATED: return main_ != nullptr;
    case grpc::StatusCode::PERMISSION_DENIED: return policy_ == Policy::lazy && can_watch_attempts();
    case grpc::StatusCode::UNKNOWN: return proxy_ != nullptr && can_watch_attempts();
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::INTERNAL: return rpc_retries_ > 0 && (main_ == nullptr || can_watch_attempts());
    default: return false;
  }
}

std::string ChannelAuth::service_config() {
  constexpr std::pair<grpc::StatusCode, const char*> kCodes[] = {
      {grpc::StatusCode::UNAUTHENTICATED, "UNAUTHENTICATED"}, {grpc::StatusCode::PERMISSION_DENIED, "PERMISSION_DENIED"},
      {grpc::StatusCode::UNKNOWN, "UNKNOWN"},                 {grpc::StatusCode::UNAVAILABLE, "UNAVAILABLE"},
      {grpc::StatusCode::RESOURCE_EXHAUSTED, "RESOURCE_EXHAUSTED"}, {grpc::StatusCode::INTERNAL, "INTERNAL"}};
  std::string codes;
  for (const auto& [code, name] : kCodes) {
    if (repeats(code)) codes.append(codes.empty() ? "\"" : ",\"").append(name).append("\"");
  }
  if (codes.empty()) return "";
  const int retries = repeats(grpc::StatusCode::UNAVAILABLE) ? rpc_retries_ : 0;
  const int tokens = (main_ ? 1 : 0) + (proxy_ && can_watch_attempts() ? 1 : 0);
  most_attempts_ = 1 + std::max(retries, tokens);
  // A call that met trouble and then has its token rejected has one repeat less: gRPC counts all attempts alike. The first repeat
  // comes soon: it is the one with a new token.
  return fmt::format(
      R"({{"methodConfig":[{{"name":[{{}}],"retryPolicy":{{"maxAttempts":{},"initialBackoff":"0.02s","maxBackoff":"2s",)"
      R"("backoffMultiplier":10,"retryableStatusCodes":[{}]}}}}]}})",
      most_attempts_, codes);
}

std::shared_ptr<grpc::Channel> ChannelAuth::make_channel(const Transport& transport) {
  secure_ = transport.endpoint.secure;
  grpc::ChannelArguments arguments = transport.arguments;
  if (!says_service_config(arguments)) {
    if (const std::string config = service_config(); !config.empty()) arguments.SetServiceConfigJSON(config);
  }
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> factories;
  factories.push_back(std::make_unique<BeforeEachCall>(shared_from_this()));
  return grpc::experimental::CreateCustomChannelWithInterceptors(transport.endpoint.target, transport.credentials, arguments,
                                                                 std::move(factories));
}

void ChannelAuth::begin(grpc::ClientContext& context) {
  Carries carries{main_ != nullptr, proxy_ != nullptr};
  bool request_id = true;
  // gRPC shows a context's metadata to its own tests alone; but two `authorization` headers would be none.
  if (const auto metadata = grpc::testing::ClientContextTestPeer(&context).GetSendInitialMetadata(); !metadata.empty()) {
    const auto has = [&](const std::string& key) { return metadata.count(key) != 0; };
    request_id = !has("x-request-id");
    if (has("proxy-authorization")) carries.proxy_token = false;
    if (carries.token) {
      std::string key = main_->session().auth_metadata().header_key;
      if (key.empty()) key = main_->session().profile().client.header_key;  // no token yet
      if (has(key.empty() ? "authorization" : key)) carries.token = false;
    }
  }
  if (request_id) context.AddMetadata("x-request-id", new_request_id());
  auto own = context.credentials();
  if (dynamic_cast<Hook*>(own.get()) != nullptr) own.reset();  // copied from another call's context
  if (own) {
    if (carries.proxy_token) own = proxy_beside(own);
    carries = {};
  }
  auto* const call = new CallAuth(shared_from_this(), carries, std::move(own));
  context.set_credentials(std::shared_ptr<grpc::CallCredentials>(&hook_, [call](grpc::CallCredentials*) {
    if (starting == call) starting = nullptr;
    call->context_ended();
  }));
  starting = call;
}

bool ChannelAuth::Hook::ApplyToCall(grpc_call* call) {
  CallAuth* const auth = std::exchange(starting, nullptr);
  return auth != nullptr && auth->start(call);
}

std::shared_ptr<grpc::CallCredentials> ChannelAuth::proxy_beside(const std::shared_ptr<grpc::CallCredentials>& own) {
  const std::lock_guard lock(mutex_);
  if (!proxy_credentials_) {
    proxy_credentials_ =
        grpc::experimental::MetadataCredentialsFromPlugin(std::make_unique<ProxyHeader>(proxy_), GRPC_SECURITY_NONE);
  }
  auto both = grpc::CompositeCallCredentials(own, proxy_credentials_);
  return both ? both : own;  // credentials of the caller's own making cannot be combined
}

ChannelAuth::Entry ChannelAuth::enter(CallAuth& call, bool simple) {
  Entry entry;
  const std::lock_guard lock(mutex_);
  if (!refusal_.ok()) {
    entry.refusal = refusal_;
    return entry;
  }
  if (simple && secure_) entry.has_credentials = share_credentials(call.call(), entry.id);
  list(call);
  return entry;
}

void ChannelAuth::list(CallAuth& call) noexcept {
  call.place.next = first_;
  if (first_ != nullptr) first_->place.previous = &call;
  first_ = &call;
  call.place.listed = true;
}

bool ChannelAuth::come_back(CallAuth& call) noexcept {
  const std::lock_guard lock(mutex_);
  if (call.place.over || call.place.listed) return true;
  if (refusal_.ok()) list(call);
  return refusal_.ok();
}

// Who is listed has a ClientContext, which cannot end before it has left the list.
bool ChannelAuth::hold(CallAuth& call) noexcept {
  const std::lock_guard lock(mutex_);
  if (!call.place.listed) return false;
  grpc_call_ref(call.call());
  return true;
}

// gRPC's own kind for a bearer token in the usual header; it demands TLS.
bool ChannelAuth::share_credentials(grpc_call* call, std::string& id) {
  constexpr std::string_view kBearer = "Bearer ";
  const AuthMetadata& now = main_->session().auth_metadata();
  if (now.header_key != "authorization" || now.value.compare(0, kBearer.size(), kBearer) != 0) return false;
  if (!shared_ || shared_id_ != now.creds_id) {
    shared_.reset(grpc_access_token_credentials_create(now.value.c_str() + kBearer.size(), nullptr));
    shared_id_ = now.creds_id;
  }
  id = now.creds_id;
  return grpc_call_set_credentials(call, shared_.get()) == GRPC_CALL_OK;
}

void ChannelAuth::leave_for_good(CallAuth& call) noexcept {
  {
    const std::lock_guard lock(mutex_);
    call.place.over = true;
  }
  leave(call);
}

void ChannelAuth::leave(CallAuth& call) noexcept {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(call.place.listed, false)) return;
  (call.place.previous != nullptr ? call.place.previous->place.next : first_) = call.place.next;
  if (call.place.next != nullptr) call.place.next->place.previous = call.place.previous;
  call.place.previous = call.place.next = nullptr;
  if (first_ == nullptr) all_left_.notify_all();
}

grpc::Status ChannelAuth::closed() { return {grpc::StatusCode::CANCELLED, "the client set was closed"}; }

void ChannelAuth::refuse(grpc::Status why) {
  const std::lock_guard lock(mutex_);
  refusal_ = std::move(why);
}

void ChannelAuth::close(std::chrono::milliseconds grace) {
  std::vector<CallAuth*> left;
  {
    std::unique_lock lock(mutex_);
    refusal_ = closed();
    // Far away enough to be for ever, near enough not to overflow.
    all_left_.wait_for(lock, std::clamp<std::chrono::milliseconds>(grace, std::chrono::milliseconds{0}, std::chrono::hours{24 * 365}),
                       [&] { return first_ == nullptr; });
    for (CallAuth* call = first_; call != nullptr; call = call->place.next) {
      call->ref();
      grpc_call_ref(call->call());
      left.push_back(call);
    }
  }
  for (CallAuth* call : left) {  // without the lock: a call that ends may run its owner's code
    call->stop(closed());
    grpc_call_unref(call->call());
    call->unref();
  }
}

}  // namespace authhost::clientset
