#include "verbs.hpp"

#include "core/config/schema.hpp"

namespace authhost::cli {

Result<void> config_schema(const App&) { return print(config::json_schema()); }

}  // namespace authhost::cli
