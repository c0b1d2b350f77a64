#include "verbs.hpp"

#include "core/config/explain.hpp"
#include "core/services/redact.hpp"

#include <nlohmann/json.hpp>

namespace authhost::cli {

Result<void> config_show(const App& app) {
  using Json = nlohmann::ordered_json;
  AUTHHOST_TRY(config, app.load_config());
  AUTHHOST_TRY(profile, app.chosen_profile(config));
  auto rows = config::explain(profile);
  for (auto& row : config::explain(config)) rows.push_back(std::move(row));
  const bool explain = app.arguments().explain;
  Json values = Json::array();
  std::string text = "profile " + safe_text(profile.name) + "\n";
  for (const auto& row : rows) {
    values.push_back({{"key", row.key}, {"value", row.value}});
    if (explain) values.back()["source"] = row.source;
    text += safe_text(row.key) + " = " + safe_text(row.value, 4096) + (explain ? "  # " + safe_text(row.source) : "") + "\n";
  }
  if (!app.json()) return print(text);
  const Json object = {{"profile", profile.name}, {"values", std::move(values)}};
  return print(object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace authhost::cli
