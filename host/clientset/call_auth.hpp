// CallAuth: the credentials of one call, from its first attempt to its last.
//
//   ask            gRPC wants the metadata of an attempt: from the snapshot at once, or when a refresh is through
//   attempt_ended  an attempt failed: was it the token? then the next one gets another; may there be a next one?
//   stop           there may not: the call ends with the status that the server gave
#pragma once

#include "clientset/attempts.hpp"
#include "clientset/channel_auth.hpp"

#include <grpc/grpc_security.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

namespace authhost::clientset {

// What a call carries of ours; the rest is the caller's own.
struct Carries {
  bool token = false;
  bool proxy_token = false;
  bool request_id = false;
  [[nodiscard]] bool anything() const { return token || proxy_token || request_id; }
};

class CallAuth final : public AttemptObserver {
 public:
  // Refers to the call, whose last reference the caller holds on to until leave(). Counted references; starts with one.
  CallAuth(std::shared_ptr<ChannelAuth> channel, grpc_call* call, Carries carries);

  // Hooks itself into the call. Before the call's first operation.
  void attach();
  void ref() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void unref() noexcept;
  void leave() noexcept { channel_->leave(*this); }
  // Ends the call with this status, if it has not ended yet. [any-thread, while the call lives]
  void stop(grpc::StatusCode code, const std::string& message) const;
  [[nodiscard]] grpc_call* call() const { return call_; }

  void attempt_started(bool transparent) noexcept override;
  void attempt_ended(grpc::StatusCode code, std::string_view message) noexcept override;
  void call_destroyed() noexcept override { unref(); }

  InFlight place;  // the channel's

 private:
  // One header: whose it is, what was sent of it last, and whether that was rejected.
  struct Header {
    Refresher* refresher = nullptr;  // null: not carried
    std::string sent_id = {};
    bool rejected = false;  // the next attempt needs another
    bool repeated = false;  // a call is repeated once for each
    [[nodiscard]] bool missing() const;
  };

  static int ask(void* self, grpc_auth_metadata_context context, grpc_credentials_plugin_metadata_cb answer, void* request,
                 grpc_metadata metadata[GRPC_METADATA_CREDENTIALS_PLUGIN_SYNC_MAX], std::size_t* size, grpc_status_code* status,
                 const char** details);
  Header* first_missing();
  void get(Header& header, grpc_credentials_plugin_metadata_cb answer, void* request);
  void got(Header& header, const Error* error, grpc_credentials_plugin_metadata_cb answer, void* request);
  std::size_t fill(grpc_metadata metadata[GRPC_METADATA_CREDENTIALS_PLUGIN_SYNC_MAX]);
  // The server rejected what this header carried. false: that was tried before, or nobody can get another.
  static bool reject(Header& header);
  bool may_repeat(grpc::StatusCode code, std::string_view message);

  const std::shared_ptr<ChannelAuth> channel_;
  grpc_call* const call_;
  std::atomic<int> references_{1};
  bool watched_ = false;
  // gRPC runs what follows one at a time for each call.
  Header token_;
  Header proxy_token_;
  std::string request_id_;  // the same for all attempts
  std::string rejection_;   // what the server said about the token
  int asked_ = 0;
  int troubles_ = 0;        // attempts that failed for no reason of ours
};

// What a call holds of its CallAuth: gRPC's C++ face keeps it as long as the ClientContext.
class CallHandle final : public grpc::CallCredentials {
 public:
  CallHandle(std::shared_ptr<ChannelAuth> channel, Carries carries, std::shared_ptr<grpc::CallCredentials> own)
      : channel_(std::move(channel)), own_(std::move(own)), carries_(carries) {}
  ~CallHandle() override;

  bool ApplyToCall(grpc_call* call) override;

 private:
  grpc::SecureCallCredentials* AsSecureCredentials() override { return nullptr; }

  std::shared_ptr<ChannelAuth> channel_;
  std::shared_ptr<grpc::CallCredentials> own_;  // the caller's
  Carries carries_;
  CallAuth* state_ = nullptr;
};

}  // namespace authhost::clientset
