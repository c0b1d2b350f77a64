#include "flyte_server.hpp"

namespace authhost::test {
namespace {

std::vector<std::string> command(const Idp* idp, const FlyteServerOptions& options) {
  std::vector<std::string> out = {"node",         AUTHHOST_SOURCE_DIR "/tests/support/flyte_server/server.mjs",
                                  "--header-key", options.header_key,
                                  "--control",    options.settings.dump(),
                                  "--port",       std::to_string(options.port)};
  switch (options.certificate) {
    case Certificate::none:
      out.emplace_back("--plaintext");
      break;
    case Certificate::good:
      out.emplace_back("--tls=good");
      break;
    case Certificate::expired:
      out.emplace_back("--tls=expired");
      break;
    case Certificate::wrong_host:
      out.emplace_back("--tls=wrong-host");
      break;
  }
  if (options.wants_client_certificate) out.emplace_back("--client-certificate");
  if (idp != nullptr) out.insert(out.end(), {"--idp", idp->issuer()});
  if (!options.idp_ca_file.empty()) out.insert(out.end(), {"--idp-ca", options.idp_ca_file});
  return out;
}

}  // namespace

FlyteServer::FlyteServer(const Idp& idp, const FlyteServerOptions& options) : SteeredServer(command(&idp, options)) {
  steer_at("http://127.0.0.1:" + std::to_string(first_line()["control"].get<int>()));
}

FlyteServer::FlyteServer(const FlyteServerOptions& options) : SteeredServer(command(nullptr, options)) {
  steer_at("http://127.0.0.1:" + std::to_string(first_line()["control"].get<int>()));
}

FlyteServer::~FlyteServer() {
  process().close_stdin();
  process().wait();
}

FlyteServer::Json FlyteServer::connections() const { return Json::parse(http_get(root() + "/__connections").body); }

}  // namespace authhost::test
