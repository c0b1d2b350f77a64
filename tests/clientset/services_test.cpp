// The services of a client set, as the foreign server has them.
#include "harness.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <vector>

using namespace authhost;
using namespace authhost::test;

namespace {

struct Services {
  Services() : server(idp, {Certificate::good}), cs(opened(ClientSet::for_endpoint(server.target(), options()))) {}
  ClientSetOptions options() const {
    ClientSetOptions out = service_account(idp);
    out.ca_cert_file = server.ca_file();
    return out;
  }
  // The last call's service and method, as the server saw it.
  [[nodiscard]] std::string last() const { return server.log().back()["path"].get<std::string>(); }
  [[nodiscard]] bool last_had_token() const { return server.log().back()["metadata"].count("authorization") != 0; }

  DemoIdp idp;
  FlyteServer server;
  ClientSet cs;
};

}  // namespace

TEST_CASE("each service is the real stub of the service that it is named after") {
  Services s;
  const auto ask = [&](auto& stub, auto method, auto request, auto response) {
    grpc::ClientContext context;
    (stub.*method)(&context, request, &response);
    return s.last();
  };
  namespace f2 = flyteidl2;
  namespace f1 = flyteidl;
  CHECK(ask(s.cs.project_domain_service(), &f2::project::ProjectService::Stub::ListProjects, f2::project::ListProjectsRequest(),
            f2::project::ListProjectsResponse()) == "/flyteidl2.project.ProjectService/ListProjects");
  CHECK(ask(s.cs.task_service(), &f2::task::TaskService::Stub::ListTasks, f2::task::ListTasksRequest(), f2::task::ListTasksResponse()) ==
        "/flyteidl2.task.TaskService/ListTasks");
  CHECK(ask(s.cs.run_service(), &f2::workflow::RunService::Stub::ListRuns, f2::workflow::ListRunsRequest(), f2::workflow::ListRunsResponse()) ==
        "/flyteidl2.workflow.RunService/ListRuns");
  CHECK(ask(s.cs.secrets_service(), &f2::secret::SecretService::Stub::ListSecrets, f2::secret::ListSecretsRequest(),
            f2::secret::ListSecretsResponse()) == "/flyteidl2.secret.SecretService/ListSecrets");
  CHECK(ask(s.cs.identity_service(), &f2::auth::IdentityService::Stub::UserInfo, f2::auth::UserInfoRequest(), f2::auth::UserInfoResponse()) ==
        "/flyteidl2.auth.IdentityService/UserInfo");
  CHECK(s.last_had_token());
  CHECK(ask(s.cs.cluster_service(), &f2::cluster::ClusterService::Stub::SelectCluster, f2::cluster::SelectClusterRequest(),
            f2::cluster::SelectClusterResponse()) == "/flyteidl2.cluster.ClusterService/SelectCluster");
  CHECK(ask(s.cs.metadata_service(), &f1::service::AdminService::Stub::GetVersion, f1::admin::GetVersionRequest(),
            f1::admin::GetVersionResponse()) == "/flyteidl.service.AdminService/GetVersion");
  CHECK(ask(s.cs.dataproxy_service(), &f2::dataproxy::DataProxyService::Stub::CreateUploadLocation,
            f2::dataproxy::CreateUploadLocationRequest(), f2::dataproxy::CreateUploadLocationResponse()) ==
        "/flyteidl2.dataproxy.DataProxyService/CreateUploadLocation");
  CHECK(ask(s.cs.auth_metadata_service(), &f2::auth::AuthMetadataService::Stub::GetPublicClientConfig,
            f2::auth::GetPublicClientConfigRequest(), f2::auth::GetPublicClientConfigResponse()) ==
        "/flyteidl2.auth.AuthMetadataService/GetPublicClientConfig");
  CHECK_FALSE(s.last_had_token());
  grpc::ClientContext context;
  const auto logs = s.cs.logs_service().TailLogs(&context, f2::workflow::TailLogsRequest());
  f2::workflow::TailLogsResponse line;
  while (logs->Read(&line)) {
  }
  logs->Finish();
  CHECK(s.last() == "/flyteidl2.workflow.RunLogsService/TailLogs");
}

TEST_CASE("a task list comes through, and a message from the server is typed") {
  Services s;
  grpc::ClientContext context;
  flyteidl2::project::ListProjectsRequest request;
  request.set_org("acme");
  flyteidl2::project::ListProjectsResponse response;
  const auto status = s.cs.project_domain_service().ListProjects(&context, request, &response);
  INFO(text_of(status));
  CHECK(status.ok());
}

TEST_CASE("a data plane that SelectCluster points elsewhere is followed with the same credentials, and asked for once") {
  Services s;
  const FlyteServer plane(s.idp, {Certificate::good});
  // The plane has an authority of its own; this client set is told of both.
  const TempHome home;
  const auto both = home.write("both.pem", read_file(s.server.ca_file()) + read_file(plane.ca_file()));
  auto options = s.options();
  options.ca_cert_file = both;
  const auto cs = opened(ClientSet::for_endpoint(s.server.target(), options));
  s.server.control({{"cluster_endpoint", "dns:///" + plane.target()}});
  for (int i = 0; i < 3; ++i) {
    grpc::ClientContext context;
    flyteidl2::dataproxy::CreateUploadLocationResponse response;
    cs.dataproxy_service().CreateUploadLocation(&context, {}, &response);
  }
  CHECK(plane.count("CreateUploadLocation") == 3);
  CHECK(plane.log().back()["metadata"]["authorization"] == s.server.log().back()["metadata"]["authorization"]);
  CHECK(plane.log().back()["token"] == "accepted");
  CHECK(s.server.count("SelectCluster") == 1);
  CHECK(s.idp.count("/token") == 1);
  cs.close();
  grpc::ClientContext context;
  flyteidl2::dataproxy::CreateUploadLocationResponse response;
  CHECK(cs.dataproxy_service().CreateUploadLocation(&context, {}, &response).error_code() == grpc::StatusCode::CANCELLED);
}

TEST_CASE("a data plane in plaintext is not followed from a server with TLS") {
  Services s;
  const FlyteServer plane(s.idp, FlyteServerOptions{});
  for (const std::string scheme : {"http://", "dns:///"}) {
    s.server.control({{"cluster_endpoint", scheme + plane.target()}});
    const auto found = s.cs.dataproxy_service(flyteidl2::cluster::SelectClusterRequest());
    if (found) {
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(2));
      flyteidl2::dataproxy::CreateUploadLocationResponse response;
      CHECK_FALSE((*found)->CreateUploadLocation(&context, {}, &response).ok());
    } else {
      CHECK(found.error().status == Status::invalid_config);
    }
  }
  CHECK(plane.log().empty());
}

TEST_CASE("a data plane is a host and a port, with its own name in its certificate") {
  Services s;
  for (const std::string target : {"unix:/tmp/socket", "dns://127.0.0.1:53/plane.example:443", "ipv4:127.0.0.1:1", "xds:///plane", "http://plane:1"}) {
    s.server.control({{"cluster_endpoint", target}});
    const auto found = s.cs.dataproxy_service(flyteidl2::cluster::SelectClusterRequest());
    INFO(target);
    REQUIRE_FALSE(found.ok());
    CHECK(found.error().status == Status::invalid_config);
    CHECK_THAT(found.error().message, Catch::Contains(s.server.target()));
    CHECK_THAT(found.error().hint, Catch::Contains("operator") && !Catch::Contains("insecure"));
  }
  // Both have a certificate for another name than they are called by; the program's word for that is for the first alone.
  const FlyteServer first(s.idp, {Certificate::wrong_host});
  const FlyteServer plane(s.idp, {Certificate::wrong_host});
  const TempHome home;
  auto options = s.options();
  options.ca_cert_file = home.write("both.pem", read_file(first.ca_file()) + read_file(plane.ca_file()));
  options.channel.arguments.SetSslTargetNameOverride("elsewhere.example");
  options.channel.rpc_retries = 0;
  const auto cs = opened(ClientSet::for_endpoint(first.target(), options));
  first.control({{"cluster_endpoint", plane.target()}});
  CHECK(call(*Echo::NewStub(cs.channel()), Kind::unary).status.ok());
  grpc::ClientContext context;
  flyteidl2::dataproxy::CreateUploadLocationResponse response;
  CHECK(cs.dataproxy_service().CreateUploadLocation(&context, {}, &response).error_code() == grpc::StatusCode::UNAVAILABLE);
  CHECK(plane.log().empty());
}

TEST_CASE("where the data plane is not known, its calls end with the reason, and do not go elsewhere") {
  Services s;
  const auto ask = [&] {
    grpc::ClientContext context;
    flyteidl2::dataproxy::CreateUploadLocationResponse response;
    return s.cs.dataproxy_service().CreateUploadLocation(&context, {}, &response);
  };
  s.server.control({{"status", {{"code", 7}, {"message", "no cluster for you"}, {"method", "SelectCluster"}, {"times", 1}}}});
  auto status = ask();
  CHECK(status.error_code() == grpc::StatusCode::PERMISSION_DENIED);
  Error error = s.cs.error(status);
  CHECK(error.status == Status::denied);
  CHECK_THAT(error.message, Catch::Contains("asking for the data plane") && Catch::Contains("no cluster for you"));
  CHECK_FALSE(error.hint.empty());
  s.server.control({{"cluster_endpoint", "unix:/tmp/socket"}});
  CHECK(s.cs.error(ask()).status == Status::invalid_config);
  CHECK(s.server.count("CreateUploadLocation") == 0);
  s.server.control({{"cluster_endpoint", nullptr}});
  ask();
  CHECK(s.server.count("CreateUploadLocation") == 1);
}

TEST_CASE("those who wait while the data plane is asked for in vain share the answer") {
  Services s;
  s.server.control({{"status", {{"code", 7}, {"method", "SelectCluster"}}}, {"delay_ms", 0}});
  s.idp.control({{"token", {{"delay_ms", 500}, {"times", 1}}}});  // the first question waits for its token
  std::vector<std::future<bool>> all;
  for (int i = 0; i < 8; ++i) {
    all.push_back(std::async(std::launch::async, [&] {
      grpc::ClientContext context;
      flyteidl2::dataproxy::CreateUploadLocationResponse response;
      return s.cs.dataproxy_service().CreateUploadLocation(&context, {}, &response).ok();
    }));
  }
  for (auto& one : all) CHECK_FALSE(one.get());
  CHECK(s.server.count("SelectCluster") < 8);
}

TEST_CASE("a server without clusters is its own data plane") {
  Services s;
  s.server.control({{"unimplemented", {"flyteidl2.cluster"}}});
  grpc::ClientContext context;
  flyteidl2::dataproxy::CreateUploadLocationResponse response;
  s.cs.dataproxy_service().CreateUploadLocation(&context, {}, &response);
  CHECK(s.last() == "/flyteidl2.dataproxy.DataProxyService/CreateUploadLocation");
}

TEST_CASE("copies of a client set are the same one") {
  Services s;
  const ClientSet copy = s.cs;
  CHECK(&copy.task_service() == &s.cs.task_service());
  CHECK(copy.channel() == s.cs.channel());
  CHECK(copy.endpoint() == s.server.target());
  CHECK_FALSE(copy.session().credentials());
  copy.close();
  grpc::ClientContext context;
  flyteidl2::task::ListTasksResponse response;
  CHECK(s.cs.task_service().ListTasks(&context, {}, &response).error_code() == grpc::StatusCode::CANCELLED);
}

TEST_CASE("client sets and sessions for the same login share one token request") {
  Services s;
  const auto second = opened(ClientSet::for_endpoint(s.server.target(), s.options()));
  const auto first_echo = Echo::NewStub(s.cs.channel());
  const auto second_echo = Echo::NewStub(second.channel());
  CHECK(call(*first_echo, Kind::unary).status.ok());
  CHECK(call(*second_echo, Kind::unary).status.ok());
  CHECK(s.idp.count("/token") == 1);
}
