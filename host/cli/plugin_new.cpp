#include "scaffold.hpp"
#include "verbs.hpp"

#include "core/services/redact.hpp"

#include <nlohmann/json.hpp>

namespace authhost::cli {

// No configuration is read: whoever writes a plugin may have none yet.
Result<void> plugin_new(const App& app) {
  const auto& arguments = app.arguments();
  AUTHHOST_TRY(made, make_scaffold(arguments.folder, arguments.id, arguments.language));
  if (app.json()) {
    const nlohmann::ordered_json object = {
        {"folder", made.folder}, {"id", arguments.id}, {"language", arguments.language}, {"files", made.files}};
    return print(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  }
  const std::string folder = safe_text(made.folder, 1024);
  std::string text = arguments.id + " is in " + folder + ":\n";
  for (const auto& file : made.files) text += "  " + file + "\n";
  const bool is_built = arguments.language == "cpp" || arguments.language == "c";
  return print(text + "next: its README.md says how to " + (is_built ? "build, test" : "try, check") + " and use it\n");
}

}  // namespace authhost::cli
