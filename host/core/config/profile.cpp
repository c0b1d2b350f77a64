#include "core/config/profile.hpp"

#include "core/config/expand.hpp"
#include "core/config/found_file.hpp"
#include "core/config/suggest.hpp"
#include "core/services/redact.hpp"

namespace authhost::config {
namespace {

constexpr std::size_t kShownName = 80;

std::vector<std::string> names_of(const std::map<std::string, Profile>& profiles) {
  std::vector<std::string> names;
  for (const auto& [name, profile] : profiles) names.push_back(name);
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

// The second role as a profile of its own: the same service, store and network, but its own flow.
Result<std::shared_ptr<const Profile>> proxy_profile(const Profile& main) {
  auto proxy = std::make_shared<Profile>(main);
  const Profile& own = *main.proxy_authenticator;
  proxy->authenticator = own.authenticator;
  proxy->client = own.client;
  proxy->settings = own.settings;
  proxy->discovery = Discovery::none;
  proxy->issuer.clear();
  proxy->proxy_authenticator = nullptr;
  for (auto it = proxy->sources.begin(); it != proxy->sources.end();) {
    const bool replaced = it->first == "authenticator" || it->first == "discovery" || it->first == "issuer" ||
                          it->first == "proxy_authenticator" || it->first.compare(0, 7, "client.") == 0 ||
                          it->first.compare(0, 9, "settings.") == 0;
    it = replaced ? proxy->sources.erase(it) : std::next(it);
  }
  proxy->sources.insert(own.sources.begin(), own.sources.end());
  AUTHHOST_CHECK(expand_profile(*proxy));
  AUTHHOST_CHECK(check_profile(*proxy));
  return std::shared_ptr<const Profile>(std::move(proxy));
}

Error no_profile_chosen(const Config& config) {
  if (config.profiles.empty()) {
    return {Status::invalid_config, "no profile is configured",
            "write one into ~/.config/authhost/config.toml (docs/config.md), or name a file with --config or AUTHHOST_CONFIG"};
  }
  return {Status::invalid_config, "no profile is chosen: there are " + joined(names_of(config.profiles)),
          "name one with --profile or $AUTHHOST_PROFILE, or set default_profile"};
}

}  // namespace

std::string Source::text() const {
  switch (layer) {
    case Layer::builtin:
      return "built-in";
    case Layer::environment:
      return "$" + file;
    case Layer::flag:
      return file;
    case Layer::program:
      return file.empty() ? "the program" : file;
    case Layer::system:
    case Layer::user:
    case Layer::project:
      break;
  }
  return line > 0 ? file + ":" + std::to_string(line) : file;
}

Result<Profile> Config::profile(std::string_view name, Purpose purpose) const {
  std::string wanted(name);
  if (wanted.empty()) wanted = default_profile;
  if (wanted.empty() && profiles.size() == 1) wanted = profiles.begin()->first;
  if (wanted.empty()) return no_profile_chosen(*this);

  const auto found = profiles.find(wanted);
  if (found == profiles.end()) {
    const std::string who = name.empty() ? default_profile_source.text() + ": " : "";
    const std::vector<std::string> known = names_of(profiles);
    std::string message = who + "there is no profile `" + safe_text(wanted, kShownName) + "`";
    if (known.empty())
      return Error{Status::invalid_config, message + ": none is configured", no_profile_chosen(*this).hint};
    message += "; known profiles: " + safe_text(joined(known));
    const std::string near = nearest(wanted, known);
    return Error{Status::invalid_config, std::move(message),
                 near.empty() ? "name one of them, or add [profiles." + safe_text(wanted, kShownName) + "]"
                              : "did you mean `" + near + "`?"};
  }
  Profile resolved = found->second;
  if (purpose == Purpose::use) AUTHHOST_CHECK(check_found_file(resolved));
  AUTHHOST_CHECK(expand_profile(resolved));
  AUTHHOST_CHECK(check_profile(resolved));
  if (resolved.proxy_authenticator) {
    auto proxy = proxy_profile(found->second);  // not the resolved one: nothing is expanded twice
    if (!proxy) return std::move(proxy).error();
    resolved.proxy_authenticator = *std::move(proxy);
  }
  return resolved;
}

}  // namespace authhost::config
