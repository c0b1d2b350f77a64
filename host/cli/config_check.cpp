#include "table.hpp"
#include "verbs.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace authhost::cli {

namespace {

Result<void> check_one(const config::Config& config, const std::string& name, plugins::Registry& registry) {
  AUTHHOST_TRY(profile, config.profile(name));
  for (const auto* role = &profile; role; role = role->proxy_authenticator.get()) {
    if (role->authenticator.empty()) {
      return Error{Status::invalid_config, "no authenticator is configured", "add `authenticator = \"pkce\"` or another one"};
    }
    AUTHHOST_TRY(info, registry.describe(role->authenticator));
    AUTHHOST_CHECK(plugins::check_settings(info, role->settings));
  }
  return {};
}

}  // namespace

Result<void> config_check(const App& app) {
  AUTHHOST_TRY(config, app.load_config());
  if (app.arguments().profile) AUTHHOST_CHECK(app.chosen_profile(config));
  const auto registry = plugins::make_registry(config.plugins);
  std::optional<Error> failure;  // the first; the other profiles are checked all the same
  auto objects = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, unresolved] : config.profiles) {
    if (app.arguments().profile && *app.arguments().profile != name) continue;
    auto checked = check_one(config, name, *registry);
    const std::string why = checked ? unresolved.authenticator : checked.error().message;
    rows.push_back({checked ? "ok" : "bad", name, why});
    objects.push_back({{"profile", name}, {"ok", checked.ok()}});
    if (!checked) objects.back()["message"] = checked.error().message;
    if (!checked && !failure) failure = std::move(checked).error().in("profile " + name);
  }
  AUTHHOST_CHECK(print(app.json()        ? objects.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                       : rows.empty()    ? std::string("ok  no profiles are configured\n")
                                         : table_text(rows)));
  if (failure) return std::move(*failure);
  return {};
}

}  // namespace authhost::cli
