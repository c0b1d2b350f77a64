// Where things lie. Path variables are ignored in a set-user-id program.
#pragma once

#include <authhost/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace authhost::paths {

// $HOME, else the password database's; INVALID_CONFIG if there is neither and it is needed.
Result<std::string> home();
Result<std::string> config_home();         // $XDG_CONFIG_HOME/authhost
Result<std::string> state_home();          // $XDG_STATE_HOME/authhost
std::optional<std::string> runtime_dir();  // $XDG_RUNTIME_DIR/authhost; none if unset
// The folder with this library's plugins.d, next to where it is installed: <prefix>/share/authhost/plugins.d.
std::string builtin_manifests();
// The same for a program or library at `file`, which lies in <prefix>/bin, lib, lib/<triplet> or libexec/authhost.
std::string manifests_beside(const std::string& file);
// What `authhost plugin new` fills in, one folder a language: <prefix>/share/authhost/template.
std::string templates();
// A program of authhost's own that is no verb of anybody's, next to this library: <prefix>/libexec/authhost/NAME.
std::string own_program(std::string_view name);

}  // namespace authhost::paths
