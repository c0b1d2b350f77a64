// The services of a client set, one call each: services localhost:8080
#include <authhost/clientset.hpp>

#include <iostream>

namespace {

void print(const char* service, const authhost::ClientSet& cs, const grpc::Status& status) {
  std::cout << service << ": " << (status.ok() ? "ok" : cs.error(status).message) << "\n";
}

template <class Stub, class Request, class Response>
void ask(const char* service, const authhost::ClientSet& cs, Stub& stub,
         grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*)) {
  grpc::ClientContext context;
  Response response;
  print(service, cs, (stub.*method)(&context, Request(), &response));
}

}  // namespace

int main(int argc, char** argv) {
  auto cs = authhost::ClientSet::for_endpoint(argc > 1 ? argv[1] : "localhost:8080", {.insecure = true});
  if (!cs) {
    std::cerr << cs.error().message << "\n" << cs.error().hint << "\n";
    return 1;
  }
  using namespace flyteidl2;
  ask("metadata_service", *cs, cs->metadata_service(), &flyteidl::service::AdminService::Stub::GetVersion);
  ask("project_domain_service", *cs, cs->project_domain_service(), &project::ProjectService::Stub::ListProjects);
  ask("task_service", *cs, cs->task_service(), &task::TaskService::Stub::ListTasks);
  ask("run_service", *cs, cs->run_service(), &workflow::RunService::Stub::ListRuns);
  ask("dataproxy_service", *cs, cs->dataproxy_service(), &dataproxy::DataProxyService::Stub::CreateUploadLocation);
  ask("secrets_service", *cs, cs->secrets_service(), &secret::SecretService::Stub::ListSecrets);
  grpc::ClientContext context;
  auto lines = cs->logs_service().TailLogs(&context, workflow::TailLogsRequest());
  for (workflow::TailLogsResponse line; lines->Read(&line);) std::cout << line.ShortDebugString() << "\n";
  print("logs_service", *cs, lines->Finish());
  cs->close();
}
