#include "core/plugins/call_result.hpp"
#include "core/plugins/descriptor.hpp"
#include "core/plugins/host_table.hpp"
#include "core/plugins/settings.hpp"
#include "core/services/crypto.hpp"
#include "fake_call.hpp"

#include <dlfcn.h>

#include <stdexcept>
#include <utility>

namespace authhost::testing {
namespace {

FakeHost& host_of(authhost_call* call) { return static_cast<const FakeClock*>(call->caller.clock)->host(); }

// Every line, in the plugin's own words: a test wants to see a secret that goes astray.
std::int32_t log_enabled(authhost_call*, std::int32_t) { return 1; }
void log_line(authhost_call* call, std::int32_t, authhost_str line) {
  host_of(call).log_lines.emplace_back(plugins::view(line));
}

authhost_status emit(authhost_call* call, const authhost_credentials* credentials) {
  const auto status = plugins::host_table().emit_credentials(call, credentials);
  if (status == AUTHHOST_OK) ++host_of(call).emitted;
  return status;
}

void look_at_script(authhost_call* call) { static_cast<const FakeClock*>(call->caller.clock)->look_at_script(); }
std::int32_t is_cancelled(authhost_call* call) {
  look_at_script(call);
  return plugins::host_table().is_cancelled(call);
}
std::int64_t deadline_ms(authhost_call* call) {
  look_at_script(call);
  return plugins::host_table().deadline_ms(call);
}

authhost_status get_service(authhost_call* call, const char* name, const void** out) {
  const bool absent = name != nullptr && host_of(call).absent.count(name) != 0;
  if (!absent || out == nullptr) return plugins::host_table().get_service(call, name, out);
  *out = nullptr;
  return AUTHHOST_OK;
}

// The real host's table, but for what a script sees and says. Strict because it is the real one.
const authhost_host& fake_table() {
  static const authhost_host kTable = [] {
    authhost_host table = plugins::host_table();
    table.version = "fake";
    table.log_enabled = log_enabled;
    table.log = log_line;
    table.emit_credentials = emit;
    table.is_cancelled = is_cancelled;
    table.deadline_ms = deadline_ms;
    table.get_service = get_service;
    return table;
  }();
  return kTable;
}

// A manifest that grants what the descriptor lists, but for what the script takes away.
plugins::Permissions permissions(const plugins::AuthenticatorInfo& info, const FakeHost& host) {
  plugins::Permissions out{"its manifest", {}, info.services_needed};
  for (const auto& name : info.services_needed) {
    if (host.not_granted.count(name) == 0) out.granted.push_back(name);
  }
  return out;
}

// One request, and the call that carries it.
class Errand {
 public:
  Errand(FakeHost& host, const plugins::AuthenticatorInfo& info, const config::Settings& settings, std::int32_t reason)
      : host_(host), clock_(host), permissions_(permissions(info, host)), request_(ask(host, settings, reason)),
        state_(clock_.call(), info, permissions_, &request_), raw_(request_, clock_.call(), state_.arena) {}
  Errand(const Errand&) = delete;
  Errand& operator=(const Errand&) = delete;

  // What the plugin's function says, in the end.
  template <class Function>
  authhost_status run(Function function, authhost_instance* instance) {
    const auto status = plugins::enter(state_, [&] { return function(instance, &state_, raw_.get()); });
    host_.store.clear();
    for (const auto& [name, value] : extras_) host_.store.emplace(name, value.reveal());
    request_.services.prompt = nullptr;  // nobody is told any more
    return status;
  }
  [[nodiscard]] authhost_call& state() { return state_; }

 private:
  plugins::RefreshRequest ask(FakeHost& host, const config::Settings& settings, std::int32_t reason) {
    for (const auto& [name, value] : host.store) extras_.emplace(name, Secret(value));
    auto& previous = host.previous;
    if (previous && previous->id.empty()) previous->id = crypto::md5_hex(previous->access_token.reveal());
    plugins::RefreshRequest request;
    request.reason = static_cast<Reason>(reason);
    request.endpoint = host.endpoint;
    request.previous = previous ? &*previous : nullptr;
    request.client_config = &host.client_config;
    request.settings = &settings;
    request.extras = &extras_;
    request.services = fake_services(host, clock_);
    return request;
  }

  FakeHost& host_;
  const FakeClock clock_;
  const plugins::Permissions permissions_;
  std::map<std::string, Secret> extras_;
  plugins::RefreshRequest request_;
  authhost_call state_;
  const plugins::CRequest raw_;
};

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
    if (instance == nullptr) AUTHHOST_CHECK(create(host));
    return configured;
  }

  Result<void> create(FakeHost& host) {
    const FakeClock clock(host);
    const auto allowed = permissions(*info, host);
    authhost_call call(clock.call(), *info, allowed, nullptr);
    authhost_instance* made = nullptr;
    const auto status = plugins::enter(call, [&] { return descriptor.create(&fake_table(), &call, &made); });
    if (status != AUTHHOST_OK) return call.outcome(status, info->id);
    if (made == nullptr) return Error{Status::plugin, info->id + " created nothing", "tell the plugin's author"};
    instance = made;
    return {};
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

// The status of a failure is the plugin's own: it is not made into an error for a caller who knows of no plugins.
Result<Credentials> FakeHost::refresh(std::int32_t reason) {
  AUTHHOST_TRY(configured, impl_->prepare(*this));
  Errand errand(*this, *impl_->info, configured, reason);
  const auto status = errand.run(impl_->descriptor.refresh, impl_->instance);
  if (status != AUTHHOST_OK) return errand.state().outcome(status, impl_->info->id);
  AUTHHOST_TRY(outcome, plugins::refresh_result(errand.state(), status));
  auto credentials = std::move(outcome.credentials);
  // Absent keeps (RFC 6749, section 6).
  if (credentials.refresh_token.empty() && previous) credentials.refresh_token = previous->refresh_token.clone();
  return credentials;
}

bool FakeHost::can_revoke() const { return plugins::revoker(impl_->descriptor) != nullptr; }

Result<void> FakeHost::revoke() {
  const auto* extension = plugins::revoker(impl_->descriptor);
  if (extension == nullptr) return {};
  AUTHHOST_TRY(configured, impl_->prepare(*this));
  Errand errand(*this, *impl_->info, configured, AUTHHOST_REASON_FORCED);
  const auto status = errand.run(extension->revoke, impl_->instance);
  if (status != AUTHHOST_OK) return errand.state().outcome(status, impl_->info->id);
  return {};
}

const authhost_plugin& load_plugin(const std::string& path) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) throw std::runtime_error(::dlerror());
  const auto* plugin = static_cast<const authhost_plugin*>(::dlsym(library, AUTHHOST_PLUGIN_SYMBOL));
  if (plugin == nullptr) throw std::runtime_error(path + " is not an authhost plugin");
  return *plugin;
}

}  // namespace authhost::testing
