#include "clientset/attempts.hpp"

#include <absl/status/status.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdint>
#include <new>
#include <string>

// Not in gRPC's headers, but in its library. Weak: another version may lack them.
enum grpc_context_index : int;
__attribute__((weak)) void grpc_call_context_set(grpc_call* call, grpc_context_index element, void* value, void (*destroy)(void*));
__attribute__((weak)) void* grpc_call_context_get(grpc_call* call, grpc_context_index element);

namespace authhost::clientset {

namespace {

constexpr auto kCallTracer = static_cast<grpc_context_index>(2);

// The two interfaces as gRPC 1.51.1 calls them, function by function; the names of what is not listened to do not matter.
class AttemptTracer {
 public:
  virtual ~AttemptTracer() = default;
  virtual void send_initial_metadata(void*, std::uint32_t) {}
  virtual void sent_initial_metadata(void*) {}
  virtual void send_trailing_metadata(void*) {}
  virtual void send_message(const void*) {}
  virtual void received_initial_metadata(void*, std::uint32_t) {}
  virtual void received_message(const void*) {}
  virtual void received_trailing_metadata(absl::Status status, void* metadata, const void* statistics) = 0;
  virtual void cancel(absl::Status) {}
  virtual void end(const void*) {}
};

class CallTracer {
 public:
  virtual ~CallTracer() = default;
  virtual AttemptTracer* start_attempt(bool transparent) = 0;  // owned by the tracer
};

class Tracer final : public CallTracer, public AttemptTracer {
 public:
  explicit Tracer(AttemptObserver& observer) : observer_(observer) {}

  AttemptTracer* start_attempt(bool transparent) override {
    observer_.attempt_started(transparent);
    return this;  // attempts do not overlap
  }
  void received_trailing_metadata(absl::Status status, void*, const void*) override {
    observer_.attempt_ended(static_cast<grpc::StatusCode>(status.code()), {status.message().data(), status.message().size()});
  }
  static void destroy(void* tracer) {
    auto* const self = static_cast<Tracer*>(static_cast<CallTracer*>(tracer));
    AttemptObserver& observer = self->observer_;
    self->~Tracer();
    observer.call_destroyed();
  }

 private:
  AttemptObserver& observer_;
};

std::atomic<bool> pretended{false};

}  // namespace

void pretend_other_grpc(bool pretend) { pretended.store(pretend, std::memory_order_relaxed); }

bool can_watch_attempts() {
  static const bool known = grpc::Version() == "1.51.1" && std::string(grpc_version_string()) == "29.0.0" &&
                            grpc_call_context_set != nullptr && grpc_call_context_get != nullptr;
  return known && !pretended.load(std::memory_order_relaxed);
}

bool AttemptWatch::start(grpc_call* call, AttemptObserver& observer) {
  static_assert(sizeof(Tracer) <= sizeof(tracer_) && alignof(Tracer) <= alignof(void*));
  if (grpc_call_context_get(call, kCallTracer) != nullptr) return false;
  grpc_call_context_set(call, kCallTracer, static_cast<CallTracer*>(new (tracer_) Tracer(observer)), &Tracer::destroy);
  return true;
}

}  // namespace authhost::clientset
