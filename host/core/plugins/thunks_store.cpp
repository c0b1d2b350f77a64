// authhost.store/1.
#include "core/plugins/host_table.hpp"

#include <authhost/secret.hpp>

#include <algorithm>
#include <map>
#include <string>

namespace authhost::plugins {
namespace {

constexpr std::size_t kMaxValue = 64 * 1024;  // bytes
constexpr std::size_t kMaxSum = 256 * 1024;
constexpr std::size_t kMaxEntries = 64;

// The plugin's own small secrets; null when this call has none.
std::map<std::string, Secret>* extras(const authhost_call* call) {
  return call->request->extras;
}

authhost_status store_get(authhost_call* call, const char* name, std::int32_t* found, authhost_str* out) {
  return guarded_work(call, [&]() -> authhost_status {
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
  return guarded_work(call, [&]() -> authhost_status {
    auto* entries = extras(call);
    if (entries == nullptr) return call->fail(Status::store_failed, "there is no store in this call");
    const std::string key = name != nullptr ? name : "";
    const auto visible = [](unsigned char c) { return c > 0x20 && c < 0x7f; };
    if (key.empty() || key.size() > 128 || !std::all_of(key.begin(), key.end(), visible)) {
      return call->fail(Status::usage, "store.put needs a name of 1 to 128 visible ASCII characters");
    }
    std::size_t sum = value.size;
    for (const auto& [other, kept] : *entries) sum += other == key ? 0 : kept.size();
    if (value.size > kMaxValue) return call->fail(Status::usage, "store.put keeps at most 64 KiB");
    if (sum > kMaxSum) return call->fail(Status::usage, "store.put keeps at most 256 KiB in all entries together");
    if (entries->size() >= kMaxEntries && entries->count(key) == 0) {
      return call->fail(Status::usage, "store.put keeps at most 64 entries");
    }
    call->redactor.add(view(value));
    (*entries)[key] = Secret(view(value));
    return AUTHHOST_OK;
  });
}

authhost_status store_drop(authhost_call* call, const char* name) {
  return guarded_work(call, [&]() -> authhost_status {
    auto* entries = extras(call);
    if (entries == nullptr) return call->fail(Status::store_failed, "there is no store in this call");
    if (name != nullptr) entries->erase(name);
    return AUTHHOST_OK;
  });
}

}  // namespace

const authhost_store_service& store_table() noexcept {
  static const authhost_store_service table = {sizeof(authhost_store_service), &store_get, &store_put, &store_drop};
  return table;
}

}  // namespace authhost::plugins
