// ${env:NAME}, ${file:PATH}, ~/ and relative paths.
#pragma once

#include "core/config/profile.hpp"

#include <authhost/result.hpp>

#include <string>
#include <string_view>

namespace authhost::config {

// INVALID_CONFIG "SOURCE: message".
Error config_error(const Source& source, std::string_view message, std::string hint);

// An absolute path; relative ones start at the folder of the file that says them, else at the working directory.
Result<std::string> absolute_path(std::string_view path, const Source& source);

struct Expanded {
  std::string text;
  bool from_file = false;  // a file's content is in it
};

// Replaces ${env:NAME} by the variable and ${file:PATH} by the file's content without its last newline. $${env: and
// $${file: stand for themselves; any other ${ is left alone. INVALID_CONFIG: not set, not readable, not closed.
Result<Expanded> expand(std::string_view text, const Source& source);

// Whether a setting of this name holds a secret itself: "client_secret" does, "client_secret_env" does not.
bool names_secret(std::string_view setting);

// Whether expand() would replace anything.
bool has_reference(std::string_view text);

// Expands every value of `profile` in place and makes its paths absolute.
Result<void> expand_profile(Profile& profile);

// What one value alone does not tell: endpoint, issuer, header, files that must be there.
Result<void> check_profile(Profile& profile);

}  // namespace authhost::config
