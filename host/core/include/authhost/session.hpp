// Session: fresh credentials for one endpoint, whoever asks and however many.
//
//   auto session = authhost::Session::for_profile("prod");
//   if (!session) return report(session.error());
//   auto header = session->auth_metadata();      // {creds_id, header_key, "Bearer …"}
//
// A Session is a handle: cheap to copy, every copy is the same live object. Thread-safe.
#pragma once

#include <authhost/client_config.hpp>
#include <authhost/credentials.hpp>
#include <authhost/result.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace authhost {

// The value of an authenticator's setting, as in `[profiles.X.settings]`.
using SettingInput = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;

// Everything a profile can say. Defaults are those of the configuration file (docs/config.md).
struct SessionOptions {
  std::string endpoint = {};
  std::string authenticator = {};
  ClientConfig client_config = {};
  std::map<std::string, SettingInput> settings = {};
  std::string discovery = "none";  // "none", "oidc", "flyte"
  std::string issuer = {};
  bool insecure = false;
  bool insecure_skip_verify = false;
  std::string ca_cert_file = {};
  std::string http_proxy = {};
  std::string storage = "auto";    // "auto", "secret-service", "file", "memory"
  bool allow_insecure_http = false;
  bool runtime_cache = true;
  std::string account = {};
  std::chrono::milliseconds refresh_timeout{60'000};
  std::vector<std::string> plugin_directories = {};
  bool may_interact = false;       // whether a login may open a browser or prompt on the terminal
};

// One header for one call.
struct AuthMetadata {
  std::string creds_id;    // names the credentials, for refresh_credentials(rejected_id); "" if there are none
  std::string header_key;  // e.g. "authorization"
  std::string value;       // "Bearer …"; "" if there are no valid credentials. A secret: do not log it
};

class Session {
 public:
  // Reads configuration and finds the plugin; no network, and no store is opened yet. INVALID_CONFIG, PLUGIN.
  static Result<Session> open(SessionOptions options);
  // `name` empty: the default profile of the configuration files.
  static Result<Session> for_profile(std::string_view name, bool may_interact = false);
  // A Flyte API key: base64 of endpoint:client_id:client_secret:org. INVALID_CONFIG never shows the key.
  static Result<Session> for_api_key(std::string_view key);

  // Makes sure that there are fresh credentials: reads the store, refreshes, or logs in. Waits for a refresh that is under
  // way already, in this process or another, and shares its outcome. With `rejected_id`: only if those are still the
  // current ones, so that a hundred rejections make one request.
  Result<void> refresh_credentials();
  Result<void> refresh_credentials(std::string_view rejected_id);

  // A copy of the current credentials; none before the first refresh. Never blocks.
  [[nodiscard]] std::optional<Credentials> credentials() const;
  // The header for one call, from the current snapshot: no lock, no allocation. Never blocks; a token in use is refreshed in
  // the background at 80 % of its life. The reference is good until this thread's next call of auth_metadata(); copy what
  // is to be kept longer.
  [[nodiscard]] const AuthMetadata& auth_metadata() const;

  [[nodiscard]] const std::string& endpoint() const;
  // Where the credentials are kept ("secret-service", "file", "memory"), or "" before the store was opened.
  [[nodiscard]] std::string store_name() const;

  class Impl;
  explicit Session(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  [[nodiscard]] Impl& impl() const { return *impl_; }  // for the host's own parts
  [[nodiscard]] const std::shared_ptr<Impl>& shared_impl() const { return impl_; }

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace authhost
