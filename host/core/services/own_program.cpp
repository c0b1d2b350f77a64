#include "core/services/own_program.hpp"

#include "core/config/paths.hpp"
#include "core/services/trusted_path.hpp"

#include <dlfcn.h>
#include <link.h>
#include <sys/stat.h>
#include <system_error>

namespace authhost {

uid_t installation_owner() {
  static const int anchor = 0;
  Dl_info info{};
  link_map* map = nullptr;
  const bool found = ::dladdr1(&anchor, &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) != 0;
  const char* name = found && map != nullptr && map->l_name[0] != '\0' ? map->l_name : "/proc/self/exe";
  struct stat status{};
  return ::stat(name, &status) == 0 ? status.st_uid : 0;
}

Result<std::string> own_program(std::string_view name) {
  const std::string path = paths::own_program(name);
  const PathRules rules{.owner = installation_owner(), .private_group = true};
  FoundPath found;
  auto fault = walk_path(path, rules, found);
  if (!fault) fault = judge_path(found.path, found.status, rules, false);
  if (!fault && S_ISREG(found.status.st_mode)) return found.path;
  if (fault && is_passing(fault->error)) return Error{Status::internal, path + ": " + std::generic_category().message(fault->error), "try again"};
  if (!fault || fault->why == PathFault::Why::failed) {
    return Error{Status::plugin, path + " is not there", "install authhost anew: its programs belong together"};
  }
  return Error{Status::plugin, "not run: " + path + ", because somebody else could have changed " + fault->path,
               "see to it that nobody else may write there, or install authhost in another place"};
}

}  // namespace authhost
