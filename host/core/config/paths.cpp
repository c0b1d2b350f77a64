#include "core/config/paths.hpp"

#include <dlfcn.h>
#include <link.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>
#include <vector>

namespace authhost::paths {
namespace {

// secure_getenv: nothing in a set-user-id program, whose caller is not to say where secrets lie. The XDG Base Directory
// Specification has relative values ignored.
std::optional<std::string> absolute_variable(const char* name) {
  const char* value = ::secure_getenv(name);
  if (value == nullptr || value[0] != '/') return std::nullopt;
  std::string path(value);
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string below(const std::string& folder, std::string_view name) {
  std::string path = folder == "/" ? "" : folder;
  path += '/';
  path += name;
  return path;
}

Result<std::string> xdg(const char* variable, std::string_view below_home) {
  if (const auto folder = absolute_variable(variable)) return below(*folder, "authhost");
  AUTHHOST_TRY(folder, home());
  return below(below(folder, below_home), "authhost");
}

std::string parent(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0) return "/";
  return path.substr(0, slash);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// The file that this code was loaded from: the shared library, or the program itself.
std::string own_file() {
  Dl_info info{};
  link_map* map = nullptr;
  static const int anchor = 0;
  const bool found = ::dladdr1(&anchor, &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) != 0;
  // The dynamic linker's name of the program itself is empty, and dli_fname is then whatever argv[0] says.
  const char* name = found && map != nullptr && map->l_name[0] != '\0' ? map->l_name : "/proc/self/exe";
  char* real = ::realpath(name, nullptr);
  std::string path = real != nullptr ? real : name;
  std::free(real);
  return path;
}

// Of a program or library in <prefix>/bin, lib, lib/<triplet> or libexec/authhost.
std::string prefix_of(const std::string& file) {
  std::string prefix = parent(parent(file));
  if (const std::string above = name_of(prefix); above == "lib" || above == "lib64" || above == "libexec") {
    prefix = parent(prefix);
  }
  return prefix;
}

}  // namespace

Result<std::string> home() {
  if (auto folder = absolute_variable("HOME")) return *std::move(folder);
  std::vector<char> buffer(16'384);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr &&
      found->pw_dir != nullptr && found->pw_dir[0] == '/') {
    return std::string(found->pw_dir);
  }
  return Error{Status::invalid_config,
               "the home folder is not known: $HOME is not set and the user has no account here",
               "set HOME, or XDG_CONFIG_HOME and XDG_STATE_HOME"};
}

Result<std::string> config_home() { return xdg("XDG_CONFIG_HOME", ".config"); }
Result<std::string> state_home() { return xdg("XDG_STATE_HOME", ".local/state"); }

std::optional<std::string> runtime_dir() {
  const auto folder = absolute_variable("XDG_RUNTIME_DIR");
  if (!folder) return std::nullopt;
  return below(*folder, "authhost");
}

std::string builtin_manifests() { return manifests_beside(own_file()); }

std::string manifests_beside(const std::string& file) { return below(prefix_of(file), "share/authhost/plugins.d"); }

std::string templates() { return below(prefix_of(own_file()), "share/authhost/template"); }

std::string own_program(std::string_view name) {
  return below(below(prefix_of(own_file()), "libexec/authhost"), name);
}

}  // namespace authhost::paths
