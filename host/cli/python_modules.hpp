// The modules that come with Python: a script of such a name would be found in the module's place.
#pragma once

#include <string_view>

namespace authhost::cli {

bool is_python_module(std::string_view name);

}  // namespace authhost::cli
