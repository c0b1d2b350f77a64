// authhost.clock/1 and authhost.crypto/1.
#include "core/plugins/host_table.hpp"
#include "core/services/crypto.hpp"

#include <authhost/secret.hpp>

#include <algorithm>
#include <utility>

namespace authhost::plugins {
namespace {

constexpr std::size_t kLongestVerifier = 64 * 1024;  // bytes: no secret that is made here is longer

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
  return guarded_work(call, [&]() -> authhost_status {
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
    if (data.size >= 16 && data.size <= kLongestVerifier) call->redactor.add(text.reveal());
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

}  // namespace authhost::plugins
