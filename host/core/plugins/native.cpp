#include "core/plugins/native.hpp"

#include "core/plugins/call_result.hpp"
#include "core/plugins/host_table.hpp"
#include "core/plugins/native_call.hpp"

#include <fmt/format.h>

#include <utility>

namespace authhost::plugins {
namespace {

class NativeAuthenticator final : public Authenticator {
 public:
  NativeAuthenticator(const LoadedAuthenticator& loaded, Permissions permissions, authhost_instance* instance)
      : loaded_(loaded), permissions_(std::move(permissions)), instance_(instance) {}
  ~NativeAuthenticator() override {
    try {
      loaded_.descriptor->destroy(instance_);
    } catch (...) {  // nobody is left to be told
    }
  }
  NativeAuthenticator(const NativeAuthenticator&) = delete;
  NativeAuthenticator& operator=(const NativeAuthenticator&) = delete;

  [[nodiscard]] const AuthenticatorInfo& info() const override { return loaded_.info; }

  Result<RefreshOutcome> refresh(const RefreshRequest& request, const Call& call) override {
    authhost_call state(call, loaded_.info, permissions_, &request);
    const CRequest raw(request, call, state.arena);
    const auto status =
        enter(state, [&] { return loaded_.descriptor->refresh(instance_, &state, raw.get()); });
    return refresh_result(state, status);
  }

  Result<void> revoke(const RefreshRequest& request, const Call& call) override {
    const auto* extension = revoker(*loaded_.descriptor);
    if (extension == nullptr) return {};
    authhost_call state(call, loaded_.info, permissions_, &request);
    const CRequest raw(request, call, state.arena);
    const auto status = enter(state, [&] { return extension->revoke(instance_, &state, raw.get()); });
    return revoke_result(state, status);
  }

 private:
  const LoadedAuthenticator& loaded_;
  Permissions permissions_;
  authhost_instance* instance_;
};

}  // namespace

Result<std::unique_ptr<Authenticator>> make_native(const LoadedAuthenticator& loaded, Permissions permissions,
                                                   const Call& call) {
  authhost_instance* instance = nullptr;
  authhost_call state(call, loaded.info, permissions, nullptr);
  const auto status = enter(state, [&] { return loaded.descriptor->create(&host_table(), &state, &instance); });
  if (status != AUTHHOST_OK) return state.outcome(status, loaded.info.id);
  if (instance == nullptr) {
    return Error{Status::plugin, fmt::format("{} created nothing", loaded.info.id), "tell the plugin's author"};
  }
  return std::unique_ptr<Authenticator>(
      std::make_unique<NativeAuthenticator>(loaded, std::move(permissions), instance));
}

}  // namespace authhost::plugins
