#include <authhost/clientset.hpp>

#include "clientset/channel_auth.hpp"
#include "clientset/connect.hpp"
#include "clientset/grpc_rpc.hpp"
#include "clientset/status.hpp"
#include "clientset/transport.hpp"

#include "core/config/api_key.hpp"
#include "core/config/options.hpp"
#include "core/session/session_impl.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace authhost {

using clientset::ChannelAuth;
using clientset::Transport;
using DataProxy = flyteidl2::dataproxy::DataProxyService::Stub;

namespace {

constexpr std::chrono::seconds kQuestion{10};  // for the default data plane
constexpr std::chrono::minutes kLogin{15};     // where a person may have to log in first

SessionOptions session_options(const ClientSetOptions& options) {
  SessionOptions out;
  out.insecure = options.insecure;
  out.insecure_skip_verify = options.insecure_skip_verify;
  out.ca_cert_file = options.ca_cert_file;
  out.http_proxy = options.http_proxy;
  out.authenticator = options.authenticator;
  out.client_config = options.client_config;
  out.settings = options.settings;
  out.discovery = options.discovery;
  out.issuer = options.issuer;
  out.storage = options.storage;
  out.allow_insecure_http = options.allow_insecure_http;
  out.runtime_cache = options.runtime_cache;
  out.account = options.account;
  out.refresh_timeout = options.refresh_timeout;
  out.plugin_directories = options.plugin_directories;
  out.may_interact = options.may_interact;
  return out;
}

// One channel with the calls on it.
struct Line {
  std::shared_ptr<ChannelAuth> auth;
  std::shared_ptr<grpc::Channel> channel;
};

Line open_line(const Transport& transport, std::shared_ptr<Session::Impl> session, ChannelAuth::Policy policy) {
  Line line;
  const bool may_interact = session->may_interact();
  line.auth = ChannelAuth::make(std::move(session), policy, may_interact, transport.rpc_retries);
  line.channel = line.auth->make_channel(transport);
  return line;
}

}  // namespace

class ClientSet::Impl {
 public:
  Impl(std::string endpoint, std::string org, ChannelOptions options, Transport transport, Session session, ChannelAuth::Policy policy)
      : endpoint_(std::move(endpoint)),
        org_(std::move(org)),
        options_(std::move(options)),
        transport_(std::move(transport)),
        session_(std::move(session)),
        policy_(policy),
        main_(open_line(transport_, session_.shared_impl(), policy)),
        bare_(open_line(transport_, session_.shared_impl(), ChannelAuth::Policy::none)),
        projects_(main_.channel),
        tasks_(main_.channel),
        runs_(main_.channel),
        logs_(main_.channel),
        secrets_(main_.channel),
        identity_(main_.channel),
        clusters_(main_.channel),
        admin_(main_.channel),
        dataproxy_(main_.channel),
        auth_metadata_(bare_.channel) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // `code`, if given: the server's, where it is the server that has no answer.
  Result<DataProxy*> dataproxy(const flyteidl2::cluster::SelectClusterRequest& request, std::chrono::milliseconds limit,
                               grpc::StatusCode* code = nullptr);
  DataProxy& default_dataproxy();
  void close(std::chrono::milliseconds grace);

  const std::string endpoint_;
  const std::string org_;
  const ChannelOptions options_;
  const Transport transport_;
  const Session session_;
  const ChannelAuth::Policy policy_;
  const Line main_;
  const Line bare_;
  flyteidl2::project::ProjectService::Stub projects_;
  flyteidl2::task::TaskService::Stub tasks_;
  flyteidl2::workflow::RunService::Stub runs_;
  flyteidl2::workflow::RunLogsService::Stub logs_;
  flyteidl2::secret::SecretService::Stub secrets_;
  flyteidl2::auth::IdentityService::Stub identity_;
  flyteidl2::cluster::ClusterService::Stub clusters_;
  flyteidl::service::AdminService::Stub admin_;
  DataProxy dataproxy_;
  flyteidl2::auth::AuthMetadataService::Stub auth_metadata_;

 private:
  struct DataPlane {
    explicit DataPlane(Line opened) : line(std::move(opened)), stub(line.channel) {}
    Line line;
    DataProxy stub;
  };
  DataPlane& data_plane(const std::string& target, const Transport& transport, ChannelAuth::Policy policy);
  DataPlane& nowhere() { return data_plane("", transport_, ChannelAuth::Policy::none); }  // its calls say why there is no data plane

  std::mutex mutex_;  // guards what follows
  bool closed_ = false;
  std::map<std::string, std::unique_ptr<DataPlane>> data_planes_;  // by target

  std::mutex asking_;  // one question for the default data plane at a time; guards what follows
  std::atomic<int> failed_questions_{0};
  DataProxy* default_dataproxy_ = nullptr;
};

ClientSet::Impl::DataPlane& ClientSet::Impl::data_plane(const std::string& target, const Transport& transport,
                                                        ChannelAuth::Policy policy) {
  const std::lock_guard lock(mutex_);
  auto& plane = data_planes_[target];
  if (!plane) {
    plane = std::make_unique<DataPlane>(open_line(transport, session_.shared_impl(), policy));
    if (closed_) plane->line.auth->refuse();
  }
  return *plane;
}

Result<DataProxy*> ClientSet::Impl::dataproxy(const flyteidl2::cluster::SelectClusterRequest& request,
                                              std::chrono::milliseconds limit, grpc::StatusCode* code) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::min<std::chrono::milliseconds>(limit, std::chrono::hours{24 * 365}));
  flyteidl2::cluster::SelectClusterResponse response;
  const grpc::Status status = clusters_.SelectCluster(&context, request, &response);
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) return &dataproxy_;
  if (!status.ok()) {
    if (code != nullptr) *code = status.error_code();
    return to_error(status, endpoint_).in("asking for the data plane");
  }
  if (response.cluster_endpoint().empty()) return &dataproxy_;

  auto transport = clientset::make_transport_to_named(response.cluster_endpoint(), session_.impl().profile(), options_);
  if (!transport) return std::move(transport).error().in("the data plane that " + endpoint_ + " names");
  if (transport->endpoint.target == transport_.endpoint.target) return &dataproxy_;
  return &data_plane(transport->endpoint.target, *transport, policy_).stub;
}

// Never another data plane than the one that the server names: where there is no answer, the calls end with that error.
DataProxy& ClientSet::Impl::default_dataproxy() {
  const int failed_before = failed_questions_;
  const std::lock_guard lock(asking_);
  if (default_dataproxy_ != nullptr) return *default_dataproxy_;
  if (failed_questions_ != failed_before) return nowhere().stub;  // asked while this thread waited: the same answer
  flyteidl2::cluster::SelectClusterRequest request;
  if (!org_.empty()) request.mutable_org_id()->set_name(org_);
  // Getting a token first takes as long as that takes; what comes of it the question will see.
  if (policy_ == ChannelAuth::Policy::required) static_cast<void>(Session(session_).refresh_credentials());
  auto code = grpc::StatusCode::OK;
  auto found = dataproxy(request, session_.impl().may_interact() ? kLogin : kQuestion, &code);
  if (!found) {
    ++failed_questions_;
    if (code == grpc::StatusCode::OK) code = clientset::code_of(found.status());
    nowhere().line.auth->refuse({code, clientset::remembered_text("", found.error())});
    return nowhere().stub;
  }
  return *(default_dataproxy_ = *found);
}

void ClientSet::Impl::close(std::chrono::milliseconds grace) {
  std::vector<std::shared_ptr<ChannelAuth>> all{main_.auth, bare_.auth};
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (const auto& [target, plane] : data_planes_) all.push_back(plane->line.auth);
  }
  const auto end = std::chrono::steady_clock::now() + grace;
  for (const auto& auth : all) auth->refuse();
  for (const auto& auth : all) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    auth->close(std::max(left, std::chrono::milliseconds{0}));
  }
}

namespace {

struct Opening {
  std::string endpoint;
  std::string org = {};
  config::Profile profile = {};
  config::PluginsConfig plugins = {};
};

// Nothing named, nothing stored: what Flyte itself does. It waits until the server asks for it.
ChannelAuth::Policy choose_policy(config::Profile& profile) {
  if (!profile.authenticator.empty()) return ChannelAuth::Policy::required;
  profile.authenticator = "pkce";
  return profile.insecure ? ChannelAuth::Policy::none : ChannelAuth::Policy::lazy;
}

Result<ClientSet> open(Opening opening, const ClientSetOptions& options) {
  const auto policy = choose_policy(opening.profile);
  AUTHHOST_TRY(transport, clientset::make_transport(opening.profile.endpoint, opening.profile, options.channel));
  auto address = flyte_address(opening.profile);
  auto rpc = std::make_shared<clientset::GrpcRpc>(address ? *address : transport.endpoint.target, transport,
                                                 clientset::make_http_for(opening.profile));
  AUTHHOST_TRY(session, open_session(std::move(opening.profile), {std::move(opening.plugins), options.may_interact, rpc}));
  rpc->serve(session.shared_impl());
  return ClientSet(std::make_shared<ClientSet::Impl>(std::move(opening.endpoint), std::move(opening.org), options.channel,
                                                     std::move(transport), std::move(session), policy));
}

Result<ClientSet> open(const SessionOptions& session, std::string org, const ClientSetOptions& options) {
  AUTHHOST_TRY(profile, config::profile_from_options(session));
  AUTHHOST_TRY(plugins, config::plugins_from_options(session));
  return open({session.endpoint, std::move(org), std::move(profile), std::move(plugins)}, options);
}

}  // namespace

Result<ClientSet> ClientSet::for_endpoint(std::string_view endpoint, ClientSetOptions options) {
  SessionOptions session = session_options(options);
  session.endpoint = endpoint;
  return open(session, "", options);
}

Result<ClientSet> ClientSet::for_api_key(std::string_view key, ClientSetOptions options) {
  AUTHHOST_TRY(decoded, config::decode_api_key(key));
  return open(config::options_from_api_key(decoded, session_options(options)), decoded.org, options);
}

Result<ClientSet> ClientSet::for_profile(std::string_view name, ClientSetOptions options) {
  if (const std::string names = config::said_options(session_options(options), session_options({})); !names.empty()) {
    return Error{Status::invalid_config, "for_profile takes from the profile what these options say: " + names,
                 "write it into the profile, or use for_endpoint"};
  }
  AUTHHOST_TRY(loaded, config::load({}));
  AUTHHOST_TRY(profile, loaded.profile(name));
  std::string endpoint = profile.endpoint;
  return open({std::move(endpoint), "", std::move(profile), std::move(loaded.plugins)}, options);
}

flyteidl2::project::ProjectService::Stub& ClientSet::project_domain_service() const { return impl_->projects_; }
flyteidl2::task::TaskService::Stub& ClientSet::task_service() const { return impl_->tasks_; }
flyteidl2::workflow::RunService::Stub& ClientSet::run_service() const { return impl_->runs_; }
flyteidl2::workflow::RunLogsService::Stub& ClientSet::logs_service() const { return impl_->logs_; }
flyteidl2::secret::SecretService::Stub& ClientSet::secrets_service() const { return impl_->secrets_; }
flyteidl2::auth::IdentityService::Stub& ClientSet::identity_service() const { return impl_->identity_; }
flyteidl2::cluster::ClusterService::Stub& ClientSet::cluster_service() const { return impl_->clusters_; }
flyteidl2::auth::AuthMetadataService::Stub& ClientSet::auth_metadata_service() const { return impl_->auth_metadata_; }
flyteidl::service::AdminService::Stub& ClientSet::metadata_service() const { return impl_->admin_; }
DataProxy& ClientSet::dataproxy_service() const { return impl_->default_dataproxy(); }

Result<DataProxy*> ClientSet::dataproxy_service(const flyteidl2::cluster::SelectClusterRequest& request,
                                                std::chrono::milliseconds limit) const {
  return impl_->dataproxy(request, limit);
}

const std::string& ClientSet::endpoint() const { return impl_->endpoint_; }
const std::shared_ptr<grpc::Channel>& ClientSet::channel() const { return impl_->main_.channel; }
const Session& ClientSet::session() const { return impl_->session_; }
const std::string& ClientSet::org() const { return impl_->org_; }

Result<void> ClientSet::connect(std::chrono::milliseconds limit) const {
  return clientset::connect(*impl_->main_.channel, impl_->transport_.endpoint, impl_->session_.impl().profile(), limit);
}

Error ClientSet::error(const grpc::Status& status) const {
  Error error = to_error(status, endpoint());
  const bool plain = error.hint == to_error({grpc::StatusCode::UNAUTHENTICATED, ""}, "").hint;  // nothing better is known
  if (plain && impl_->policy_ == ChannelAuth::Policy::none) {
    error.hint = "this session has no token: with `insecure` no login starts by itself; name an `authenticator`";
  }
  // gRPC says which address refused, and not that it was the proxy's.
  if (error.status == Status::unavailable && !impl_->session_.impl().profile().http_proxy.empty()) {
    error.hint += error.hint.empty() ? "check http_proxy" : "; the connection goes through http_proxy: check that, too";
  }
  return error;
}

void ClientSet::close_within(std::chrono::milliseconds grace) const { impl_->close(grace); }

}  // namespace authhost
