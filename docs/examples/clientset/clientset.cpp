#include <authhost/clientset.hpp>

#include <iostream>

int report(const authhost::Error& error) {
  std::cerr << error.message << "\nhint: " << error.hint << "\n";
  return static_cast<int>(error.status);
}

int main(int argc, char** argv) {
  auto cs = authhost::ClientSet::for_profile(argc > 1 ? argv[1] : "");
  if (!cs) return report(cs.error());

  flyteidl2::project::ListProjectsRequest request;
  request.set_org("demo");
  flyteidl2::project::ListProjectsResponse response;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  auto status = cs->project_domain_service().ListProjects(&context, request, &response);
  if (!status.ok()) return report(cs->error(status));

  for (const auto& project : response.projects().projects()) std::cout << project.id() << "\n";
  cs->close(std::chrono::seconds(5));
}
