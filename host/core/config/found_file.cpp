#include "core/config/found_file.hpp"

#include "core/config/expand.hpp"
#include "core/config/slots.hpp"
#include "core/services/redact.hpp"

#include <algorithm>
#include <array>

namespace authhost::config {
namespace {

// What changes neither where anything is sent nor what runs here.
constexpr std::array<std::string_view, 5> kOfAnyProfile = {"account", "client.scopes", "client.audience", "refresh_timeout",
                                                           "runtime_cache"};
// What a profile of the file's own needs. It leads to a login of its own, and a person makes that.
constexpr std::array<std::string_view, 6> kOfItsOwn = {"endpoint", "authenticator", "discovery", "issuer", "storage",
                                                       "allow_insecure_http"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool refers(const std::string& value) { return has_reference(value); }
bool refers(const std::vector<std::string>& values) { return std::any_of(values.begin(), values.end(), has_reference); }
template <class T>
bool refers(const T&) {
  return false;
}

Error refusal(const Source& source, const std::string& why) {
  return config_error(source, why + ", which a file that was only found in the working directory may not",
                      "if you trust it, name it: --config " + safe_text(source.file) + ", or set AUTHHOST_CONFIG");
}

}  // namespace

Result<void> check_found_file(const Profile& profile) {
  for (const auto& [name, source] : profile.sources) {
    if (source.layer != Layer::project) continue;
    const bool names_client = name.compare(0, 7, "client.") == 0;
    if (is_one_of(kOfAnyProfile, name)) continue;
    if (profile.inherited) return refusal(source, "`" + name + "` changes a profile that your own configuration defines");
    if (!is_one_of(kOfItsOwn, name) && !names_client) {
      return refusal(source, "`" + safe_text(name, 80) + "` may run a program, read a secret or weaken TLS");
    }
  }
  for (const auto& key : keys()) {
    const auto said = profile.sources.find(slot_name(key));
    if (said == profile.sources.end() || said->second.layer != Layer::project) continue;
    bool reference = false;
    with_slot(profile, key, [&](const auto& member) { reference = refers(member); });
    if (reference) return refusal(said->second, "`" + slot_name(key) + "` takes in a variable or a file with ${…}");
  }
  return {};
}

}  // namespace authhost::config
