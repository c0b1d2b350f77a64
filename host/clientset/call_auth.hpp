// CallAuth: the credentials of one call, from its first attempt to its last.
//
//   start          the token of the moment goes with the call, in a form that gRPC can use again and again; else
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
};

// Counted references: the ClientContext's, gRPC's for its tracer and its plugin, a refresh's that is under way.
class CallAuth final : public AttemptObserver {
 public:
  // `own`: the caller's credentials, beside which the call carries none of ours; or null. One reference: the ClientContext's.
  CallAuth(std::shared_ptr<ChannelAuth> channel, Carries carries, std::shared_ptr<grpc::CallCredentials> own);

  // Hooks itself into the call. Before the call's first operation. false: the caller's credentials cannot be used.
  bool start(grpc_call* call);
  // The ClientContext ends, and with it its reference.
  void context_ended() noexcept;
  // Ends the call with this status, if it has not ended yet. [any-thread, while the call lives]
  void stop(const grpc::Status& status) const;

  void ref() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void unref() noexcept;
  [[nodiscard]] grpc_call* call() const { return call_; }
  // Whether this thread is at the end of a call: it may be one of gRPC's.
  [[nodiscard]] static bool ending() noexcept;

  void attempt_started(bool transparent) noexcept override;
  void attempt_ended(grpc::StatusCode code, std::string_view message) noexcept override;
  void call_destroyed() noexcept override { unref(); }

  InFlight place;  // the channel's

 private:
  ~CallAuth() override = default;

  // One header: whose it is, what was sent of it last, and whether that was rejected.
  struct Header {
    Refresher* refresher = nullptr;  // null: not carried
    std::string sent_id = {};
    bool rejected = false;  // the next attempt needs another
    bool repeated = false;  // a call is repeated once for each
    [[nodiscard]] bool missing() const;
  };

  void use_plugin();
  static int ask(void* self, grpc_auth_metadata_context context, grpc_credentials_plugin_metadata_cb answer, void* request,
                 grpc_metadata metadata[GRPC_METADATA_CREDENTIALS_PLUGIN_SYNC_MAX], std::size_t* size, grpc_status_code* status,
                 const char** details);
  Header* first_missing();
  void get(Header& header, grpc_credentials_plugin_metadata_cb answer, void* request);
  void got(Header& header, const Error* error, grpc_credentials_plugin_metadata_cb answer, void* request);
  std::size_t fill(grpc_metadata metadata[GRPC_METADATA_CREDENTIALS_PLUGIN_SYNC_MAX]);
  // The server rejected what this header carried. false: that was tried before, or nobody can get another.
  static bool reject(Header& header);
  // The same, unless the server has rejected too many of late.
  bool may_refresh(Header& header, Brake& brake);
  bool may_repeat(grpc::StatusCode code, std::string_view message);
  void rejected(grpc::StatusCode code, std::string_view message);

  const std::shared_ptr<ChannelAuth> channel_;
  const std::shared_ptr<grpc::CallCredentials> own_;
  grpc_call* call_ = nullptr;  // one of its references is ours until context_ended
  std::atomic<int> references_{1};
  AttemptWatch watch_;
  std::atomic<bool> released_{false};         // the ClientContext has ended, or has other credentials by now
  mutable std::atomic<bool> stopped_{false};  // what ends the call now is our own word
  bool watched_ = false;
  // gRPC runs what follows one at a time for each call; got() on a thread of ours, while gRPC waits for its answer or has dropped the
  // call.
  bool has_plugin_ = false;
  Header token_;
  Header proxy_token_;
  grpc::StatusCode rejected_with_ = grpc::StatusCode::OK;  // OK: not rejected
  std::string rejection_;                                  // what was said with that
  int asked_ = 0;
  int attempts_ = 0;  // that reached for the server
  int troubles_ = 0;  // attempts that failed for no reason of ours
};

}  // namespace authhost::clientset
