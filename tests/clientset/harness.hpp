// What the tests of the client set share: a provider, a server that takes its tokens, and calls of all four kinds.
#pragma once

#include "support/demo_idp.hpp"
#include "support/flyte_server.hpp"
#include "support/temp_home.hpp"

#include <authhost/clientset.hpp>

#include <echo.grpc.pb.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace authhost::test {

// The demo provider's service account, in this process alone.
ClientSetOptions service_account(const DemoIdp& idp);
SessionOptions session_of(const std::string& endpoint, const ClientSetOptions& options);
// The home as this process's, for what reads configuration and state; as it was before when this ends.
class Environment {
 public:
  explicit Environment(const TempHome& home);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::vector<std::pair<std::string, std::optional<std::string>>> before_;
};
// What was opened; the test ends if it was not.
template <class T>
T opened(Result<T> result) {
  if (!result) throw std::runtime_error("not opened: " + result.error().message);
  return *std::move(result);
}

// A provider, a server, and a channel between this process and the server.
struct Stage {
  explicit Stage(const FlyteServerOptions& server_options = {Certificate::good}, ChannelOptions channel_options = {},
                 const std::function<void(ClientSetOptions&)>& change = {});

  DemoIdp idp;
  FlyteServer server;
  ClientSetOptions options;
  Session session;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<Echo::Stub> echo;
};

enum class Kind { unary, client_stream, server_stream, bidi };
inline constexpr Kind kAllKinds[] = {Kind::unary, Kind::client_stream, Kind::server_stream, Kind::bidi};
const char* name_of(Kind kind);  // the server's

struct Outcome {
  grpc::Status status;
  int answers = 0;  // messages that came
  int attempt = 0;  // as the server counted, of the last answer
  std::string subject = {};
};
// A whole call, to its end; streams are three messages long.
Outcome call(Echo::Stub& echo, Kind kind, grpc::ClientContext& context);
Outcome call(Echo::Stub& echo, Kind kind);
// So many calls of all kinds in turn, at once, as callbacks; in the order in which they were started.
std::vector<Outcome> call_at_once(Echo::Stub& echo, int calls);

std::string text_of(const grpc::Status& status);  // for messages of failed checks
std::string base64(const std::string& bytes);
std::string read_file(const std::string& path);

}  // namespace authhost::test
