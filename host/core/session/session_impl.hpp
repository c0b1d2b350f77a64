// Session::Impl: the live object behind a Session. docs/architecture.md tells its one story; refresh.cpp is that story.
#pragma once

#include "core/config/profile.hpp"
#include "core/config/session_key.hpp"
#include "core/discovery/flyte_rpc.hpp"
#include "core/keyring/store.hpp"
#include "core/plugins/registry.hpp"
#include "core/services/services.hpp"

#include <authhost/session.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace authhost {

// What a session is made of. Everything has a working default but the profile and the registry.
struct SessionParts {
  config::Profile profile;
  config::Role role = config::Role::main;
  std::shared_ptr<plugins::Registry> registry;
  Services services = {};                      // http is made from the profile if null
  std::shared_ptr<keyring::Store> store = {};  // opened from profile.storage if null
  std::shared_ptr<FlyteRpc> flyte_rpc = {};    // to the profile's endpoint; make_flyte_rpc() if null
  bool may_interact = false;                   // for calls that come through the public Session
  bool background_refresh = true;              // refresh ahead on a thread of its own; the command line says false
};

struct TokenRequest {
  Milliseconds min_ttl{0};
  bool force = false;  // always asks the server (or shares a request that overlaps)
};

struct SessionReport {
  Credentials credentials;
  std::string header_key;
  std::string store;                   // where they are kept: "secret-service", "file", "memory"
  std::string store_note;              // why `auto` fell back, or ""
  std::optional<Error> store_failure;  // the token is good, but could not be kept
  bool refreshed = false;              // by this call, as opposed to found
  std::vector<std::string> warnings;
};

// For `status`: reads only, prompts nothing, no network.
struct SessionState {
  enum class Kind { none, valid, expired, refreshable } kind = Kind::none;  // refreshable: expired, with a refresh token
  std::optional<WallTime> expires_at;
  std::string store;
  std::optional<Error> store_failure;
  std::string id;
  std::vector<std::string> scopes;
};

struct LogoutReport {
  bool had_credentials = false;
  bool revoked = false;                 // the server was told; false without a failure: there is no way to tell it
  std::optional<Error> revoke_failure;  // the server could not be told
};

// For `whoami`.
struct Identity {
  enum class Source { identity_service, userinfo, id_token } source = Source::userinfo;
  std::string claims;  // a JSON object with the names of OpenID Connect
  std::vector<std::string> warnings;
};

class Session::Impl {
 public:
  virtual ~Impl() = default;

  // Fails only for what configuration and plugin loading can tell: INVALID_CONFIG, PLUGIN.
  static Result<std::shared_ptr<Impl>> make(SessionParts parts, const Call& call);

  // `login`: interacts if call.may_interact and the flow needs it. force: even if there are valid credentials.
  virtual Result<SessionReport> login(bool force, const Call& call) = 0;
  // A valid token: found, refreshed, or got by a login that call.may_interact allows.
  virtual Result<SessionReport> token(const TokenRequest& request, const Call& call) = 0;
  virtual Result<LogoutReport> logout(const Call& call) = 0;
  virtual Result<SessionState> peek(const Call& call) = 0;
  // Who the token speaks for: a Flyte server's IdentityService, else the userinfo endpoint, else the ID token as it was kept.
  // Gets a token as token() does; one that is rejected is refreshed once. INVALID_CONFIG: none of these is there.
  virtual Result<Identity> identify(const Call& call) = 0;
  // refresh_credentials(rejected_id) of the public face.
  virtual Result<void> reject(std::string_view rejected_id, const Call& call) = 0;

  [[nodiscard]] virtual std::optional<Credentials> credentials() const = 0;
  [[nodiscard]] virtual const AuthMetadata& auth_metadata() = 0;
  [[nodiscard]] virtual const config::Profile& profile() const = 0;
  [[nodiscard]] virtual const config::SessionKey& key() const = 0;
  [[nodiscard]] virtual std::string store_name() const = 0;
  [[nodiscard]] virtual bool may_interact() const = 0;
  // The session of the second role, whose token goes out as `proxy-authorization`; null if there is none.
  [[nodiscard]] virtual std::shared_ptr<Impl> proxy() const = 0;
};

// How a program's session is opened, beside what its profile says.
struct OpenParameters {
  config::PluginsConfig plugins = {};
  bool may_interact = false;
  std::shared_ptr<FlyteRpc> flyte_rpc = {};  // null: what the core has itself
};

// The live session of this process for all that a profile says: whoever asks with the same gets the same one, so that one
// refresh serves all.
Result<Session> open_session(config::Profile profile, OpenParameters parameters);

}  // namespace authhost
