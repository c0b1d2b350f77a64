#include "core/plugins/host_table.hpp"

#include "core/plugins/emit.hpp"
#include "core/plugins/manifest.hpp"
#include "core/plugins/settings.hpp"
#include "core/services/log.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace authhost::plugins {
namespace {

log::Level level_of(std::int32_t level) {
  return static_cast<log::Level>(std::clamp<std::int32_t>(level, AUTHHOST_LOG_ERROR, AUTHHOST_LOG_DEBUG));
}

std::int32_t log_enabled(authhost_call*, std::int32_t level) {
  return guarded_or<std::int32_t>(0, [&] { return log::enabled(level_of(level)) ? 1 : 0; });
}

void log_line(authhost_call* call, std::int32_t level, authhost_str line) {
  guarded_or<int>(0, [&] {
    if (!log::enabled(level_of(level))) return 0;
    if (call->log.takes(level_of(level))) call->log.write(level_of(level), call->redacted(view(line), 2048));
    return 0;
  });
}

void set_error(authhost_call* call, authhost_status status, authhost_str message, authhost_str hint) {
  guarded(call, [&] {
    return call->fail(known_status(status).value_or(Status::internal), std::string(view(message)),
                      std::string(view(hint)));
  });
}

authhost_status emit_credentials(authhost_call* call, const authhost_credentials* raw) {
  return guarded(call, [&]() -> authhost_status {
    constexpr auto kNeeded = offsetof(authhost_credentials, n_scopes) + sizeof(raw->n_scopes);
    if (!covers(raw, kNeeded)) return call->fail(Status::usage, "emit_credentials was given a struct that is too small");
    if (call->request == nullptr) return call->fail(Status::usage, "credentials are emitted in refresh, not in create");
    for (const auto& secret : {raw->access_token, raw->refresh_token, raw->id_token}) call->redactor.add(view(secret));
    auto checked = check_emitted(*raw, {call->caller.clock->wall(), call->server_date, call->request->endpoint});
    if (!checked) {
      call->emission_error = checked.error();
      return call->fail(std::move(checked).error());
    }
    call->emission_error.reset();
    call->emitted = *std::move(checked);
    call->said_expires_at_ms = raw->expires_at_ms;
    return AUTHHOST_OK;
  });
}

std::int32_t is_cancelled(authhost_call* call) {
  return guarded_or<std::int32_t>(1, [&] { return call->caller.check().ok() ? 0 : 1; });
}

std::int64_t deadline_ms(authhost_call* call) {
  return guarded_or<std::int64_t>(0, [&]() -> std::int64_t {
    if (!call->caller.deadline) return std::numeric_limits<std::int64_t>::max();
    return call->caller.left().count();
  });
}

authhost_status get_setting(authhost_call* call, const char* name, authhost_setting_value* out) {
  return guarded(call, [&]() -> authhost_status {
    constexpr auto kNeeded = offsetof(authhost_setting_value, n_list) + sizeof(out->n_list);
    if (name == nullptr || !covers(out, kNeeded)) return call->fail(Status::usage, "get_setting was given too small a struct");
    if (call->request == nullptr || call->request->settings == nullptr) {
      return call->fail(Status::usage, "settings are read in refresh, not in create");
    }
    const auto& declared = call->info.settings;
    const auto setting =
        std::find_if(declared.begin(), declared.end(), [&](const SettingInfo& known) { return known.name == name; });
    if (setting == declared.end()) {
      return call->fail(Status::usage, "the setting \"" + safe_text(name, 64) + "\" is not in the plugin's descriptor");
    }
    const bool fetched = setting->type == AUTHHOST_SETTING_SECRET && call->request->fetch_secret;
    auto resolved = fetched ? call->request->fetch_secret(setting->name)
                            : resolve_setting(*setting, *call->request->settings, call->request->services.process.get(), call->caller);
    if (!resolved) return call->fail(std::move(resolved).error());

    authhost_setting_value value{};
    value.type = setting->type;
    value.is_set = resolved->is_set ? 1 : 0;
    value.integer = resolved->integer;
    if (resolved->is_set) value.string = call->arena.copy(resolved->text.reveal());
    value.list = call->arena.list(resolved->list);
    value.n_list = resolved->list.size();
    if (setting->type == AUTHHOST_SETTING_SECRET && resolved->is_set) {
      const auto* client = call->request->client_config;
      call->redactor.add_basic(client != nullptr ? client->client_id : "", resolved->text.reveal());
      call->redactor.add(resolved->text.reveal());
    }
    fill(out, value);
    return AUTHHOST_OK;
  });
}

struct ServiceEntry {
  const char* name;
  const void* table;
  bool (*offered)(const RefreshRequest& request);  // whether this caller brought an implementation
};

const auto& service_entries() {
  static const ServiceEntry entries[] = {
      {AUTHHOST_SERVICE_CLOCK, &clock_table(), [](const RefreshRequest&) { return true; }},
      {AUTHHOST_SERVICE_CRYPTO, &crypto_table(), [](const RefreshRequest&) { return true; }},
      {AUTHHOST_SERVICE_JSON, &json_table(), [](const RefreshRequest&) { return true; }},
      {AUTHHOST_SERVICE_HTTP, &http_table(), [](const RefreshRequest& r) { return r.services.http != nullptr; }},
      {AUTHHOST_SERVICE_BROWSER, &browser_table(), [](const RefreshRequest& r) { return r.services.browser != nullptr; }},
      {AUTHHOST_SERVICE_PROMPT, &prompt_table(), [](const RefreshRequest& r) { return r.services.prompt != nullptr; }},
      {AUTHHOST_SERVICE_LOOPBACK, &loopback_table(), [](const RefreshRequest& r) { return r.services.loopback != nullptr; }},
      {AUTHHOST_SERVICE_STORE, &store_table(), [](const RefreshRequest& r) { return r.extras != nullptr; }},
      {AUTHHOST_SERVICE_PROCESS, &process_table(), [](const RefreshRequest& r) { return r.services.process != nullptr; }},
  };
  return entries;
}

bool contains(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

authhost_status get_service(authhost_call* call, const char* name, const void** out) {
  return guarded(call, [&]() -> authhost_status {
    if (name == nullptr || out == nullptr) return call->fail(Status::usage, "get_service was given a null pointer");
    *out = nullptr;
    for (const auto& entry : service_entries()) {
      if (std::string_view(name) != entry.name) continue;
      if (!contains(call->permissions.declared, name)) {
        return call->fail(Status::not_permitted, std::string(name) + " is not in the services that the plugin declares",
                          "the plugin's author has to add it to services_needed (in C++ kServices)");
      }
      if (!contains(call->permissions.granted, name)) {
        return call->fail(Status::not_permitted, std::string("the manifest does not grant ") + name + " to " + call->info.id,
                          "add \"" + std::string(grant_of_service(name)) + "\" to grants in " + call->permissions.manifest);
      }
      if (call->request == nullptr || entry.offered(*call->request)) *out = entry.table;
      return AUTHHOST_OK;
    }
    return AUTHHOST_OK;  // no such service in this host: NULL
  });
}

void last_error(authhost_call* call, authhost_str* message, authhost_str* hint) {
  const auto say = [&](authhost_str* out, const std::string& text, std::size_t limit) {
    if (out != nullptr) *out = call->arena.copy(call->redacted(text, limit));
  };
  for (auto* out : {message, hint}) {
    if (out != nullptr) *out = {"", 0};
  }
  guarded_or<int>(0, [&] {
    if (!call->error) return 0;
    say(message, call->error->message, 1024);
    say(hint, call->error->hint, 512);
    return 0;
  });
}

}  // namespace

bool is_known_service(std::string_view name) noexcept {
  for (const auto& entry : service_entries()) {
    if (name == entry.name) return true;
  }
  return false;
}

std::vector<std::string> known_services() {
  std::vector<std::string> names;
  for (const auto& entry : service_entries()) names.emplace_back(entry.name);
  return names;
}

const authhost_host& host_table() noexcept {
  static const authhost_host table = {sizeof(authhost_host), AUTHHOST_ABI_MAJOR, AUTHHOST_ABI_MINOR, AUTHHOST_VERSION,
                                      &log_enabled, &log_line, &set_error, &emit_credentials, &is_cancelled, &deadline_ms,
                                      &get_setting, &get_service, &last_error};
  return table;
}

}  // namespace authhost::plugins
