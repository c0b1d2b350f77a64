#include "table.hpp"
#include "verbs.hpp"

#include "core/config/paths.hpp"

#include <nlohmann/json.hpp>

#include <unistd.h>

#include <cstdlib>

namespace authhost::cli {

namespace {

struct Place {
  std::string said_by;
  std::string path;
};

// In the order in which they are looked at; the first four are alternatives for one another only where --config is given.
std::vector<Place> places(const App& app) {
  std::vector<Place> places;
  if (app.arguments().config) places.push_back({"--config", *app.arguments().config});
  if (const char* named = std::getenv("AUTHHOST_CONFIG"); named && *named) places.push_back({"$AUTHHOST_CONFIG", named});
  places.push_back({"project", "./authhost.toml"});
  if (auto home = paths::config_home()) places.push_back({"user", *home + "/config.toml"});
  places.push_back({"system", "/etc/authhost/config.toml"});
  return places;
}

bool same_file(const std::string& a, const std::string& b) {
  char* real_a = ::realpath(a.c_str(), nullptr);
  char* real_b = ::realpath(b.c_str(), nullptr);
  const bool same = real_a && real_b && std::string_view(real_a) == real_b;
  std::free(real_a);
  std::free(real_b);
  return same;
}

}  // namespace

Result<void> config_path(const App& app) {
  // A file that cannot be read does not keep the list from being shown: it is then that one wants to see it.
  auto config = app.load_config();
  auto objects = nlohmann::ordered_json::array();
  std::vector<std::vector<std::string>> rows = {{"SOURCE", "PATH", "STATE"}};
  for (const auto& place : places(app)) {
    const bool exists = ::access(place.path.c_str(), F_OK) == 0;
    bool read = false;
    if (config) {
      for (const auto& file : config->files) read = read || same_file(file.file, place.path);
    }
    const std::string state = !exists ? "absent" : read ? "read" : "not read";
    rows.push_back({place.said_by, place.path, state});
    objects.push_back({{"source", place.said_by}, {"path", place.path}, {"state", state}});
  }
  AUTHHOST_CHECK(print(app.json() ? objects.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
                                  : table_text(rows)));
  if (!config) return std::move(config).error();
  return {};
}

}  // namespace authhost::cli
