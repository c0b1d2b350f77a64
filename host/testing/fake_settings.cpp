#include "fake_call.hpp"

#include <algorithm>
#include <string_view>
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

}  // namespace authhost::testing
