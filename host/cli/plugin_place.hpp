// The one way from a word of the command line to a plugin, for all verbs that take one.
#pragma once

#include "app.hpp"

#include "core/plugins/manifest.hpp"

#include <optional>
#include <string>

namespace authhost::cli {

// Whether plugins are opened to learn what they provide, or only their manifests are read.
enum class Opening { plugins, manifests };

// The path of the plugin, or of its manifest, that `word` means: a path (with a slash, or the name of a file that ends in .toml or
// .so), else a plugin of the configuration by short name, id or the name of its file, else a file of that name. PLUGIN: there is none,
// or several.
Result<std::string> plugin_place(const App& app, const std::string& word, Opening opening);

// A manifest as it can be read now; none if it cannot, or may not be trusted.
std::optional<plugins::Manifest> manifest_at(const std::string& path);

}  // namespace authhost::cli
