#include "verbs.hpp"

#include "core/config/explain.hpp"
#include "core/services/redact.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <variant>

namespace authhost::cli {

namespace {

// What chose the profile: a flag, a variable, a file, or that there is no other.
std::string chosen_by(const config::Config& config) {
  return config.default_profile.empty() ? "the only one" : config.default_profile_source.text();
}

}  // namespace

Result<void> config_show(const App& app) {
  using Json = nlohmann::ordered_json;
  AUTHHOST_TRY(config, app.load_config());
  std::optional<config::Profile> profile;
  // A file without profiles is no fault, here as in `config check`; only a token wants one.
  if (!config.profiles.empty() || !config.default_profile.empty()) {
    AUTHHOST_TRY(chosen, app.chosen_profile(config, App::Purpose::show));
    if (auto usable = config.profile(chosen.name); !usable) app.warn(usable.error().message);
    profile = std::move(chosen);
  }
  auto rows = profile ? config::explain(*profile) : std::vector<config::ExplainRow>();
  for (auto& row : config::explain(config)) rows.push_back(std::move(row));
  const bool explain = app.arguments().explain;
  const auto with_source = [&](const std::string& source) { return explain ? "  # " + safe_text(source) : std::string(); };
  Json values = Json::array();
  std::string text = profile ? "profile " + safe_text(profile->name) + with_source(chosen_by(config)) + "\n"
                             : std::string("no profiles are configured\n");
  for (const auto& row : rows) {
    Json value;
    std::visit([&](const auto& typed) { value = typed; }, row.typed);
    values.push_back({{"key", row.key}, {"value", std::move(value)}});
    if (explain) values.back()["source"] = row.source;
    text += safe_text(row.key) + " = " + safe_text(row.value, 4096) + with_source(row.source) + "\n";
  }
  if (!app.json()) return print(text);
  Json object = {{"profile", profile ? Json(profile->name) : Json()}};
  if (explain && profile) object["chosen_by"] = chosen_by(config);
  object["values"] = std::move(values);
  return print(object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace authhost::cli
