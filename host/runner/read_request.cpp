#include "runner/read_request.hpp"

#include "core/plugins/exec/request_fields.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace authhost::runner {

namespace {

using nlohmann::json;
using plugins::exec::Fields;
using plugins::exec::Frame;

constexpr std::int64_t kLatest = 9'000'000'000'000;  // milliseconds: what a clock that counts nanoseconds can hold

class Reader {
 public:
  explicit Reader(const json& object) : fields_(object) {}
  void operator()(const char* name, std::string& out) { out = fields_.text(name); }
  void operator()(const char* name, Secret& out) { out = fields_.secret(name); }
  void operator()(const char* name, std::vector<std::string>& out) { out = fields_.texts(name); }
  void operator()(const char* name, bool& out) { out = fields_.flag(name); }
  void operator()(const char* name, std::optional<WallTime>& out) {
    if (const auto at = fields_.integer(name, -1); at >= 0) out = WallTime(Milliseconds{std::min(at, kLatest)});
  }
  [[nodiscard]] const Fields& fields() const { return fields_; }

 private:
  Fields fields_;
};

// nullptr where `whole` has no such part.
template <class Part>
const Part* read_part(Fields& whole, const char* name, Part& out) {
  const json* const object = whole.object(name);
  if (object == nullptr) return nullptr;
  Reader reader(*object);
  plugins::exec::each_field(out, reader);
  whole.take_problem(reader.fields());
  return &out;
}

Reason reason_of(std::string_view word) {
  for (const auto& [reason, known] : plugins::exec::kReasonWords) {
    if (word == known) return reason;
  }
  return Reason::login;
}

config::SettingValue text_setting(const plugins::SettingInfo& setting, const Secret& text) {
  config::SettingValue out;
  out.source = {config::Layer::program, setting.name};
  out.value = std::string(text.reveal());
  return out;
}

// A value as a configuration file would say it.
std::optional<config::SettingValue> setting_of(const plugins::SettingInfo& setting, const json& value) {
  config::SettingValue out;
  out.source = {config::Layer::program, setting.name};
  if (value.is_boolean()) {
    out.value = value.get<bool>();
  } else if (value.is_number_integer()) {
    const auto number = value.get<std::int64_t>();
    if (setting.type == AUTHHOST_SETTING_DURATION) out.value = std::to_string(number) + "ms";
    else out.value = number;
  } else if (value.is_string()) {
    if (setting.type == AUTHHOST_SETTING_SECRET && value.get_ref<const std::string&>().empty()) return std::nullopt;
    out.value = value.get<std::string>();
  } else if (value.is_array()) {
    std::vector<std::string> list;
    for (const auto& item : value) list.push_back(item.is_string() ? item.get<std::string>() : "");
    out.value = std::move(list);
  }
  return out;
}

}  // namespace

Result<void> read_request(const Frame& frame, const plugins::AuthenticatorInfo& info, ReadRequest& out) {
  Fields fields(frame.body());
  out.granted = fields.texts("granted");
  out.services = fields.texts("services");
  out.may_interact = fields.flag("may_interact");
  if (const auto limit = fields.integer("deadline_ms", -1); limit >= 0) out.limit = Milliseconds{std::min(limit, kLatest)};
  out.request.reason = reason_of(fields.text("reason"));
  out.request.endpoint = fields.text("endpoint");
  read_part(fields, "client_config", out.client_config);
  out.request.client_config = &out.client_config;
  out.request.previous = read_part(fields, "previous", out.previous);
  if (const json* const settings = fields.object("settings")) {
    for (const auto& setting : info.settings) {
      const auto found = settings->find(setting.name);
      if (found == settings->end()) continue;
      if (auto value = setting_of(setting, *found)) out.settings[setting.name] = *std::move(value);
    }
  }
  if (const json* const settings = fields.object("settings_bytes")) {
    Fields bytes(*settings);
    for (const auto& setting : info.settings) {
      if (settings->contains(setting.name)) out.settings[setting.name] = text_setting(setting, bytes.bytes(setting.name.c_str()));
    }
    fields.take_problem(bytes);
  }
  out.request.settings = &out.settings;
  if (const json* const stored = fields.object("stored")) {
    Fields texts(*stored);
    for (const auto& item : stored->items()) out.stored[item.key()] = texts.secret(item.key().c_str());
    fields.take_problem(texts);
    out.request.extras = &out.stored;
  }
  if (const json* const stored = fields.object("stored_bytes")) {
    Fields bytes(*stored);
    for (const auto& item : stored->items()) out.stored[item.key()] = bytes.bytes(item.key().c_str());
    fields.take_problem(bytes);
  }
  if (!fields.problem().empty()) return Error{Status::protocol, fields.problem(), ""};
  return {};
}

// What the plugin said of the expiry, and not what is made of it here: the host knows more of the time.
Frame credentials_frame(const plugins::RefreshOutcome& outcome, std::int64_t id) {
  const Credentials& credentials = outcome.credentials;
  json out = {{"type", "credentials"}, {"id", id}, {"token_type", credentials.token_type}};
  const auto add = [&](const char* name, const Secret& secret) {
    if (!secret.empty()) out[name] = std::string(secret.reveal());
  };
  add("access_token", credentials.access_token);
  add("refresh_token", credentials.refresh_token);
  add("id_token", credentials.id_token);
  if (credentials.expires_in) out["expires_in"] = credentials.expires_in->count();
  else if (outcome.said_expires_at_ms >= 0) out["expires_at_ms"] = outcome.said_expires_at_ms;
  if (!credentials.scopes.empty()) out["scopes"] = credentials.scopes;
  return Frame(std::move(out));
}

}  // namespace authhost::runner
