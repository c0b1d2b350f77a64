// ClientSet: a Flyte service's clients on one authenticated channel.
//
//   auto cs = authhost::ClientSet::for_endpoint("flyte.example.com");
//   if (!cs) return report(cs.error());
//   grpc::ClientContext context;
//   flyteidl2::task::ListTasksResponse response;
//   auto status = cs->task_service().ListTasks(&context, {}, &response);
//   if (!status.ok()) return report(cs->error(status));
//
// The services are gRPC's generated stubs: synchronous, asynchronous and callback calls of all kinds. How a call gets its token,
// and what happens to one that is rejected, is said in channel.hpp.
#pragma once

#include <authhost/channel.hpp>
#include <authhost/result.hpp>
#include <authhost/session.hpp>

#include <flyteidl/service/admin.grpc.pb.h>
#include <flyteidl/service/auth.grpc.pb.h>
#include <flyteidl/service/identity.grpc.pb.h>
#include <flyteidl2/auth/auth_service.grpc.pb.h>
#include <flyteidl2/auth/identity.grpc.pb.h>
#include <flyteidl2/cluster/service.grpc.pb.h>
#include <flyteidl2/dataproxy/dataproxy_service.grpc.pb.h>
#include <flyteidl2/project/project_service.grpc.pb.h>
#include <flyteidl2/secret/secret.grpc.pb.h>
#include <flyteidl2/task/task_service.grpc.pb.h>
#include <flyteidl2/workflow/run_logs_service.grpc.pb.h>
#include <flyteidl2/workflow/run_service.grpc.pb.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace authhost {

// Everything that SessionOptions can say, apart from the endpoint, and the channel's own options.
struct ClientSetOptions {
  // Plaintext. Such an endpoint starts no login by itself; an authenticator that is named here is used all the same.
  bool insecure = false;
  bool insecure_skip_verify = false;  // takes any chain of certificates; the host name is still checked
  std::string ca_cert_file = {};      // PEM; exactly these roots. Empty: the system's
  std::string http_proxy = {};
  // Empty: the flow is "pkce", and a call goes out without a token until the server wants one (or one is stored).
  std::string authenticator = {};
  ClientConfig client_config = {};    // over what the server says
  std::map<std::string, SettingInput> settings = {};
  std::string discovery = "flyte";    // asks the server's AuthMetadataService, once; "oidc" needs `issuer`; "none"
  std::string issuer = {};
  std::string storage = "auto";
  bool allow_insecure_http = false;
  bool runtime_cache = true;
  std::string account = {};
  std::chrono::milliseconds refresh_timeout{60'000};
  std::vector<std::string> plugin_directories = {};
  bool may_interact = false;          // whether a call may open a browser or prompt on the terminal
  ChannelOptions channel = {};
};

// A handle: cheap to copy, every copy is the same. Thread-safe; the stubs, too.
class ClientSet {
 public:
  // None of these connects yet, or blocks. INVALID_CONFIG, PLUGIN.
  //
  // "flyte.example.com", host:port, dns:///…, https://…, unix:…
  static Result<ClientSet> for_endpoint(std::string_view endpoint, ClientSetOptions options = {});
  // A Flyte API key: base64 of endpoint:client_id:client_secret:org. It implies client credentials, whatever the options say.
  static Result<ClientSet> for_api_key(std::string_view key, ClientSetOptions options = {});
  // A profile of the configuration files; `name` empty: the default one. It says all of endpoint, TLS and login: of the options
  // only may_interact and channel may be set.
  static Result<ClientSet> for_profile(std::string_view name, ClientSetOptions options = {});

  // Good as long as the client set.
  [[nodiscard]] flyteidl2::project::ProjectService::Stub& project_domain_service() const;
  [[nodiscard]] flyteidl2::task::TaskService::Stub& task_service() const;
  [[nodiscard]] flyteidl2::workflow::RunService::Stub& run_service() const;
  [[nodiscard]] flyteidl2::workflow::RunLogsService::Stub& logs_service() const;
  [[nodiscard]] flyteidl2::secret::SecretService::Stub& secrets_service() const;
  [[nodiscard]] flyteidl2::auth::IdentityService::Stub& identity_service() const;
  [[nodiscard]] flyteidl2::cluster::ClusterService::Stub& cluster_service() const;
  // On a channel that carries no credentials, as the server offers it to those who have none yet.
  [[nodiscard]] flyteidl2::auth::AuthMetadataService::Stub& auth_metadata_service() const;
  // Older servers: GetVersion, projects, domains.
  [[nodiscard]] flyteidl::service::AdminService::Stub& metadata_service() const;
  // Of the default data plane. The first call of this function asks the cluster service where that is, for at most 10 s beside the wait
  // for a token, and follows it there with the same credentials; a server that knows no clusters is its own. Call it for each use:
  // where the question fails, the calls on the reference end with its error, and the next call of this function asks again.
  [[nodiscard]] flyteidl2::dataproxy::DataProxyService::Stub& dataproxy_service() const;
  // Of the data plane for one resource and operation; asks each time, remembers the channels. UNAVAILABLE, DENIED, PROTOCOL,
  // INVALID_CONFIG (an endpoint that cannot be used: plaintext where this client set has TLS, or more than a host and a port).
  [[nodiscard]] Result<flyteidl2::dataproxy::DataProxyService::Stub*> dataproxy_service(
      const flyteidl2::cluster::SelectClusterRequest& request, std::chrono::milliseconds limit = std::chrono::seconds{10}) const;

  [[nodiscard]] const std::string& endpoint() const;  // as it was given
  [[nodiscard]] const std::shared_ptr<grpc::Channel>& channel() const;
  [[nodiscard]] const Session& session() const;
  [[nodiscard]] const std::string& org() const;  // of the API key; "": none

  // Connects, which calls would do by themselves, and says what is wrong where they only fail: with the endpoint, the cause and
  // what to do. UNAVAILABLE, PROTOCOL (TLS, or no gRPC there), DEADLINE. Blocks for at most `limit`.
  [[nodiscard]] Result<void> connect(std::chrono::milliseconds limit = std::chrono::seconds{10}) const;
  // A failed call as an Error. Precondition: !status.ok().
  [[nodiscard]] Error error(const grpc::Status& status) const;

  // Ends every call in flight at once (CANCELLED), or after it had `grace` to end by itself. Calls made after it fail. A call that
  // failed in a way that gRPC might have repeated counts as in flight until its ClientContext ends.
  void close() const { close_within(std::chrono::milliseconds{0}); }
  template <class Rep, class Period>
  void close(std::chrono::duration<Rep, Period> grace) const {
    // Compared as floating point: a grace of hours::max() must not overflow.
    const std::chrono::duration<double, std::milli> wanted = grace;
    const std::chrono::duration<double, std::milli> most = std::chrono::hours{24 * 365};
    close_within(std::chrono::duration_cast<std::chrono::milliseconds>(wanted < most ? wanted : most));
  }

  class Impl;
  explicit ClientSet(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

 private:
  void close_within(std::chrono::milliseconds grace) const;

  std::shared_ptr<Impl> impl_;
};

}  // namespace authhost
