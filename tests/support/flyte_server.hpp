// FlyteServer: a gRPC server of the Flyte services and of authhost.test.Echo, as a process of this test. It shares no
// code with authhost; flyte_server/README.md says what it can be told and what is in its log. Needs Node and `npm ci`
// in support/flyte_server.
#pragma once

#include "demo_idp.hpp"

#include <string>
#include <vector>

namespace authhost::test {

enum class Certificate { none, good, expired, wrong_host };  // none: plaintext

struct FlyteServerOptions {
  Certificate certificate = Certificate::none;
  bool wants_client_certificate = false;
  std::string idp_ca_file = {};  // for a provider that speaks https
  std::string header_key = "authorization";
  SteeredServer::Json settings = SteeredServer::Json::object();  // as for control(); reset() returns to them
  int port = 0;                                                  // 0: any free one
};

class FlyteServer : public SteeredServer {
 public:
  // Takes the tokens of `idp`, which must outlive it.
  explicit FlyteServer(const Idp& idp, const FlyteServerOptions& options = {});
  // Takes every bearer token, but those that the control "tokens" leaves out.
  explicit FlyteServer(const FlyteServerOptions& options = {});
  ~FlyteServer();  // lets it end by itself: it has files to remove
  FlyteServer(const FlyteServer&) = delete;
  FlyteServer& operator=(const FlyteServer&) = delete;

  [[nodiscard]] int port() const { return first_line()["port"].get<int>(); }
  [[nodiscard]] std::string target(const std::string& host = "localhost") const {
    return host + ":" + std::to_string(port());
  }
  [[nodiscard]] std::string ca_file() const { return first_line()["ca"].get<std::string>(); }
  // Signed by the same authority.
  [[nodiscard]] std::string client_certificate_file() const {
    return first_line()["client_certificate"].get<std::string>();
  }
  [[nodiscard]] std::string client_key_file() const { return first_line()["client_key"].get<std::string>(); }

  // Every token that a call has carried so far is rejected from now on.
  void make_tokens_stale() const { control({{"stale", true}}); }
  // Closes the port and all connections; listens on the same port again.
  void go_down() const { control({{"down", true}}); }
  void come_back() const { control({{"down", false}}); }
  // {"id", "open", "calls"} of each connection so far.
  [[nodiscard]] Json connections() const;
};

}  // namespace authhost::test
