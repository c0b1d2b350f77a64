#include <authhost/channel.hpp>

#include "greeter.grpc.pb.h"

#include <iostream>

int report(const authhost::Error& error) {
  std::cerr << error.message << "\nhint: " << error.hint << "\n";
  return static_cast<int>(error.status);
}

int main(int argc, char** argv) {
  const std::string target = argc > 1 ? argv[1] : "my-service.example.com:443";
  auto session = authhost::Session::for_profile("prod");
  auto channel = authhost::make_channel(target, session, {.rpc_retries = 1});
  if (!channel) return report(channel.error());
  auto stub = example::Greeter::NewStub(*channel);

  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  example::GreetRequest request;
  example::GreetResponse response;
  auto status = stub->Greet(&context, request, &response);
  if (!status.ok()) return report(authhost::to_error(status, target));
  std::cout << response.greeting() << "\n";
}
