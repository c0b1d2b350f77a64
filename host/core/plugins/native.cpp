#include "core/plugins/native.hpp"

#include "core/plugins/call_result.hpp"
#include "core/plugins/host_table.hpp"

#include <fmt/format.h>

#include <utility>

namespace authhost::plugins {
namespace {

// The C face of a RefreshRequest. Borrows from it; lives until the plugin has returned.
class CRequest {
 public:
  CRequest(const RefreshRequest& request, const Call& call, Arena& arena) {
    static const ClientConfig kNothing;
    const ClientConfig& config = request.client_config != nullptr ? *request.client_config : kNothing;
    config_.size = sizeof config_;
    config_.issuer = borrow(config.issuer);
    config_.token_endpoint = borrow(config.token_endpoint);
    config_.authorization_endpoint = borrow(config.authorization_endpoint);
    config_.device_authorization_endpoint = borrow(config.device_authorization_endpoint);
    config_.revocation_endpoint = borrow(config.revocation_endpoint);
    config_.redirect_uri = borrow(config.redirect_uri);
    config_.client_id = borrow(config.client_id);
    config_.audience = borrow(config.audience);
    config_.header_key = borrow(config.header_key);
    config_.scopes = arena.list(config.scopes);
    config_.n_scopes = config.scopes.size();
    config_.code_challenge_methods = arena.list(config.code_challenge_methods);
    config_.n_code_challenge_methods = config.code_challenge_methods.size();
    config_.iss_parameter_supported = config.iss_parameter_supported ? 1 : 0;

    refresh_.size = sizeof refresh_;
    refresh_.reason = static_cast<std::int32_t>(request.reason);
    refresh_.may_interact = call.may_interact ? 1 : 0;
    refresh_.endpoint = borrow(request.endpoint);
    refresh_.client_config = &config_;
    if (request.previous != nullptr) {
      set_previous(*request.previous, arena);
      refresh_.previous = &previous_;
    }
  }
  CRequest(const CRequest&) = delete;
  CRequest& operator=(const CRequest&) = delete;

  [[nodiscard]] const authhost_refresh* get() const { return &refresh_; }

 private:
  void set_previous(const Credentials& credentials, Arena& arena) {
    previous_.size = sizeof previous_;
    previous_.access_token = borrow(credentials.access_token.reveal());
    previous_.token_type = borrow(credentials.token_type);
    previous_.refresh_token = borrow(credentials.refresh_token.reveal());
    previous_.id_token = borrow(credentials.id_token.reveal());
    previous_.expires_in_s = credentials.expires_in ? credentials.expires_in->count() : -1;
    previous_.expires_at_ms = -1;
    if (credentials.expires_at) {
      previous_.expires_at_ms = std::chrono::floor<Milliseconds>(credentials.expires_at->time_since_epoch()).count();
    }
    previous_.scopes = arena.list(credentials.scopes);
    previous_.n_scopes = credentials.scopes.size();
    previous_.id = borrow(credentials.id);
  }

  authhost_client_config config_{};
  authhost_credentials previous_{};
  authhost_refresh refresh_{};
};

// Calls into a plugin. A C++ exception that crosses all the same is the plugin's fault, not the end of the process.
template <class Function>
authhost_status enter(authhost_call& call, Function&& function) {
  try {
    return function();
  } catch (...) {
    return call.fail(Status::plugin, "the plugin let an exception out", "tell the plugin's author");
  }
}

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
    const auto* extension = revoke_of(*loaded_.descriptor);
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
