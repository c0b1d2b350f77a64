// Settings, judged and read by the real host's code.
#include "core/plugins/settings.hpp"
#include "fake_call.hpp"

#include <algorithm>
#include <utility>

namespace authhost::testing {
namespace {

using plugins::SettingInfo;

const SettingInfo* declared(const plugins::AuthenticatorInfo& info, std::string_view name) {
  const auto found = std::find_if(info.settings.begin(), info.settings.end(),
                                  [&](const SettingInfo& setting) { return setting.name == name; });
  return found == info.settings.end() ? nullptr : &*found;
}

}  // namespace

config::Settings as_configured(const plugins::AuthenticatorInfo& info, const std::map<std::string, Setting>& settings) {
  config::Settings all;
  for (const auto& [name, value] : settings) {
    config::SettingValue configured{value, {config::Layer::program}};
    const auto* setting = declared(info, name);
    const auto* number = std::get_if<std::int64_t>(&value);
    const bool is_duration = setting != nullptr && setting->type == AUTHHOST_SETTING_DURATION;
    if (is_duration && number != nullptr) configured.value = std::to_string(*number) + "ms";
    all[name] = std::move(configured);
  }
  return all;
}

authhost_status FakeCall::get_setting(const char* name, authhost_setting_value& out) {
  const auto* setting = declared(info, name);
  if (setting == nullptr) return fail(Status::usage, std::string("not declared: ") + name);
  auto resolved = plugins::resolve_setting(*setting, settings, nullptr, {});
  if (!resolved) return fail(std::move(resolved).error());
  const auto size = out.size;
  out = {};
  out.size = size;
  out.type = setting->type;
  out.is_set = resolved->is_set ? 1 : 0;
  out.integer = resolved->integer;
  if (resolved->is_set) out.string = keep(std::string(resolved->text.reveal()));
  auto& kept = lists.emplace_back();
  for (auto& entry : resolved->list) kept.push_back(keep(std::move(entry)));
  out.list = kept.data();
  out.n_list = kept.size();
  return AUTHHOST_OK;
}

}  // namespace authhost::testing
