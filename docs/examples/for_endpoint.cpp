// A client set for an endpoint that is known, without a login: for_endpoint localhost:8080
#include <authhost/clientset.hpp>

#include <iostream>

int main(int argc, char** argv) {
  auto cs = authhost::ClientSet::for_endpoint(argc > 1 ? argv[1] : "localhost:8080", {.insecure = true});
  if (!cs) {
    std::cerr << cs.error().message << "\n" << cs.error().hint << "\n";
    return 1;
  }
  // Use cs->task_service(), cs->run_service(), …
  std::cout << "Connected to endpoint: " << cs->endpoint() << "\n";
  cs->close();
}
