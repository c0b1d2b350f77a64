// Manifest: the small TOML file that announces a plugin (docs/config.md).
#pragma once

#include <authhost/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace authhost::plugins {

enum class Kind { native, exec };
enum class Isolation { none, process };

struct Manifest {
  std::string file;                                // absolute path of the manifest
  Kind kind = Kind::native;
  std::string path;                                // absolute path of the plugin
  bool climbs = false;                             // it was written with a ".." in it
  std::string sha256;                              // lower-case hex pin; "" if there is none
  std::optional<std::vector<std::string>> grants;  // full service names; none: whatever the descriptor asks for
  std::optional<Isolation> isolation;              // of a native plugin; none: it depends on whose manifest it is
  bool enabled = true;
  std::int64_t priority = 0;                       // of two plugins with one id the higher wins
  std::string id;                                  // of its one authenticator; "": a native plugin offers all that it has

  bool describe = true;                            // false: an exec plugin that is not asked what it is

  // The file's name without folder and ".toml".
  [[nodiscard]] std::string stem() const;
};

// The service that a grant such as "http" means, e.g. "authhost.http/1"; empty if there is none.
std::string_view service_of_grant(std::string_view grant);
// The grant that covers a service: the other way round.
std::string_view grant_of_service(std::string_view service);

// The id that a text says which is no manifest for another reason; "": none.
std::string id_said(std::string_view text);

// PLUGIN where the path leads upwards: a reviewer should see at once where the plugin lies. The installation's own may.
Result<void> check_place(const Manifest& manifest);

// PLUGIN names file, line, key and "did you mean". Relative paths are relative to the file's folder.
Result<Manifest> parse_manifest(std::string_view text, const std::string& file);

}  // namespace authhost::plugins
