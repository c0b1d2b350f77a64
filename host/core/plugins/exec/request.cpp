#include "core/plugins/exec/request.hpp"

#include "core/plugins/exec/request_fields.hpp"
#include "core/plugins/host_table.hpp"

#include <optional>
#include <utility>

namespace authhost::plugins::exec {

namespace {

using nlohmann::json;

// What says nothing is left out.
class Writer {
 public:
  void operator()(const char* name, const std::string& text) { if (!text.empty()) out_[name] = text; }
  void operator()(const char* name, const Secret& secret) { if (!secret.empty()) out_[name] = std::string(secret.reveal()); }
  void operator()(const char* name, const std::vector<std::string>& list) { if (!list.empty()) out_[name] = list; }
  void operator()(const char* name, bool flag) { if (flag) out_[name] = true; }
  void operator()(const char* name, const std::optional<WallTime>& time) {
    if (time) out_[name] = std::chrono::floor<Milliseconds>(time->time_since_epoch()).count();
  }
  json take() { return std::move(out_); }

 private:
  json out_ = json::object();
};

template <class Whole>
json object_of(const Whole& whole) {
  Writer writer;
  each_field(whole, writer);
  return writer.take();
}

const char* word_of(Reason reason) {
  for (const auto& [known, word] : kReasonWords) {
    if (known == reason) return word;
  }
  return "login";
}

// A text of any bytes: under `name` in the one object, or in base64 in the other. Two, because any name may stand in them.
void put_value(json& texts, json& bytes, const std::string& name, std::string_view value) {
  if (is_text(value)) texts[name] = std::string(value);
  else bytes[name] = base64(value);
}

// In the type that was declared; a duration in milliseconds. The same way as a native plugin gets them.
Result<void> put_settings(authhost_call& call, json& request, bool with_secrets) {
  json& out = request["settings"] = json::object();
  json bytes = json::object();
  for (const auto& setting : call.info.settings) {
    if (setting.type == AUTHHOST_SETTING_SECRET && !with_secrets) continue;
    authhost_setting_value value{};
    value.size = sizeof value;
    if (host_table().get_setting(&call, setting.name.c_str(), &value) != AUTHHOST_OK) return call.error.value_or(Error{});
    if (value.is_set == 0) continue;
    switch (value.type) {
      case AUTHHOST_SETTING_INTEGER:
      case AUTHHOST_SETTING_DURATION: out[setting.name] = value.integer; break;
      case AUTHHOST_SETTING_BOOLEAN: out[setting.name] = value.integer != 0; break;
      case AUTHHOST_SETTING_STRING_LIST:
        out[setting.name] = json::array();
        for (std::size_t i = 0; i < value.n_list; ++i) out[setting.name].push_back(std::string(view(value.list[i])));
        break;
      default: put_value(out, bytes, setting.name, view(value.string));
    }
  }
  if (!bytes.empty()) request["settings_bytes"] = std::move(bytes);
  return {};
}

// What authhost.store/1 holds; as everywhere, text where it is text.
void put_stored(authhost_call& call, json& request) {
  json& out = request["stored"] = json::object();
  json bytes = json::object();
  for (const auto& [name, value] : *call.request->extras) {
    call.redactor.add(value.reveal());
    put_value(out, bytes, name, value.reveal());
  }
  if (!bytes.empty()) request["stored_bytes"] = std::move(bytes);
}

json request(const char* type) { return {{"protocol", kProtocol}, {"type", type}, {"id", kRequestId}}; }

}  // namespace

Frame describe_request() { return Frame(request("describe")); }
Frame cancel_request() { return Frame({{"type", "cancel"}, {"id", kRequestId}}); }

Result<Frame> credentials_request(const char* type, authhost_call& call, bool with_secrets) {
  const RefreshRequest& asked = *call.request;
  Frame frame(request(type));
  json& out = frame.body();
  out["authenticator"] = call.info.id;
  out["reason"] = word_of(asked.reason);
  out["may_interact"] = call.caller.may_interact;
  out["endpoint"] = asked.endpoint;
  if (call.caller.deadline) out["deadline_ms"] = call.caller.left().count();
  if (asked.client_config != nullptr) out["client_config"] = object_of(*asked.client_config);
  if (asked.previous != nullptr) out["previous"] = object_of(*asked.previous);
  if (asked.settings != nullptr) AUTHHOST_CHECK(put_settings(call, out, with_secrets));
  out["granted"] = call.permissions.granted;
  json services = json::array();
  for (const auto& service : call.permissions.granted) {
    const void* table = nullptr;
    if (host_table().get_service(&call, service.c_str(), &table) == AUTHHOST_OK && table != nullptr) services.push_back(service);
    if (table == &store_table()) put_stored(call, out);
  }
  out["services"] = std::move(services);
  return frame;
}

}  // namespace authhost::plugins::exec
