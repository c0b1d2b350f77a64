// Attempts: what became of each attempt of a call.
//
// gRPC's retry policy repeats a call below its public interface: a program sees the last status alone, and call credentials are
// asked once more without being told why. But a token is refreshed for a rejection, and for nothing else: a connection that was
// lost must not cost a request to the token endpoint, or open a browser. gRPC tells its own tracers; docs/adr/0008 says why this
// library listens there, and what happens where it cannot.
#pragma once

#include <grpc/grpc.h>
#include <grpcpp/support/status.h>

#include <string_view>

namespace authhost::clientset {

// Told by gRPC's threads, one at a time for each call.
class AttemptObserver {
 public:
  virtual ~AttemptObserver() = default;
  // `transparent`: gRPC itself tries again, because the one before never reached the server.
  virtual void attempt_started(bool transparent) noexcept = 0;
  // With the server's status, or the connection's; before gRPC decides whether there is another one.
  virtual void attempt_ended(grpc::StatusCode code, std::string_view message) noexcept = 0;
  // The last word: the call is destroyed.
  virtual void call_destroyed() noexcept = 0;
};

// Whether the gRPC that is linked here is one whose tracers are known.
bool can_watch_attempts();
// As if it were another one: for tests of what that would mean.
void pretend_other_grpc(bool pretend);

// What hooks an observer into its call. Part of the observer, which outlives the call: call_destroyed() says when that ends.
class AttemptWatch {
 public:
  AttemptWatch() = default;
  AttemptWatch(const AttemptWatch&) = delete;
  AttemptWatch& operator=(const AttemptWatch&) = delete;

  // Once, before the call's first operation, and with can_watch_attempts(). false: somebody else watches this call.
  bool start(grpc_call* call, AttemptObserver& observer);

 private:
  alignas(void*) unsigned char tracer_[3 * sizeof(void*)] = {};
};

}  // namespace authhost::clientset
