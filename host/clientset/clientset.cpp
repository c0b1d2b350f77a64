#include <authhost/clientset.hpp>

#include "clientset/channel_auth.hpp"
#include "clientset/connect.hpp"
#include "clientset/grpc_rpc.hpp"
#include "clientset/transport.hpp"

#include "core/config/api_key.hpp"
#include "core/config/options.hpp"
#include "core/session/session_impl.hpp"

#include <map>
#include <mutex>
#include <utility>

namespace authhost {

using clientset::ChannelAuth;
using clientset::Transport;

namespace {

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
  ~Impl() { close(std::chrono::milliseconds{0}); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<flyteidl2::dataproxy::DataProxyService::Stub*> dataproxy(const flyteidl2::cluster::SelectClusterRequest& request,
                                                                   std::chrono::milliseconds limit);
  flyteidl2::dataproxy::DataProxyService::Stub& default_dataproxy();
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
  flyteidl2::dataproxy::DataProxyService::Stub dataproxy_;
  flyteidl2::auth::AuthMetadataService::Stub auth_metadata_;

 private:
  struct DataPlane {
    Line line;
    flyteidl2::dataproxy::DataProxyService::Stub stub;
  };
  std::mutex mutex_;  // guards what follows
  bool closed_ = false;
  std::map<std::string, std::unique_ptr<DataPlane>> data_planes_;  // by target
  std::mutex asking_;  // one question for the default data plane at a time
  flyteidl2::dataproxy::DataProxyService::Stub* default_dataproxy_ = nullptr;
};

Result<flyteidl2::dataproxy::DataProxyService::Stub*> ClientSet::Impl::dataproxy(
    const flyteidl2::cluster::SelectClusterRequest& request, std::chrono::milliseconds limit) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::min<std::chrono::milliseconds>(limit, std::chrono::hours{24 * 365}));
  flyteidl2::cluster::SelectClusterResponse response;
  const grpc::Status status = clusters_.SelectCluster(&context, request, &response);
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) return &dataproxy_;
  if (!status.ok()) return to_error(status, endpoint_).in("asking for the data plane");
  if (response.cluster_endpoint().empty()) return &dataproxy_;

  // Under the same TLS and proxy settings: a plaintext endpoint is refused where this one is not plaintext.
  auto transport = clientset::make_transport(response.cluster_endpoint(), session_.impl().profile(), options_);
  if (!transport) return std::move(transport).error().in("the data plane that " + endpoint_ + " names");
  if (transport->endpoint.target == transport_.endpoint.target) return &dataproxy_;
  const std::lock_guard lock(mutex_);
  auto& plane = data_planes_[transport->endpoint.target];
  if (!plane) {
    Line line = open_line(*transport, session_.shared_impl(), policy_);
    if (closed_) line.auth->close(std::chrono::milliseconds{0});
    plane.reset(new DataPlane{line, flyteidl2::dataproxy::DataProxyService::Stub(line.channel)});
  }
  return &plane->stub;
}

flyteidl2::dataproxy::DataProxyService::Stub& ClientSet::Impl::default_dataproxy() {
  const std::lock_guard lock(asking_);
  if (default_dataproxy_ == nullptr) {
    flyteidl2::cluster::SelectClusterRequest request;
    if (!org_.empty()) request.mutable_org_id()->set_name(org_);
    auto found = dataproxy(request, std::chrono::seconds{10});
    if (!found) return dataproxy_;  // the calls themselves will say what is wrong; the next one asks again
    default_dataproxy_ = *found;
  }
  return *default_dataproxy_;
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
flyteidl2::dataproxy::DataProxyService::Stub& ClientSet::dataproxy_service() const { return impl_->default_dataproxy(); }

Result<flyteidl2::dataproxy::DataProxyService::Stub*> ClientSet::dataproxy_service(
    const flyteidl2::cluster::SelectClusterRequest& request, std::chrono::milliseconds limit) const {
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
  // gRPC says which address refused, and not that it was the proxy's.
  if (error.status == Status::unavailable && !impl_->session_.impl().profile().http_proxy.empty()) {
    error.hint += error.hint.empty() ? "check http_proxy" : "; the connection goes through http_proxy: check that, too";
  }
  return error;
}

void ClientSet::close_within(std::chrono::milliseconds grace) const { impl_->close(grace); }

}  // namespace authhost
