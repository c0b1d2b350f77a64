#include "conform/native_spy.hpp"

#include "core/plugins/native_call.hpp"

#include "core/plugins/call_state.hpp"
#include "core/plugins/host_table.hpp"

#include <cstddef>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>

namespace authhost::conform {

namespace {

constexpr std::size_t kMore = 64;  // bytes that a newer host knows, and this one does not

// A call that is going on, or is over.
struct Seen {
  std::thread::id thread;
  Record* record = nullptr;
};

struct Spy {
  const authhost_descriptor* real = nullptr;
  const authhost_revoke* revoke = nullptr;
  OtherHost other;
  std::mutex mutex;
  std::map<const authhost_call*, Seen> calls;
  std::vector<std::string> strays;
};
Spy& spy() {
  static auto& the_spy = *new Spy;  // a plugin's threads may ask for it while the process ends
  return the_spy;
}

// The record of a call that may be used on this thread; null: it may not be used at all.
Record* record_of(const authhost_call* call, const char* what) {
  static Record nowhere;
  const std::lock_guard lock(spy().mutex);
  const auto found = spy().calls.find(call);
  if (found == spy().calls.end()) {
    spy().strays.emplace_back(what);
    return nullptr;
  }
  if (found->second.thread == std::this_thread::get_id()) return found->second.record != nullptr ? found->second.record : &nowhere;
  if (found->second.record != nullptr) found->second.record->strays.emplace_back(std::string(what) + " on another thread");
  return nullptr;
}

class Going {
 public:
  explicit Going(const authhost_call* call) : call_(call) {
    const std::lock_guard lock(spy().mutex);
    spy().calls[call] = {std::this_thread::get_id(), recording()};
  }
  ~Going() {
    const std::lock_guard lock(spy().mutex);
    spy().calls.erase(call_);
  }
  Going(const Going&) = delete;
  Going& operator=(const Going&) = delete;

 private:
  const authhost_call* const call_;
};

std::string text_of(authhost_str text) { return std::string(plugins::view(text)); }

// ---- the host's table ----

std::int32_t log_enabled(authhost_call*, std::int32_t) { return 1; }  // whatever it would log is worth a look
void log_line(authhost_call* call, std::int32_t, authhost_str line) {
  if (auto* record = record_of(call, "log")) record->log.push_back(text_of(line));
}
void set_error(authhost_call* call, authhost_status status, authhost_str message, authhost_str hint) {
  auto* record = record_of(call, "set_error");
  if (record == nullptr) return;
  record->errors.push_back({static_cast<Status>(status), text_of(message), text_of(hint)});
  plugins::host_table().set_error(call, status, message, hint);
}
authhost_status emit(authhost_call* call, const authhost_credentials* raw) {
  auto* record = record_of(call, "emit_credentials");
  if (record == nullptr) return AUTHHOST_USAGE;
  constexpr auto kNeeded = offsetof(authhost_credentials, n_scopes) + sizeof(raw->n_scopes);
  const bool readable = plugins::covers(raw, kNeeded);
  if (!readable) record->sizes.emplace_back("authhost_credentials");
  Emission out;
  if (readable) {
    out = {text_of(raw->access_token), text_of(raw->token_type), text_of(raw->refresh_token), text_of(raw->id_token), raw->expires_in_s,
           raw->expires_at_ms, {}, false};
    for (std::size_t i = 0; raw->scopes != nullptr && i < raw->n_scopes && i < 1024; ++i) out.scopes.push_back(text_of(raw->scopes[i]));
  }
  const auto status = plugins::host_table().emit_credentials(call, raw);
  out.taken = status == AUTHHOST_OK;
  if (readable) record->emissions.push_back(std::move(out));
  return status;
}
std::int32_t is_cancelled(authhost_call* call) {
  return record_of(call, "is_cancelled") != nullptr ? plugins::host_table().is_cancelled(call) : 1;
}
std::int64_t deadline_ms(authhost_call* call) {
  return record_of(call, "deadline_ms") != nullptr ? plugins::host_table().deadline_ms(call) : 0;
}
authhost_status get_setting(authhost_call* call, const char* name, authhost_setting_value* out) {
  auto* record = record_of(call, "get_setting");
  if (record == nullptr) return AUTHHOST_USAGE;
  record->settings.emplace_back(name != nullptr ? name : "");
  constexpr auto kNeeded = offsetof(authhost_setting_value, n_list) + sizeof(out->n_list);
  if (!plugins::covers(out, kNeeded) || out->size > 16 * sizeof *out) record->sizes.emplace_back("authhost_setting_value");
  return plugins::host_table().get_setting(call, name, out);
}
authhost_status get_service(authhost_call* call, const char* name, const void** out) {
  auto* record = record_of(call, "get_service");
  if (record == nullptr) return AUTHHOST_USAGE;
  record->services.emplace_back(name != nullptr ? name : "");
  const auto status = plugins::host_table().get_service(call, name, out);
  if (spy().other.lacks_service_tables && status == AUTHHOST_OK && out != nullptr) *out = nullptr;
  return status;
}

void last_error(authhost_call* call, authhost_str* message, authhost_str* hint) {
  if (record_of(call, "last_error") != nullptr) return plugins::host_table().last_error(call, message, hint);
  for (auto* out : {message, hint}) {
    if (out != nullptr) *out = {"", 0};
  }
}

// What a newer host has beyond what is known here is poison to whoever looks at it.
struct Longer {
  authhost_host host;
  std::byte more[kMore];
};
const authhost_host& table() {
  static Longer longer;
  const auto& real = plugins::host_table();
  longer.host = real;
  std::memset(longer.more, 0xA5, kMore);
  longer.host.log_enabled = log_enabled;
  longer.host.log = log_line;
  longer.host.set_error = set_error;
  longer.host.emit_credentials = emit;
  longer.host.is_cancelled = is_cancelled;
  longer.host.deadline_ms = deadline_ms;
  longer.host.get_setting = get_setting;
  longer.host.get_service = get_service;
  longer.host.last_error = last_error;
  if (spy().other.newer) {
    longer.host.size += kMore;
    longer.host.abi_minor += 7;
  }
  if (spy().other.oldest) {
    longer.host.size = offsetof(authhost_host, last_error);
    longer.host.abi_minor = 0;
    std::memset(&longer.host.last_error, 0xA5, sizeof longer.host.last_error);
  }
  return longer.host;
}

template <class T>
struct Grown {
  explicit Grown(const T* from) {
    if (from == nullptr) return;
    std::memset(more, 0xA5, kMore);
    value = *from;
    value.size += kMore;
  }
  T value{};
  std::byte more[kMore];
};

// ---- the plugin's functions ----

template <class Function>
authhost_status watch(authhost_call* call, const authhost_refresh* request, Function&& function) {
  const Going going(call);
  Record* const record = recording();
  try {
    authhost_status status = 0;
    if (spy().other.newer) {
      Grown<authhost_refresh> grown(request);
      const Grown<authhost_credentials> previous(request->previous);
      const Grown<authhost_client_config> config(request->client_config);
      if (request->previous != nullptr) grown.value.previous = &previous.value;
      if (request->client_config != nullptr) grown.value.client_config = &config.value;
      status = function(&grown.value);
    } else {
      status = function(request);
    }
    if (record != nullptr) record->status = status;
    if (record != nullptr) record->explained = call->error && !call->error->message.empty();
    return status;
  } catch (...) {
    if (record != nullptr) record->threw = true;
    throw;
  }
}

authhost_status create(const authhost_host*, authhost_call* call, authhost_instance** out) {
  const Going going(call);
  return spy().real->create(&table(), call, out);
}
void destroy(authhost_instance* instance) { spy().real->destroy(instance); }
authhost_status refresh(authhost_instance* instance, authhost_call* call, const authhost_refresh* request) {
  return watch(call, request, [&](const authhost_refresh* asked) { return spy().real->refresh(instance, call, asked); });
}
authhost_status revoke(authhost_instance* instance, authhost_call* call, const authhost_refresh* request) {
  return watch(call, request, [&](const authhost_refresh* asked) { return spy().revoke->revoke(instance, call, asked); });
}

constexpr authhost_revoke kRevoke = {sizeof kRevoke, revoke};

const void* get_extension(const char* name) {
  if (std::strcmp(name, AUTHHOST_EXT_REVOKE) == 0) {
    spy().revoke = plugins::revoker(*spy().real);
    return spy().revoke != nullptr ? &kRevoke : nullptr;
  }
  const bool has_any = AUTHHOST_HAS_FIELD(spy().real, authhost_descriptor, get_extension) && spy().real->get_extension != nullptr;
  return has_any ? spy().real->get_extension(name) : nullptr;
}

}  // namespace

plugins::LoadedAuthenticator spied(const plugins::LoadedAuthenticator& authenticator, OtherHost other) {
  static authhost_descriptor descriptor{};
  spy().real = authenticator.descriptor;
  spy().other = other;
  std::memcpy(&descriptor, authenticator.descriptor, std::min(authenticator.descriptor->size, sizeof descriptor));
  descriptor.size = sizeof descriptor;
  descriptor.create = create;
  descriptor.destroy = destroy;
  descriptor.refresh = refresh;
  descriptor.get_extension = get_extension;
  return {&descriptor, authenticator.info};
}

std::vector<std::string> strays_after_the_end() {
  const std::lock_guard lock(spy().mutex);
  return spy().strays;
}

}  // namespace authhost::conform
