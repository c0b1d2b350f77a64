// OwnProgram: the programs that belong to this installation, beside the command line.
#pragma once

#include <authhost/result.hpp>

#include <sys/types.h>

#include <string>
#include <string_view>

namespace authhost {

// Who owns the library, or program, that this code was loaded from; root if that cannot be told.
uid_t installation_owner();

// The path of a program in <prefix>/libexec/authhost. PLUGIN: it is not there, or somebody else than the installation's owner, root and
// us could have put it there. It will be sent secrets.
Result<std::string> own_program(std::string_view name);

}  // namespace authhost
