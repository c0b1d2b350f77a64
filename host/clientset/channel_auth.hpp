// ChannelAuth: what the calls of one channel share: whose token they carry, how it is renewed, and whether the channel is closed.
#pragma once

#include "clientset/brake.hpp"
#include "clientset/refresher.hpp"

#include <authhost/session.hpp>

#include <grpc/grpc_security.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/security/credentials.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace authhost::clientset {

struct Transport;

class CallAuth;

// A call's place in its channel's list.
struct InFlight {
  CallAuth* previous = nullptr;
  CallAuth* next = nullptr;
  bool listed = false;
  bool over = false;  // its ClientContext has ended
};

class ChannelAuth : public std::enable_shared_from_this<ChannelAuth> {
 public:
  enum class Policy {
    none,      // calls carry no token
    lazy,      // the stored token, if there is one; without it a call goes out bare, and a login waits for the server to want one
    required,  // no call without a token
  };

  // `session` may be null with Policy::none. `may_interact`: whether a rejection may start a login with a person.
  static std::shared_ptr<ChannelAuth> make(std::shared_ptr<Session::Impl> session, Policy policy, bool may_interact, int rpc_retries);
  ChannelAuth(const ChannelAuth&) = delete;
  ChannelAuth& operator=(const ChannelAuth&) = delete;

  // The channel whose calls this is for. Called once.
  std::shared_ptr<grpc::Channel> make_channel(const Transport& transport);
  // Before each call, on the thread that makes it: gives it its credentials.
  void begin(grpc::ClientContext& context);

  // No new calls from now on: they end with `why`.
  void refuse(grpc::Status why = closed());
  static grpc::Status closed();
  // The same; waits at most `grace` for those in flight, then cancels them.
  void close(std::chrono::milliseconds grace);

  // For CallAuth, any thread.
  [[nodiscard]] Policy policy() const { return policy_; }
  [[nodiscard]] bool may_interact() const { return may_interact_; }
  [[nodiscard]] int rpc_retries() const { return rpc_retries_; }
  // After so many gRPC ends a call by itself, and keeps the server's trailing metadata.
  [[nodiscard]] int most_attempts() const { return most_attempts_; }
  // Whether gRPC is told to repeat calls that end with this code.
  [[nodiscard]] bool repeats(grpc::StatusCode code) const;
  [[nodiscard]] Refresher* main() const { return main_.get(); }    // null: no token
  [[nodiscard]] Refresher* proxy() const { return proxy_.get(); }  // null: no second role
  [[nodiscard]] bool known_bare() const { return known_bare_.load(std::memory_order_relaxed); }
  void set_known_bare(bool bare) { known_bare_.store(bare, std::memory_order_relaxed); }
  [[nodiscard]] Brake& token_brake() { return token_brake_; }
  [[nodiscard]] Brake& proxy_brake() { return proxy_brake_; }
  struct Entry {
    grpc::Status refusal = {};     // OK: none
    bool has_credentials = false;  // else the call needs a plugin, to carry anything
    std::string id = {};           // of the token in them
  };
  // `simple`: the token of the moment may go as credentials that all calls share, which gRPC is quickest with.
  Entry enter(CallAuth& call, bool simple);
  void leave(CallAuth& call) noexcept;
  // For good: the ClientContext ends, and with it what keeps the call alive for us.
  void leave_for_good(CallAuth& call) noexcept;
  // After leave(), when gRPC goes on by itself. false: refused meanwhile.
  bool come_back(CallAuth& call) noexcept;
  // Takes a reference to the call. false: it may be dying, and has none to give.
  bool hold(CallAuth& call) noexcept;

 private:
  ChannelAuth(std::shared_ptr<Session::Impl> session, Policy policy, bool may_interact, int rpc_retries);
  ~ChannelAuth() = default;
  [[nodiscard]] std::string service_config();
  void list(CallAuth& call) noexcept;  // under the lock
  bool share_credentials(grpc_call* call, std::string& id);  // under the lock
  std::shared_ptr<grpc::CallCredentials> proxy_beside(const std::shared_ptr<grpc::CallCredentials>& own);

  // What a ClientContext has for credentials. One object for all calls: each costs gRPC a lock on the whole process.
  class Hook final : public grpc::CallCredentials {
   public:
    bool ApplyToCall(grpc_call* call) override;

   private:
    grpc::SecureCallCredentials* AsSecureCredentials() override { return nullptr; }
  };

  Hook hook_;
  bool secure_ = false;  // TLS; of the channel that was made
  const Policy policy_;
  const bool may_interact_;
  const int rpc_retries_;
  int most_attempts_ = std::numeric_limits<int>::max();  // of the channel that was made; a program's own service config is not read
  std::shared_ptr<Refresher> main_;
  std::shared_ptr<Refresher> proxy_;
  Brake token_brake_;
  Brake proxy_brake_;
  std::atomic<bool> known_bare_{false};  // a lazy channel has looked for stored credentials, and found none

  std::mutex mutex_;  // guards what follows
  std::condition_variable all_left_;
  CallAuth* first_ = nullptr;
  grpc::Status refusal_;  // OK: calls are welcome
  struct Release {
    void operator()(grpc_call_credentials* credentials) const { grpc_call_credentials_release(credentials); }
  };
  std::unique_ptr<grpc_call_credentials, Release> shared_;  // of the token `shared_id_`
  std::string shared_id_;
  std::shared_ptr<grpc::CallCredentials> proxy_credentials_;
};

}  // namespace authhost::clientset
