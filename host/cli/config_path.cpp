#include "table.hpp"
#include "verbs.hpp"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>

namespace authhost::cli {

namespace {

std::string said_by(const config::Candidate& candidate) {
  if (candidate.required) return candidate.said_by.text();
  switch (candidate.layer) {
    case config::Layer::system: return "system";
    case config::Layer::user: return "user";
    case config::Layer::project: return "project";
    default: return candidate.said_by.text();
  }
}

}  // namespace

Result<void> config_path(const App& app) {
  AUTHHOST_TRY(candidates, config::search({.config_file = app.arguments().config, .profile = app.arguments().profile}));
  // A file that cannot be read does not keep the list from being shown: it is then that one wants to see it.
  auto config = app.load_config();
  auto objects = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> rows = {{"SOURCE", "PATH", "STATE"}};
  for (const auto& candidate : candidates) {
    const bool read = config && std::any_of(config->files.begin(), config->files.end(),
                                            [&](const auto& file) { return file.file == candidate.path; });
    const std::string state = read ? "read" : ::access(candidate.path.c_str(), F_OK) == 0 ? "not read" : "absent";
    rows.push_back({said_by(candidate), candidate.path, state});
    objects.push_back({{"source", said_by(candidate)}, {"path", candidate.path}, {"state", state}});
  }
  AUTHHOST_CHECK(print(app.json() ? objects.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                                  : table_text(rows)));
  if (!config) return std::move(config).error();
  return {};
}

}  // namespace authhost::cli
