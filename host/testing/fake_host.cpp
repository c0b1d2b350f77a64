#include "core/plugins/descriptor.hpp"
#include "core/plugins/emit.hpp"
#include "core/plugins/manifest.hpp"
#include "fake_call.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace authhost::testing {
namespace {

std::int32_t log_enabled(authhost_call*, std::int32_t) { return 1; }
void log_line(authhost_call* call, std::int32_t, authhost_str line) {
  FakeCall::of(call).host.log_lines.push_back(text::copy(line));
}
void set_error(authhost_call* call, authhost_status status, authhost_str message, authhost_str hint) {
  FakeCall::of(call).error = Error{static_cast<Status>(status), text::copy(message), text::copy(hint), -1};
}

authhost_status emit(authhost_call* raw_call, const authhost_credentials* raw) {
  auto& call = FakeCall::of(raw_call);
  const WallTime now{call.host.wall};
  if (auto checked = plugins::check_emitted(*raw, {.now = now}); !checked) return call.fail(std::move(checked).error());
  Credentials credentials;
  credentials.access_token = Secret(text::view(raw->access_token));
  if (raw->token_type.size != 0) credentials.token_type = text::copy(raw->token_type);
  credentials.refresh_token = Secret(text::view(raw->refresh_token));
  // Absent keeps (RFC 6749, section 6).
  if (credentials.refresh_token.empty() && call.host.previous) {
    credentials.refresh_token = call.host.previous->refresh_token.clone();
  }
  credentials.id_token = Secret(text::view(raw->id_token));
  if (raw->expires_in_s >= 0) credentials.expires_in = std::chrono::seconds(raw->expires_in_s);
  if (raw->expires_at_ms >= 0) {
    credentials.expires_at = std::chrono::system_clock::time_point(milliseconds(raw->expires_at_ms));
  }
  for (std::size_t i = 0; i < raw->n_scopes; ++i) credentials.scopes.push_back(text::copy(raw->scopes[i]));
  ++call.host.emitted;
  call.result = std::move(credentials);
  return AUTHHOST_OK;
}

std::int32_t is_cancelled(authhost_call* call) {
  auto& fake = FakeCall::of(call);
  const auto& host = fake.host;
  return (host.cancelled_at && host.monotonic >= *host.cancelled_at) || (host.deadline && host.monotonic >= *host.deadline);
}
std::int64_t deadline_ms(authhost_call* call) {
  const auto& host = FakeCall::of(call).host;
  if (!host.deadline) return std::numeric_limits<std::int64_t>::max();
  return std::max<std::int64_t>(0, (*host.deadline - host.monotonic).count());
}

authhost_status get_setting(authhost_call* call, const char* name, authhost_setting_value* out) {
  return FakeCall::of(call).get_setting(name, *out);
}

authhost_status get_service(authhost_call* raw_call, const char* name, const void** out) {
  auto& call = FakeCall::of(raw_call);
  *out = nullptr;
  if (call.host.absent.count(name) != 0 || fake_service(name) == nullptr) return AUTHHOST_OK;
  const auto& needed = call.info.services_needed;
  if (std::find(needed.begin(), needed.end(), name) == needed.end()) {
    return call.fail({Status::not_permitted, std::string(name) + " is not in the services that the plugin declares",
                      "the plugin's author has to add it to services_needed"});
  }
  if (call.host.not_granted.count(name) != 0) {
    return call.fail({Status::not_permitted, std::string("the manifest does not grant ") + name + " to " + call.info.id,
                      "add \"" + std::string(plugins::grant_of_service(name)) + "\" to grants in its manifest"});
  }
  *out = fake_service(name);
  return AUTHHOST_OK;
}

constexpr authhost_host kHost = {sizeof kHost,  AUTHHOST_ABI_MAJOR, AUTHHOST_ABI_MINOR, "fake",       log_enabled, log_line,
                                 set_error,     emit,               is_cancelled,       deadline_ms,  get_setting, get_service};

const authhost_descriptor& pick(const authhost_plugin& plugin, std::string_view id) {
  for (std::uint32_t i = 0; i < plugin.n_authenticators; ++i) {
    if (id.empty() || id == plugin.authenticators[i]->id) return *plugin.authenticators[i];
  }
  throw std::runtime_error("the plugin has no such authenticator");
}

}  // namespace

struct FakeHost::Impl {
  explicit Impl(const authhost_descriptor& raw) : descriptor(raw), info(plugins::read_descriptor(&raw)) {}

  // What a call works with: a descriptor and settings that the real host would take, and an instance.
  Result<config::Settings> prepare(FakeHost& host) {
    if (!info) return info.error();
    auto configured = as_configured(*info, host.settings);
    AUTHHOST_CHECK(plugins::check_settings(*info, configured));
    if (instance == nullptr) {
      FakeCall call{host, *info, configured};
      if (descriptor.create(&kHost, call.handle(), &instance) != AUTHHOST_OK) return std::move(call.error);
    }
    return configured;
  }

  const authhost_descriptor& descriptor;
  const Result<plugins::AuthenticatorInfo> info;
  authhost_instance* instance = nullptr;
};

FakeHost::FakeHost(const authhost_plugin& plugin, std::string_view id) : impl_(std::make_unique<Impl>(pick(plugin, id))) {}

FakeHost::~FakeHost() {
  if (impl_->instance != nullptr) impl_->descriptor.destroy(impl_->instance);
}

const authhost_descriptor& FakeHost::descriptor() const { return impl_->descriptor; }

HttpAnswer& FakeHost::answer(std::string body, int status) {
  auto& answer = http.emplace_back();
  answer.body = std::move(body);
  answer.status = status;
  return answer;
}

HttpAnswer& FakeHost::fail_http(Status failure) {
  auto& answer = http.emplace_back();
  answer.failure = failure;
  return answer;
}

void FakeHost::set_previous(std::string_view access_token, std::string_view refresh_token) {
  previous.emplace();
  previous->access_token = Secret(access_token);
  previous->refresh_token = Secret(refresh_token);
}

namespace {

// The request as C data; borrows from the host.
struct Request {
  Request(const FakeHost& host, std::int32_t reason) {
    const auto list = [](const std::vector<std::string>& from) {
      std::vector<authhost_str> to;
      for (const auto& entry : from) to.push_back(text::to_abi(entry));
      return to;
    };
    scopes = list(host.client_config.scopes);
    methods = list(host.client_config.code_challenge_methods);
    const auto& from = host.client_config;
    config.size = sizeof config;
    config.issuer = text::to_abi(from.issuer);
    config.token_endpoint = text::to_abi(from.token_endpoint);
    config.authorization_endpoint = text::to_abi(from.authorization_endpoint);
    config.device_authorization_endpoint = text::to_abi(from.device_authorization_endpoint);
    config.revocation_endpoint = text::to_abi(from.revocation_endpoint);
    config.redirect_uri = text::to_abi(from.redirect_uri);
    config.client_id = text::to_abi(from.client_id);
    config.audience = text::to_abi(from.audience);
    config.header_key = text::to_abi(from.header_key);
    config.scopes = scopes.data();
    config.n_scopes = scopes.size();
    config.code_challenge_methods = methods.data();
    config.n_code_challenge_methods = methods.size();
    config.iss_parameter_supported = from.iss_parameter_supported ? 1 : 0;
    if (host.previous) {
      previous.size = sizeof previous;
      previous.access_token = text::to_abi(host.previous->access_token.reveal());
      previous.token_type = text::to_abi(host.previous->token_type);
      previous.refresh_token = text::to_abi(host.previous->refresh_token.reveal());
      previous.id_token = text::to_abi(host.previous->id_token.reveal());
      previous.expires_in_s = previous.expires_at_ms = -1;
      raw.previous = &previous;
    }
    raw.size = sizeof raw;
    raw.reason = reason;
    raw.may_interact = host.may_interact ? 1 : 0;
    raw.endpoint = text::to_abi(host.endpoint);
    raw.client_config = &config;
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  std::vector<authhost_str> scopes, methods;
  authhost_client_config config{};
  authhost_credentials previous{};
  authhost_refresh raw{};
};

}  // namespace

Result<Credentials> FakeHost::refresh(std::int32_t reason) {
  AUTHHOST_TRY(configured, impl_->prepare(*this));
  FakeCall call{*this, *impl_->info, configured};
  const Request request(*this, reason);
  const auto status = impl_->descriptor.refresh(impl_->instance, call.handle(), &request.raw);
  if (status == AUTHHOST_OK) {
    if (call.result) return std::move(*call.result);
    if (call.error.status != Status::ok) return std::move(call.error);  // what it emitted was refused
    return Error{Status::plugin, "the plugin returned OK without credentials", "", -1};
  }
  call.error.status = static_cast<Status>(status);  // the one that counts
  return std::move(call.error);
}

bool FakeHost::can_revoke() const {
  return impl_->descriptor.get_extension != nullptr && impl_->descriptor.get_extension(AUTHHOST_EXT_REVOKE) != nullptr;
}

Result<void> FakeHost::revoke() {
  if (!can_revoke()) return {};
  AUTHHOST_TRY(configured, impl_->prepare(*this));
  FakeCall call{*this, *impl_->info, configured};
  const auto& table = *static_cast<const authhost_revoke*>(impl_->descriptor.get_extension(AUTHHOST_EXT_REVOKE));
  const Request request(*this, AUTHHOST_REASON_FORCED);
  const auto status = table.revoke(impl_->instance, call.handle(), &request.raw);
  if (status == AUTHHOST_OK) return {};
  call.error.status = static_cast<Status>(status);
  return std::move(call.error);
}

const authhost_plugin& load_plugin(const std::string& path) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) throw std::runtime_error(::dlerror());
  const auto* plugin = static_cast<const authhost_plugin*>(::dlsym(library, AUTHHOST_PLUGIN_SYMBOL));
  if (plugin == nullptr) throw std::runtime_error(path + " is not an authhost plugin");
  return *plugin;
}

}  // namespace authhost::testing
