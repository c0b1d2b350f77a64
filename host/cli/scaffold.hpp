// Scaffold: the project of a new plugin, filled in from the templates of the installation (sdk/template).
#pragma once

#include <authhost/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace authhost::cli {

// One folder of templates each.
inline const std::vector<std::string> kLanguages = {"cpp", "c", "sh", "python"};

struct Scaffold {
  std::string folder;              // absolute
  std::vector<std::string> files;  // their names in it, sorted
};

// Makes `folder`, or fills it if it is empty; all of it or nothing. USAGE: the folder or the id will not do. PLUGIN: the
// installation has no such template.
Result<Scaffold> make_scaffold(const std::string& folder, const std::string& id, const std::string& language);

// `text` with @id@, @name@ (the id's last word) and @class@ (the same as a class is called) filled in.
std::string fill_in(std::string_view text, std::string_view id);

}  // namespace authhost::cli
