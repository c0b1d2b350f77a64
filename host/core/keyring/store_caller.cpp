#include "core/keyring/store_caller.hpp"

#include "core/services/redact.hpp"

#include <algorithm>
#include <limits>
#include <utility>

// Opaque to stores. Lives on the stack of the function that calls one.
struct authhost_store_call {
  const authhost::Call& caller;
  std::optional<authhost_store_answer> answer = {};  // its strings are those below
  authhost::Secret bytes = {};
  std::string version = {};
  std::optional<authhost::Error> error = {};
};

namespace authhost::keyring {
namespace {

constexpr std::size_t kMaxBytes = 1 << 20;
constexpr std::size_t kMaxVersion = 128;
constexpr std::string_view kAuthor = "tell the author of the credential store";

Error refused(std::string message) { return Error{Status::plugin, std::move(message), std::string(kAuthor)}; }

// The host's functions: no exception gets past them into C.
template <class T, class Body>
T guarded(T otherwise, Body&& body) noexcept {
  try {
    return body();
  } catch (...) {
    return otherwise;
  }
}

std::optional<Status> known(authhost_status raw) {
  const auto found = std::find_if(std::begin(kAllStatuses), std::end(kAllStatuses),
                                  [raw](Status status) { return static_cast<authhost_status>(status) == raw; });
  if (found == std::end(kAllStatuses)) return std::nullopt;
  return *found;
}

authhost_status emit(authhost_store_call* call, const authhost_store_answer* raw) {
  return guarded<authhost_status>(AUTHHOST_INTERNAL, [&]() -> authhost_status {
    call->answer.reset();
    if (raw == nullptr || !AUTHHOST_HAS_FIELD(raw, authhost_store_answer, wait_ms)) {
      call->error = refused("the credential store emitted a struct that is too small");
      return AUTHHOST_PLUGIN;
    }
    if (raw->bytes.size > kMaxBytes || raw->version.size > kMaxVersion) {
      call->error = refused("the credential store emitted more than there may be");
      return AUTHHOST_PLUGIN;
    }
    call->bytes = Secret(text::view(raw->bytes));
    call->version = text::copy(raw->version);
    call->answer = authhost_store_answer{sizeof(authhost_store_answer), raw->answer, {}, {}, raw->fence, raw->wait_ms};
    return AUTHHOST_OK;
  });
}

void set_error(authhost_store_call* call, authhost_status status, authhost_str message, authhost_str hint) {
  guarded<int>(0, [&] {
    call->error = Error{known(status).value_or(Status::internal), safe_text(text::view(message), 1024), safe_text(text::view(hint), 1024)};
    return 0;
  });
}

std::int32_t is_cancelled(authhost_store_call* call) {
  return guarded<std::int32_t>(1, [&] { return call->caller.check().ok() ? 0 : 1; });
}

std::int64_t deadline_ms(authhost_store_call* call) {
  return guarded<std::int64_t>(0, [&]() -> std::int64_t {
    return call->caller.deadline ? call->caller.left().count() : std::numeric_limits<std::int64_t>::max();
  });
}

std::int64_t monotonic_ms(authhost_store_call* call) {
  return guarded<std::int64_t>(0, [&]() -> std::int64_t {
    return std::chrono::floor<Milliseconds>(call->caller.clock->monotonic().time_since_epoch()).count();
  });
}

const authhost_store_host& host_table() {
  static const authhost_store_host table = {sizeof(authhost_store_host), AUTHHOST_CREDENTIAL_STORE_DRAFT, AUTHHOST_VERSION, &emit,
                                            &set_error, &is_cancelled, &deadline_ms, &monotonic_ms};
  return table;
}

// Why a call ended with `status`, which is not OK.
Error outcome(const authhost_store_call& call, authhost_status raw) {
  const auto status = known(raw);
  if (!status || *status == Status::ok) return refused("the credential store answered the unknown status " + std::to_string(raw));
  Error error = call.error.value_or(Error{*status, "the credential store failed and did not say why", std::string(kAuthor)});
  error.status = *status;
  return error;
}

// A C++ exception that crosses all the same is the store's fault, not the end of the process.
template <class Body>
authhost_status enter(authhost_store_call& call, Body&& body) {
  try {
    return body();
  } catch (...) {
    call.error = refused("the credential store let an exception out");
    return AUTHHOST_PLUGIN;
  }
}

}  // namespace

struct StoreCaller::Answer {
  std::int32_t answer = 0;
  Secret bytes;
  std::string version;
  std::uint64_t fence = 0;
  std::int64_t wait_ms = 0;
};

StoreCaller::StoreCaller(const authhost_credential_store& table, authhost_store_instance* instance)
    : table_(table), instance_(instance) {
  const std::string_view id(table.id);
  short_name_ = id.substr(id.rfind('.') + 1);
}

StoreCaller::~StoreCaller() {
  try {
    table_.destroy(instance_);
  } catch (...) {  // nobody is left to be told
  }
}

Result<std::unique_ptr<StoreCaller>> StoreCaller::open(const authhost_credential_store& table, const std::string& location,
                                                       const Call& call) {
  if (!AUTHHOST_HAS_FIELD(&table, authhost_credential_store, draft)) return refused("the table of a credential store is too small");
  if (table.draft != AUTHHOST_CREDENTIAL_STORE_DRAFT) {
    return refused("it was built for draft " + std::to_string(table.draft) + " of the credential store; this host speaks " +
                   std::to_string(AUTHHOST_CREDENTIAL_STORE_DRAFT));
  }
  if (!AUTHHOST_HAS_FIELD(&table, authhost_credential_store, release)) return refused("the table of a credential store is too small");
  if (table.id == nullptr || *table.id == '\0' || table.create == nullptr || table.destroy == nullptr || table.get == nullptr ||
      table.put_if == nullptr || table.drop_if == nullptr || table.lease == nullptr || table.release == nullptr) {
    return refused("the credential store says no id, or lacks a function");
  }
  authhost_store_call state{call};
  authhost_store_instance* instance = nullptr;
  const auto status = enter(state, [&] { return table.create(&host_table(), &state, text::to_abi(location), &instance); });
  if (status != AUTHHOST_OK) return outcome(state, status);
  if (instance == nullptr) return refused(std::string(table.id) + " created nothing");
  return std::unique_ptr<StoreCaller>(new StoreCaller(table, instance));
}

template <class Body>
Result<StoreCaller::Answer> StoreCaller::ask(const Call& call, std::initializer_list<std::int32_t> answers, Body&& body) {
  AUTHHOST_CHECK(call.check());
  std::unique_lock lock(mutex_, std::try_to_lock);
  while (!lock) {  // whoever is inside may take longer than this caller has
    AUTHHOST_CHECK(call.wait_fd(-1, 0, Milliseconds{2}));
    lock.try_lock();
  }
  authhost_store_call state{call};
  const auto status = enter(state, [&] { return body(&state); });
  if (status == AUTHHOST_DEADLINE || status == AUTHHOST_CANCELLED) AUTHHOST_CHECK(call.check());  // which of the two, the caller knows best
  if (status != AUTHHOST_OK) return outcome(state, status);
  if (!state.answer || std::find(answers.begin(), answers.end(), state.answer->answer) == answers.end()) {
    return state.error && state.error->status == Status::plugin ? *state.error : refused(short_name_ + " gave no answer that makes sense");
  }
  return Answer{state.answer->answer, std::move(state.bytes), std::move(state.version), state.answer->fence, state.answer->wait_ms};
}

Result<void> StoreCaller::probe(const Call& call) {
  if (!AUTHHOST_HAS_FIELD(&table_, authhost_credential_store, probe) || table_.probe == nullptr) return call.check();
  AUTHHOST_CHECK(ask(call, {AUTHHOST_ANSWER_DONE}, [&](auto* state) { return table_.probe(instance_, state); }));
  return {};
}

Result<std::optional<draft::Entry>> StoreCaller::get(std::string_view key, const Call& call) {
  AUTHHOST_TRY(answer, ask(call, {AUTHHOST_ANSWER_FOUND, AUTHHOST_ANSWER_NOTHING},
                           [&](auto* state) { return table_.get(instance_, state, text::to_abi(key)); }));
  if (answer.answer == AUTHHOST_ANSWER_NOTHING) return std::optional<draft::Entry>{};
  if (answer.version.empty()) return refused(short_name_ + " found something without a version");
  return std::optional<draft::Entry>(draft::Entry{std::move(answer.bytes), std::move(answer.version)});
}

Result<std::optional<std::string>> StoreCaller::put_if(std::string_view key, draft::Expected version, std::string_view bytes,
                                                       std::uint64_t fence, const Call& call) {
  if (bytes.size() > kMaxBytes) return Error{Status::store_failed, "more than 1 MiB is not kept", ""};
  const authhost_str raw = text::to_abi(version.value_or(""));
  AUTHHOST_TRY(answer, ask(call, {AUTHHOST_ANSWER_DONE, AUTHHOST_ANSWER_CHANGED}, [&](auto* state) {
                 return table_.put_if(instance_, state, text::to_abi(key), version ? &raw : nullptr, text::to_abi(bytes), fence);
               }));
  if (answer.answer == AUTHHOST_ANSWER_CHANGED) return std::optional<std::string>{};
  if (answer.version.empty()) return refused(short_name_ + " wrote something without a version");
  return std::optional<std::string>(std::move(answer.version));
}

Result<bool> StoreCaller::drop_if(std::string_view key, draft::Expected version, std::uint64_t fence, const Call& call) {
  const authhost_str raw = text::to_abi(version.value_or(""));
  AUTHHOST_TRY(answer, ask(call, {AUTHHOST_ANSWER_DONE, AUTHHOST_ANSWER_CHANGED}, [&](auto* state) {
                 return table_.drop_if(instance_, state, text::to_abi(key), version ? &raw : nullptr, fence);
               }));
  return answer.answer == AUTHHOST_ANSWER_DONE;
}

Result<draft::Lease> StoreCaller::lease(std::string_view key, Milliseconds time, const Call& call) {
  const auto for_ms = std::clamp<std::int64_t>(time.count(), 1, Milliseconds(std::chrono::hours{24}).count());
  AUTHHOST_TRY(answer, ask(call, {AUTHHOST_ANSWER_LEASED, AUTHHOST_ANSWER_BUSY, AUTHHOST_ANSWER_NO_LEASES},
                           [&](auto* state) { return table_.lease(instance_, state, text::to_abi(key), for_ms); }));
  if (answer.answer == AUTHHOST_ANSWER_NO_LEASES) return draft::Lease(draft::NoLeases{});
  if (answer.answer == AUTHHOST_ANSWER_BUSY) {
    constexpr std::int64_t kUnsaid = 100;
    return draft::Lease(draft::Busy{Milliseconds{std::clamp<std::int64_t>(answer.wait_ms == 0 ? kUnsaid : answer.wait_ms, 1, 60'000)}});
  }
  if (answer.fence == 0) return refused(short_name_ + " gave a lease without a fence");
  return draft::Lease(draft::Leased{answer.fence});
}

Result<void> StoreCaller::release(std::string_view key, std::uint64_t fence, const Call& call) {
  AUTHHOST_CHECK(ask(call, {AUTHHOST_ANSWER_DONE}, [&](auto* state) { return table_.release(instance_, state, text::to_abi(key), fence); }));
  return {};
}

}  // namespace authhost::keyring
