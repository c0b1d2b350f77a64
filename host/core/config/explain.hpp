// What `config show` prints.
#pragma once

#include "core/config/profile.hpp"

#include <string>
#include <vector>

namespace authhost::config {

struct ExplainRow {
  std::string key;     // "endpoint", "client.scopes", "settings.timeout", "plugins.policy"
  std::string value;   // as people read it; a secret is "[redacted]"
  std::string source;  // Source::text()
  decltype(SettingValue::value) typed = {};  // the same for programs; a duration is text, as in the file
};

// Every key of a resolved profile, defaults included, in the order of the reference; then settings and the second role.
std::vector<ExplainRow> explain(const Profile& profile);
// What does not belong to a profile: default_profile as the files say it, and [plugins].
std::vector<ExplainRow> explain(const Config& config);

}  // namespace authhost::config
