// authhost-demo-idp: an identity provider on a loopback port, for tests and demonstrations. README.md lists its faults.
#include "server.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

namespace {

constexpr std::string_view kUsage =
    "usage: authhost-demo-idp [--port N] [--host 127.0.0.1|localhost] [--issuer-path /tenant] [--tls CA_FILE_TO_WRITE]\n"
    "                         [--settings JSON] [--jwt] [--ttl SECONDS]\n"
    "Prints {\"issuer\":…,\"port\":…} and serves until its standard input closes or SIGTERM comes.\n";

int serve(int argc, char** argv) {
  demo_idp::ServerOptions options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    const auto value = [&]() -> std::string {
      if (i + 1 < argc) return argv[++i];
      std::cerr << kUsage;
      std::exit(2);
    };
    if (flag == "--port") {
      options.port = std::stoi(value());
    } else if (flag == "--host") {
      options.host = value();
    } else if (flag == "--issuer-path") {
      options.issuer_path = value();
    } else if (flag == "--tls") {
      options.certificates = demo_idp::make_certificates();
      std::ofstream(value()) << options.certificates->authority;
    } else if (flag == "--settings") {
      options.settings.merge_patch(demo_idp::Json::parse(value()));
    } else if (flag == "--jwt") {
      options.settings["access_token"]["format"] = "jwt";
    } else if (flag == "--ttl") {
      options.settings["access_token"]["ttl"] = std::stoi(value());
    } else {
      std::cerr << kUsage;
      return flag == "--help" ? 0 : 2;
    }
  }
  demo_idp::Server server(options);
  std::cout << demo_idp::Json{{"issuer", server.issuer()}, {"port", server.port()}}.dump() << std::endl;
  // The process belongs to whoever holds the other end of its standard input.
  std::thread([] {
    char byte = 0;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    std::_Exit(0);
  }).detach();
  server.run();
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return serve(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "authhost-demo-idp: " << error.what() << '\n';
    return 1;
  }
}
