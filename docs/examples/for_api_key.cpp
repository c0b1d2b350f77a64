// A client set for an API key, which names the endpoint and the client. FLYTE_API_KEY holds it: an argument would show it to
// everybody on this machine.
#include <authhost/clientset.hpp>

#include <cstdlib>
#include <iostream>

int main() {
  const char* key = std::getenv("FLYTE_API_KEY");
  // A server on this machine may do without TLS, and its provider, too.
  const bool local = std::getenv("FLYTE_INSECURE") != nullptr;
  auto cs = authhost::ClientSet::for_api_key(key != nullptr ? key : "", {.insecure = local, .allow_insecure_http = local});
  if (!cs) {
    std::cerr << cs.error().message << "\n" << cs.error().hint << "\n";
    return 1;
  }
  std::cout << "Connected using API key to endpoint: " << cs->endpoint() << "\n";

  grpc::ClientContext context;
  flyteidl2::auth::UserInfoResponse person;
  auto status = cs->identity_service().UserInfo(&context, {}, &person);
  if (!status.ok()) {
    auto error = cs->error(status);
    std::cerr << error.message << "\n" << error.hint << "\n";
    return 1;
  }
  std::cout << "The server knows this client as " << person.subject() << "\n";
  cs->close(std::chrono::seconds(5));  // calls in flight have so long to end
}
