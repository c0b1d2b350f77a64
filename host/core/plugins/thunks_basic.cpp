// authhost.clock/1, authhost.crypto/1, authhost.store/1: thin thunks.
#include "core/plugins/host_table.hpp"
#include "core/services/crypto.hpp"

#include <authhost/secret.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace authhost::plugins {
namespace {

constexpr std::size_t kMaxStored = 64 * 1024;  // bytes of one entry: nothing that is a secret is longer
constexpr std::size_t kMostNeedles = 1024;     // of the redactor: what a plugin makes in a loop is no verifier
constexpr std::size_t kMaxStoredSum = 256 * 1024;

// ---- clock ----

std::int64_t now_ms(authhost_call* call) {
  return guarded_or<std::int64_t>(0, [&] {
    return std::int64_t{std::chrono::floor<Milliseconds>(call->caller.clock->wall().time_since_epoch()).count()};
  });
}

std::int64_t monotonic_ms(authhost_call* call) {
  return guarded_or<std::int64_t>(0, [&] {
    return std::int64_t{std::chrono::floor<Milliseconds>(call->caller.clock->monotonic().time_since_epoch()).count()};
  });
}

authhost_status sleep_ms(authhost_call* call, std::int64_t milliseconds) {
  return guarded(call, [&]() -> authhost_status {
    if (call->request == nullptr) return call->fail(Status::usage, "create does no I/O and does not sleep");
    constexpr std::int64_t kDay = std::int64_t{24} * 3600 * 1000;
    auto slept = call->caller.clock->sleep(Milliseconds{std::clamp<std::int64_t>(milliseconds, 0, kDay)}, call->caller);
    if (!slept) return call->fail(std::move(slept).error());
    return AUTHHOST_OK;
  });
}

// ---- crypto ----

authhost_status random_bytes(authhost_call* call, void* out, std::size_t n) {
  return guarded(call, [&]() -> authhost_status {
    if (out == nullptr && n > 0) return call->fail(Status::usage, "random was given a null pointer");
    auto drawn = crypto::random(out, n);
    if (!drawn) return call->fail(std::move(drawn).error());
    return AUTHHOST_OK;
  });
}

authhost_status sha256(authhost_call* call, authhost_str data, std::uint8_t out[32]) {
  return guarded(call, [&]() -> authhost_status {
    if (out == nullptr) return call->fail(Status::usage, "sha256 was given a null pointer");
    const auto digest = crypto::sha256(view(data));
    std::copy(digest.begin(), digest.end(), out);
    return AUTHHOST_OK;
  });
}

std::optional<crypto::Alphabet> alphabet_of(std::int32_t alphabet) {
  if (alphabet == AUTHHOST_BASE64_STANDARD) return crypto::Alphabet::standard;
  if (alphabet == AUTHHOST_BASE64_URL_UNPADDED) return crypto::Alphabet::url_unpadded;
  return std::nullopt;
}

authhost_status base64_encode(authhost_call* call, authhost_str data, std::int32_t alphabet, authhost_str* out) {
  return guarded(call, [&]() -> authhost_status {
    const auto known = alphabet_of(alphabet);
    if (!known || out == nullptr) return call->fail(Status::usage, "base64_encode was called wrongly");
    const Secret text = crypto::base64_encode(view(data), *known);
    // Verifiers, states and Basic headers are made here: they never belong into an error message.
    if (data.size >= 16 && data.size <= kMaxStored && call->redactor.size() < kMostNeedles) call->redactor.add(text.reveal());
    *out = call->arena.copy(text.reveal());
    return AUTHHOST_OK;
  });
}

authhost_status base64_decode(authhost_call* call, authhost_str text, std::int32_t alphabet, authhost_str* out) {
  return guarded(call, [&]() -> authhost_status {
    const auto known = alphabet_of(alphabet);
    if (!known || out == nullptr) return call->fail(Status::usage, "base64_decode was called wrongly");
    auto bytes = crypto::base64_decode(view(text), *known);
    if (!bytes) return call->fail(std::move(bytes).error());
    *out = call->arena.copy(bytes->reveal());
    return AUTHHOST_OK;
  });
}

void wipe_bytes(authhost_call*, void* data, std::size_t n) {
  if (data != nullptr) wipe(data, n);
}

// ---- store ----

constexpr std::size_t kMaxEntries = 64;

// The plugin's own small secrets; null when this call has none.
std::map<std::string, Secret>* extras(authhost_call* call) {
  return call->request != nullptr ? call->request->extras : nullptr;
}

authhost_status store_get(authhost_call* call, const char* name, std::int32_t* found, authhost_str* out) {
  return guarded(call, [&]() -> authhost_status {
    if (name == nullptr || found == nullptr || out == nullptr) return call->fail(Status::usage, "store.get was given a null pointer");
    auto* entries = extras(call);
    if (entries == nullptr) return call->fail(Status::store_failed, "there is no store in this call");
    *found = 0;
    *out = {"", 0};
    const auto entry = entries->find(name);
    if (entry == entries->end()) return AUTHHOST_OK;
    call->redactor.add(entry->second.reveal());
    *found = 1;
    *out = call->arena.copy(entry->second.reveal());
    return AUTHHOST_OK;
  });
}

authhost_status store_put(authhost_call* call, const char* name, authhost_str value) {
  return guarded(call, [&]() -> authhost_status {
    auto* entries = extras(call);
    if (entries == nullptr) return call->fail(Status::store_failed, "there is no store in this call");
    const std::string key = name != nullptr ? name : "";
    const auto visible = [](unsigned char c) { return c > 0x20 && c < 0x7f; };
    if (key.empty() || key.size() > 128 || !std::all_of(key.begin(), key.end(), visible)) {
      return call->fail(Status::usage, "store.put needs a name of 1 to 128 visible ASCII characters");
    }
    std::size_t sum = value.size;
    for (const auto& [other, kept] : *entries) sum += other == key ? 0 : kept.size();
    if (value.size > kMaxStored) return call->fail(Status::usage, "store.put keeps at most 64 KiB");
    if (sum > kMaxStoredSum) return call->fail(Status::usage, "store.put keeps at most 256 KiB in all entries together");
    if (entries->size() >= kMaxEntries && entries->count(key) == 0) {
      return call->fail(Status::usage, "store.put keeps at most 64 entries");
    }
    call->redactor.add(view(value));
    (*entries)[key] = Secret(view(value));
    return AUTHHOST_OK;
  });
}

authhost_status store_drop(authhost_call* call, const char* name) {
  return guarded(call, [&]() -> authhost_status {
    auto* entries = extras(call);
    if (entries == nullptr) return call->fail(Status::store_failed, "there is no store in this call");
    if (name != nullptr) entries->erase(name);
    return AUTHHOST_OK;
  });
}

}  // namespace

const authhost_clock_service& clock_table() noexcept {
  static const authhost_clock_service table = {sizeof(authhost_clock_service), &now_ms, &monotonic_ms, &sleep_ms};
  return table;
}

const authhost_crypto_service& crypto_table() noexcept {
  static const authhost_crypto_service table = {sizeof(authhost_crypto_service), &random_bytes, &sha256, &base64_encode,
                                                &base64_decode, &wipe_bytes};
  return table;
}

const authhost_store_service& store_table() noexcept {
  static const authhost_store_service table = {sizeof(authhost_store_service), &store_get, &store_put, &store_drop};
  return table;
}

}  // namespace authhost::plugins
