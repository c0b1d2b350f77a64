// What the session sees of a plugin, native or exec: one small port.
#pragma once

#include "core/config/profile.hpp"
#include "core/services/services.hpp"

#include <authhost/abi.h>
#include <authhost/client_config.hpp>
#include <authhost/credentials.hpp>
#include <authhost/reason.hpp>
#include <authhost/result.hpp>
#include <authhost/secret.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace authhost::plugins {

// A value in the shape of authhost_setting_value.
struct ResolvedSetting {
  bool is_set = false;
  Secret text;               // STRING, SECRET
  std::int64_t integer = 0;  // INTEGER, BOOLEAN, DURATION (milliseconds)
  std::vector<std::string> list;
};

// Everything one refresh works with. References outlive the call.
struct RefreshRequest {
  Reason reason = Reason::login;
  std::string endpoint;
  const Credentials* previous = nullptr;
  const ClientConfig* client_config = nullptr;
  const config::Settings* settings = nullptr;
  std::function<Result<ResolvedSetting>(const std::string& name)> fetch_secret = {};  // none: secrets are where `settings` says
  std::map<std::string, Secret>* extras = nullptr;  // authhost.store/1 reads and writes here
  Services services;
  bool allow_insecure_http = false;
};

// What a refresh leaves behind: credentials, and the browser pages that wait for the outcome.
struct RefreshOutcome {
  Credentials credentials;  // checked; expires_at absolute, id set
  std::int64_t said_expires_at_ms = -1;  // since the Unix epoch, if the plugin said its expiry that way
  std::vector<std::unique_ptr<LoopbackListener>> pages;  // finish() them once the credentials are kept
  std::vector<std::string> warnings;
};

struct SettingInfo {
  std::string name;
  std::int32_t type = AUTHHOST_SETTING_STRING;
  bool required = false;
  std::string summary;
  std::optional<std::string> default_value;
  std::vector<std::string> allowed;
};

struct AuthenticatorInfo {
  std::string id;
  std::string short_name;
  std::string name;
  std::string version;
  std::string summary;
  std::vector<SettingInfo> settings;
  std::vector<std::string> services_needed;
  std::uint32_t capabilities = 0;  // AUTHHOST_CAP_*
  bool can_revoke = false;
  bool described = true;  // false: an exec plugin that says nothing of itself; its settings are not checked
  std::string silence;    // what became of it when it was asked; "" if it was not
};

// One instance. Calls are not concurrent: the session's single flight sees to that.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  [[nodiscard]] virtual const AuthenticatorInfo& info() const = 0;
  // Whether it can work with these settings; before the first call. An exec plugin may first be asked what it knows. INVALID_CONFIG
  // names file, line, key and "did you mean". Secrets are not read.
  virtual Result<void> check(const config::Settings& settings, const Call& call);
  // Finds out whatever has to be known before it can be asked for anything, and answers what it is by then, which may be more than
  // info() says. Lives as long as this. refresh() and revoke() prepare themselves if need be. Errors as of check().
  virtual Result<const AuthenticatorInfo*> prepare(const config::Settings& settings, const Call& call);
  // Errors carry the status the plugin returned; a page that is left open gets the failure text.
  virtual Result<RefreshOutcome> refresh(const RefreshRequest& request, const Call& call) = 0;
  // OK also where the authenticator cannot revoke.
  virtual Result<void> revoke(const RefreshRequest& request, const Call& call) = 0;
};

}  // namespace authhost::plugins
