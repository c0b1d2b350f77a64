#include "verbs.hpp"

namespace authhost::cli {

Result<void> version(const App& app) {
  return print(app.json() ? "{\"version\":" + json_string(version_line()) + "}\n" : version_line() + "\n");
}

}  // namespace authhost::cli
