// FoundFile: what ./authhost.toml may say. Nobody named it, it only lies in the working directory; it may have come with
// a repository or an archive. docs/adr/0007.
#pragma once

#include "core/config/profile.hpp"

namespace authhost::config {

// `profile` as written, before anything is expanded. INVALID_CONFIG names the line that a found file may not hold: what
// runs a program, reads a secret, weakens TLS, or changes where a profile of the user's or the system's sends its own.
Result<void> check_found_file(const Profile& profile);

}  // namespace authhost::config
