#include "plugin_place.hpp"
#include "verbs.hpp"

#include "core/config/paths.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

namespace authhost::cli {

// Becomes the conformance kit: what the plugin does to its process is nothing to this one.
Result<void> plugin_check(const App& app) {
  const auto& said = app.arguments();
  if (said.plugin.empty() && !said.list) {
    return Error{Status::usage, "reading the command line: `authhost plugin check` needs to know which: name a plugin's file or its manifest, or a plugin of the configuration",
                 "for example: authhost plugin check ./my_flow.so; --list shows the cases"};
  }
  std::vector<std::string> words = {paths::own_program("authhost-conform"), "--output", app.json() ? "json" : "text"};
  if (said.list) words.emplace_back("--list");
  if (!said.check_profile.empty()) words.insert(words.end(), {"--profile", said.check_profile});
  for (const auto& name : said.cases) words.insert(words.end(), {"--case", name});
  if (!said.plugin.empty()) {
    AUTHHOST_TRY(place, plugin_place(app, said.plugin, Opening::plugins));
    words.insert(words.end(), {"--", place});
  }
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  return Error{Status::internal, "checking a plugin: " + words.front() + " cannot be started: " + std::strerror(errno), "install authhost anew"};
}

}  // namespace authhost::cli
