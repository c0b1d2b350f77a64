// FlyteRpc: a unary call of a Flyte server, in proto3 JSON, whatever carries it there. Discovery asks it for the client
// config, `whoami` for the person.
//
//   ConnectRpc   a JSON POST over HTTP: a server of today answers that on the port of its gRPC (Connect protocol)
//   ProcessRpc   gRPC, spoken by a program beside this library, because this library does not link it
//   FlyteRpcs    the first of these that the server understands
//   the client set's own, for programs that link gRPC anyway: SessionParts::flyte_rpc
#pragma once

#include "core/config/profile.hpp"
#include "core/services/http.hpp"
#include "core/services/process.hpp"

#include <authhost/result.hpp>
#include <authhost/secret.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace authhost {

// One call with an empty message.
struct FlyteRequest {
  std::string_view service;                       // with its package: "flyteidl2.auth.AuthMetadataService"
  std::string_view procedure;                     // "GetOAuth2Metadata"
  const Secret* token = nullptr;                  // sent as `Bearer …`; null: without credentials
  std::string_view header_key = "authorization";  // lower case: what carries the token
};

struct FlyteAnswer {
  enum class Kind {
    message,          // `text` is the answer: one JSON object, in either spelling of the names
    unimplemented,    // the server does not know this procedure: another package or place may be tried
    unauthenticated,  // the server rejects the token; only where one was sent
  } kind = Kind::message;
  std::string text = {};  // else what the server said about it, safe to show
};

// Bound to one server. Thread-safe.
class FlyteRpc {
 public:
  virtual ~FlyteRpc() = default;
  // UNAVAILABLE: no connection, or the server is in trouble. PROTOCOL: it answered something else; an HTML page is quoted.
  // DENIED: the token's owner may not. PLUGIN, INVALID_CONFIG: it cannot be asked from here. DEADLINE, CANCELLED. The message
  // names the server.
  virtual Result<FlyteAnswer> call(const FlyteRequest& request, const Call& call) = 0;
  // The server, for messages: "https://flyte.example.com:443".
  [[nodiscard]] virtual const std::string& address() const = 0;
};

// The address of a profile's endpoint. INVALID_CONFIG: the endpoint cannot be read, or has no host (unix:, xds:, …).
Result<std::string> flyte_address(const config::Profile& profile);

class ConnectRpc final : public FlyteRpc {
 public:
  // `http` outlives it.
  ConnectRpc(std::string address, Http& http) : address_(std::move(address)), http_(http) {}

  Result<FlyteAnswer> call(const FlyteRequest& request, const Call& call) override;
  [[nodiscard]] const std::string& address() const override { return address_; }

  // The same, and whether the peer was there but may speak gRPC alone.
  Result<FlyteAnswer> attempt(const FlyteRequest& request, const Call& call, bool& may_be_grpc);

 private:
  std::string address_;
  Http& http_;
};

// The way to the server, for a program that is to go it.
struct FlyteChannel {
  std::string target;  // for gRPC: "dns:///foo.com:443"
  bool insecure = false;
  std::string ca_cert_file = {};
  bool insecure_skip_verify = false;
  std::string http_proxy = {};
  std::function<Result<Secret>(const Call&)> proxy_authorization = {};  // as in HttpOptions
};

// The program's protocol: one JSON object on its stdin, one on its stdout. The token travels on stdin alone.
//   {"address","target","insecure","ca_cert_file","insecure_skip_verify","http_proxy","proxy_authorization","service",
//    "procedure","header_key","token","deadline_ms"}
//   {"status":"ok","body":{…}} or {"status":"unimplemented"|"unauthenticated"|"no-connection"|a name of Status,"message","hint"}
class ProcessRpc final : public FlyteRpc {
 public:
  // `process` outlives it. `program`: an absolute path; "": the one that is installed with this library.
  ProcessRpc(std::string address, FlyteChannel channel, Process& process, std::string program = {});

  Result<FlyteAnswer> call(const FlyteRequest& request, const Call& call) override;
  [[nodiscard]] const std::string& address() const override { return address_; }

  [[nodiscard]] bool installed() const;
  // The same, and whether it failed because no server of gRPC is there.
  Result<FlyteAnswer> attempt(const FlyteRequest& request, const Call& call, bool& no_connection);

 private:
  std::string address_;
  FlyteChannel channel_;
  Process& process_;
  std::string program_;
};

// Connect first. A server that turns out to speak gRPC alone is asked through the program, from then on without a detour.
// What Connect said stays the answer where that does not help.
class FlyteRpcs final : public FlyteRpc {
 public:
  FlyteRpcs(ConnectRpc connect, ProcessRpc process) : connect_(std::move(connect)), process_(std::move(process)) {}

  Result<FlyteAnswer> call(const FlyteRequest& request, const Call& call) override;
  [[nodiscard]] const std::string& address() const override { return connect_.address(); }

 private:
  ConnectRpc connect_;
  ProcessRpc process_;
  std::atomic<bool> grpc_alone_{false};
};

// FlyteRpcs for a profile; null where its endpoint has no address that HTTP could reach. The services outlive it.
std::unique_ptr<FlyteRpc> make_flyte_rpc(const config::Profile& profile, Http& http, Process& process,
                                         std::function<Result<Secret>(const Call&)> proxy_authorization = {});

}  // namespace authhost
