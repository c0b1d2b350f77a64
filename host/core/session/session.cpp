// The public face: opens sessions and shares the live ones.
#include "core/config/api_key.hpp"
#include "core/config/options.hpp"
#include "core/config/profile.hpp"
#include "core/config/session_key.hpp"
#include "core/plugins/registry.hpp"
#include "core/session/journal.hpp"
#include "core/session/session_impl.hpp"

#include <authhost/session.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace authhost {

namespace {

// All that a profile says, in one text: two sessions that would behave differently are never shared. They still share the
// lock and the stored item if their key is the same.
std::string fingerprint(const config::Profile& profile, config::Role role) {
  std::string text = config::session_key(profile, role).text;
  const auto add = [&text](std::string_view name, std::string_view value) {
    text.append("\n").append(name).append("=").append(value);
  };
  const auto add_list = [&](std::string_view name, const std::vector<std::string>& values) {
    for (const auto& value : values) add(name, value);
  };
  const ClientConfig& client = profile.client;
  add("token", client.token_endpoint);
  add("authorization", client.authorization_endpoint);
  add("device", client.device_authorization_endpoint);
  add("revocation", client.revocation_endpoint);
  add("redirect", client.redirect_uri);
  add("header", client.header_key);
  add("discovery", std::to_string(static_cast<int>(profile.discovery)));
  add("flags", {profile.insecure ? "i" : "-"});
  add("flags", {profile.insecure_skip_verify ? "v" : "-"});
  add("flags", {profile.allow_insecure_http ? "h" : "-"});
  add("flags", {profile.runtime_cache ? "c" : "-"});
  add("ca", profile.ca_cert_file);
  add("proxy", profile.http_proxy);
  add("storage", std::to_string(static_cast<int>(profile.storage)));
  add("timeout", std::to_string(profile.refresh_timeout.count()));
  for (const auto& entry : profile.settings) {
    const std::string& name = entry.first;  // clang 14 cannot capture a structured binding
    std::visit(
        [&](const auto& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::vector<std::string>>) add_list(name, value);
          else if constexpr (std::is_same_v<T, std::string>) add(name, token_digest(value));  // may be a secret
          else add(name, std::to_string(value));
        },
        entry.second.value);
  }
  if (profile.proxy_authenticator) text += fingerprint(*profile.proxy_authenticator, config::Role::proxy);
  return text;
}

// The live sessions of this process: whoever asks for the same key gets the same one, so that one refresh serves all.
class LiveSessions {
 public:
  Result<Session> get(config::Profile profile, OpenParameters parameters) {
    std::string name = fingerprint(profile, config::Role::main) + (parameters.may_interact ? "\ninteractive" : "");
    for (const auto& folder : parameters.plugins.directories) name.append("\nplugins ").append(folder);
    name.append("\npolicy ").append(std::to_string(static_cast<int>(parameters.plugins.policy)));
    if (auto live = find(name)) return Session(std::move(live));
    SessionParts parts;
    parts.profile = std::move(profile);
    parts.registry = plugins::make_registry(parameters.plugins);
    parts.services.prompt = parameters.may_interact ? make_terminal_prompt(false) : make_silent_prompt();
    parts.flyte_rpc = std::move(parameters.flyte_rpc);
    parts.may_interact = parameters.may_interact;
    AUTHHOST_TRY(made, Session::Impl::make(std::move(parts), Call{}));  // may take as long as a plugin does: without the lock
    const std::lock_guard lock(mutex_);
    if (auto live = sessions_[name].lock()) return Session(std::move(live));  // somebody else was quicker
    sessions_[name] = made;
    std::erase_if(sessions_, [](const auto& entry) { return entry.second.expired(); });
    return Session(std::move(made));
  }

 private:
  std::shared_ptr<Session::Impl> find(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto known = sessions_.find(name);
    return known == sessions_.end() ? nullptr : known->second.lock();
  }

  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<Session::Impl>> sessions_;
};

LiveSessions& live_sessions() {
  static auto* const sessions = new LiveSessions;  // outlives every static object that holds a session
  return *sessions;
}

Call call_of(const Session::Impl& impl) {
  Call call;
  call.may_interact = impl.may_interact();
  return call;
}

}  // namespace

Result<Session> open_session(config::Profile profile, OpenParameters parameters) {
  return live_sessions().get(std::move(profile), std::move(parameters));
}

Result<Session> Session::open(SessionOptions options) {
  AUTHHOST_TRY(profile, config::profile_from_options(options));
  AUTHHOST_TRY(plugins, config::plugins_from_options(options));
  return open_session(std::move(profile), {std::move(plugins), options.may_interact});
}

Result<Session> Session::for_profile(std::string_view name, bool may_interact) {
  AUTHHOST_TRY(loaded, config::load({}));
  AUTHHOST_TRY(profile, loaded.profile(name));
  return open_session(std::move(profile), {std::move(loaded.plugins), may_interact});
}

Result<Session> Session::for_api_key(std::string_view key) {
  AUTHHOST_TRY(decoded, config::decode_api_key(key));
  return open(config::options_from_api_key(decoded));
}

Result<void> Session::refresh_credentials() { return refresh_credentials(""); }

Result<void> Session::refresh_credentials(std::string_view rejected_id) {
  return impl_->reject(rejected_id, call_of(*impl_));
}

std::optional<Credentials> Session::credentials() const { return impl_->credentials(); }
const AuthMetadata& Session::auth_metadata() const { return impl_->auth_metadata(); }
const std::string& Session::endpoint() const { return impl_->profile().endpoint; }
std::string Session::store_name() const { return impl_->store_name(); }

}  // namespace authhost
