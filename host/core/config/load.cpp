// Reading the layers of configuration into one Config.
#include "core/config/document.hpp"
#include "core/config/duration.hpp"
#include "core/config/expand.hpp"
#include "core/config/paths.hpp"
#include "core/config/profile.hpp"
#include "core/config/slots.hpp"
#include "core/config/suggest.hpp"
#include "core/config/trusted_file.hpp"
#include "core/services/redact.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace authhost::config {
namespace {

constexpr std::size_t kShownName = 80;

std::string shown(std::string_view name) { return safe_text(name, kShownName); }

// Whether a key that a profile does not have is one that authenticators usually declare: it stands in the wrong table.
bool is_setting(Section section, std::string_view name) {
  if (section != Section::profile && section != Section::client) return false;
  for (const auto suffix : kSecretSuffixes) {
    if (name == "client_secret" + std::string(suffix)) return true;
  }
  constexpr std::string_view kUsual[] = {"auth_method", "browser",       "command",      "env", "format",
                                         "open_browser", "qr",           "redirect_port", "timeout"};
  return std::find(std::begin(kUsual), std::end(kUsual), name) != std::end(kUsual);
}

// One file on its way into the Config.
class FileReader {
 public:
  FileReader(Config& config, Layer layer, const std::string& path) : config_(config), layer_(layer), path_(path) {}

  Result<void> read(const Value& root) {
    for (const auto& [name, value] : root.members) {
      if (name == "default_profile") {
        AUTHHOST_CHECK(require(Value::Kind::text, name, value));
        config_.written_default = value.text;
        config_.written_default_source = at(value);
      } else if (name == "profiles") {
        AUTHHOST_CHECK(require(Value::Kind::table, name, value));
        for (const auto& [profile_name, profile] : value.members) AUTHHOST_CHECK(read_profile(profile_name, profile));
      } else if (name == "plugins") {
        AUTHHOST_CHECK(read_plugins(value));
      } else {
        return unknown_key(Section::root, name, value);
      }
    }
    return {};
  }

 private:
  [[nodiscard]] Source at(const Value& value) const { return {layer_, path_, value.line}; }

  [[nodiscard]] Result<void> require(Value::Kind kind, const std::string& name, const Value& value,
                                     std::string hint = "") const {
    if (value.kind == kind) return {};
    return config_error(
        at(value),
        "`" + shown(name) + "` must be " + std::string(kind_name(kind)) + ", not " + std::string(kind_name(value.kind)),
        hint.empty() ? "correct that line" : std::move(hint));
  }

  [[nodiscard]] Error unknown_key(Section section, const std::string& name, const Value& value,
                                  const std::string& table = "") const {
    std::string hint;
    // The right key in the wrong table is the commonest mistake.
    for (const auto& key : keys()) {
      if (hint.empty() && key.name == name && key.section != Section::proxy) {
        hint = "`" + std::string(key.name) + "` belongs in " + std::string(section_title(key.section));
      }
    }
    if (hint.empty() && is_setting(section, name)) {
      const std::string owner = section == Section::client ? table.substr(0, table.rfind('.')) : table;
      hint = "`" + shown(name) + "` belongs in [" + shown(owner) + ".settings]";
    }
    if (hint.empty()) hint = suggest(name, key_names(section));
    return config_error(at(value),
                        "unknown key `" + shown(name) + "` in " +
                            (table.empty() ? std::string(section_title(section)) : "[" + shown(table) + "]"),
                        std::move(hint));
  }

  Result<void> read_profile(const std::string& name, const Value& value) {
    const bool printable = !name.empty() && name.size() <= kShownName && safe_text(name, kShownName) == name;
    if (!printable) {
      return config_error(at(value), "a profile's name must be 1 to 80 printable characters", "choose another name");
    }
    AUTHHOST_CHECK(require(Value::Kind::table, "profiles." + name, value));
    Profile& profile = config_.profiles[name];
    profile.name = name;
    profile.source = at(value);
    if (layer_ < Layer::project) profile.inherited = true;
    return read_section(Section::profile, "profiles." + name, value, profile);
  }

  Result<void> read_section(Section section, const std::string& path, const Value& table, Profile& profile) {
    for (const auto& [name, value] : table.members) {
      const Key* key = find_key(section, name);
      if (key == nullptr) return unknown_key(section, name, value, path);
      const std::string key_path = path + "." + name;
      if (key->type == Type::settings) {
        AUTHHOST_CHECK(read_settings(key_path, value, profile));
      } else if (key->type == Type::table) {
        AUTHHOST_CHECK(require(Value::Kind::table, key_path, value));
        if (name == "client") {
          AUTHHOST_CHECK(read_section(Section::client, key_path, value, profile));
        } else {
          // One value, replaced as a whole: half of one flow and half of another make no sense.
          Profile proxy;
          AUTHHOST_CHECK(read_section(Section::proxy, key_path, value, proxy));
          if (proxy.authenticator.empty()) {
            return config_error(at(value), "`proxy_authenticator` names no authenticator",
                                "add authenticator = \"command\" to it");
          }
          profile.proxy_authenticator = std::make_shared<const Profile>(std::move(proxy));
          profile.sources[name] = at(value);
        }
      } else {
        AUTHHOST_CHECK(read_key(*key, key_path, value, profile));
      }
    }
    return {};
  }

  Result<void> read_key(const Key& key, const std::string& path, const Value& value, Profile& profile) {
    const Source source = at(value);
    Result<void> outcome;
    with_slot(profile, key, [&](auto& member) { outcome = assign(key, path, value, member); });
    if (outcome) profile.sources[slot_name(key)] = source;
    return outcome;
  }

  Result<void> assign(const Key&, const std::string& path, const Value& value, std::string& member) {
    AUTHHOST_CHECK(require(Value::Kind::text, path, value, "put the value in quotes"));
    member = value.text;
    return {};
  }
  Result<void> assign(const Key&, const std::string& path, const Value& value, bool& member) {
    AUTHHOST_CHECK(require(Value::Kind::boolean, path, value, "write true or false, without quotes"));
    member = value.boolean;
    return {};
  }
  Result<void> assign(const Key&, const std::string& path, const Value& value, std::vector<std::string>& member) {
    AUTHHOST_TRY(list, text_list(path, value));
    member = std::move(list);
    return {};
  }
  Result<void> assign(const Key&, const std::string& path, const Value& value, std::chrono::milliseconds& member) {
    AUTHHOST_CHECK(require(Value::Kind::text, path, value, "write a duration in quotes, like \"60s\" or \"5m\""));
    AUTHHOST_TRY(text, expand(value.text, at(value)));
    auto duration = parse_duration(text.text);
    if (!duration)
      return config_error(at(value), "`" + shown(path) + "`: " + duration.error().message, duration.error().hint);
    member = *duration;
    return {};
  }
  template <class Enum, std::enable_if_t<std::is_enum_v<Enum>, int> = 0>
  Result<void> assign(const Key& key, const std::string& path, const Value& value, Enum& member) {
    AUTHHOST_TRY(index, choice(key, path, value));
    member = static_cast<Enum>(index);
    return {};
  }

  Result<std::size_t> choice(const Key& key, const std::string& path, const Value& value) {
    AUTHHOST_CHECK(require(Value::Kind::text, path, value, "it is one of " + type_text(key)));
    AUTHHOST_TRY(text, expand(value.text, at(value)));
    auto index = find_choice(key, text.text);
    if (!index) return config_error(at(value), "`" + shown(path) + "` " + index.error().message, index.error().hint);
    return index;
  }

  Result<std::vector<std::string>> text_list(const std::string& path, const Value& value) {
    AUTHHOST_CHECK(require(Value::Kind::list, path, value, "write a list of strings, like [\"one\", \"two\"]"));
    std::vector<std::string> list;
    for (const auto& item : value.items) {
      AUTHHOST_CHECK(require(Value::Kind::text, path + "[]", item, "write a list of strings, like [\"one\", \"two\"]"));
      list.push_back(item.text);
    }
    return list;
  }

  Result<void> read_settings(const std::string& path, const Value& table, Profile& profile) {
    AUTHHOST_CHECK(require(Value::Kind::table, path, table));
    for (const auto& [name, value] : table.members) {
      const std::string key_path = path + "." + name;
      SettingValue setting{{}, at(value)};
      switch (value.kind) {
        case Value::Kind::text:
          setting.value = value.text;
          break;
        case Value::Kind::integer:
          setting.value = value.integer;
          break;
        case Value::Kind::boolean:
          setting.value = value.boolean;
          break;
        case Value::Kind::list: {
          AUTHHOST_TRY(list, text_list(key_path, value));
          setting.value = std::move(list);
          break;
        }
        case Value::Kind::table:
        case Value::Kind::other:
          return config_error(at(value),
                              "`" + shown(key_path) +
                                  "` must be a string, an integer, a boolean or a list of strings, not " +
                                  std::string(kind_name(value.kind)),
                              "see `authhost plugin inspect` for the settings of a plugin");
      }
      if (names_secret(name) && value.kind == Value::Kind::text && !value.text.empty() && !has_reference(value.text)) {
        config_.warnings.push_back(at(value).text() + ": `" + shown(name) + "` holds the secret itself: use `" +
                                   shown(name) + "_env`, `" + shown(name) + "_file` or `" + shown(name) +
                                   "_command` instead");
      }
      profile.settings[name] = std::move(setting);
      profile.sources["settings." + name] = at(value);
    }
    return {};
  }

  Result<void> read_plugins(const Value& table) {
    AUTHHOST_CHECK(require(Value::Kind::table, "plugins", table));
    PluginsConfig& plugins = config_.plugins;
    for (const auto& [name, value] : table.members) {
      if (name == "directories") {
        AUTHHOST_TRY(directories, text_list("plugins.directories", value));
        if (layer_ == Layer::project) {  // found_file.hpp
          config_.warnings.push_back(at(value).text() + ": plugin directories of a file that was only found are not used: name it "
                                     "with --config or AUTHHOST_CONFIG if you trust it");
          continue;
        }
        for (const auto& directory : directories) {
          AUTHHOST_TRY(expanded, expand(directory, at(value)));
          if (expanded.text.empty())
            return config_error(at(value), "a plugin directory is empty", "name a folder, or remove it");
          AUTHHOST_TRY(path, absolute_path(expanded.text, at(value)));
          if (std::find(plugins.directories.begin(), plugins.directories.end(), path) != plugins.directories.end())
            continue;
          plugins.directories.push_back(std::move(path));
          plugins.directory_sources.push_back(at(value));
        }
        plugins.sources[name] = at(value);
      } else if (name == "policy") {
        AUTHHOST_TRY(index, choice(*find_key(Section::plugins, name), "plugins.policy", value));
        const auto policy = static_cast<PluginPolicy>(index);
        if (policy < plugins.policy) {
          config_.warnings.push_back(at(value).text() + ": `policy` is looser than at " +
                                     plugins.sources["policy"].text() + ", so it has no effect");
        } else {
          plugins.policy = policy;
          plugins.sources[name] = at(value);
        }
      } else {
        return unknown_key(Section::plugins, name, value, "plugins");
      }
    }
    return {};
  }

  Config& config_;
  Layer layer_;
  const std::string& path_;
};

std::string variable(const char* name) {
  const char* value = ::secure_getenv(name);
  return value == nullptr ? "" : value;
}

Result<Candidate> named_file(std::string_view path, Source said_by) {
  AUTHHOST_TRY(absolute, absolute_path(path, said_by));
  return Candidate{Layer::user, std::move(absolute), true, std::move(said_by)};
}

Result<Config> load_files(const std::vector<Candidate>& files) {
  Config config;
  for (const auto& file : files) {
    auto text = read_trusted_file(file.path);
    if (!text) return std::move(text).error();
    if (!*text) {
      if (!file.required) continue;
      return config_error(file.said_by, file.path + ": no such file", "name a file that exists");
    }
    AUTHHOST_TRY(root, parse_document(**text, file.path));
    config.files.push_back({file.layer, file.path});
    AUTHHOST_CHECK(FileReader(config, file.layer, file.path).read(root));
  }
  return config;
}

}  // namespace

Result<std::size_t> find_choice(const Key& key, std::string_view text) {
  const auto found = std::find(key.choices.begin(), key.choices.end(), text);
  if (found != key.choices.end()) return static_cast<std::size_t>(found - key.choices.begin());
  const std::string near = nearest(text, key.choices);
  return Error{Status::invalid_config, "must be one of " + type_text(key) + ", not \"" + safe_text(text, 40) + "\"",
               near.empty() ? "choose one of them" : "did you mean \"" + near + "\"?"};
}

Result<std::vector<Candidate>> search(const LoadOptions& options) {
  std::vector<Candidate> files{{Layer::system, options.system_file}};
  if (options.config_file) {
    if (options.config_file->empty())
      return Error{Status::invalid_config, "--config names no file", "name a file: --config FILE"};
    AUTHHOST_TRY(file, named_file(*options.config_file, {Layer::flag, "--config"}));
    files.push_back(std::move(file));
  } else if (const std::string path = variable("AUTHHOST_CONFIG"); !path.empty()) {
    AUTHHOST_TRY(file, named_file(path, {Layer::environment, "AUTHHOST_CONFIG"}));
    files.push_back(std::move(file));
  } else {
    // Without a home folder there is no user's file; without a working directory there is no project's.
    if (auto folder = paths::config_home()) files.push_back({Layer::user, *folder + "/config.toml"});
    if (auto file = absolute_path("authhost.toml", {}); file && ::access(".", X_OK) == 0) {
      files.push_back({Layer::project, *std::move(file)});
    }
  }
  return files;
}

Result<Config> load_system(const LoadOptions& options) { return load_files({{Layer::system, options.system_file}}); }

Result<Config> load(const LoadOptions& options) {
  AUTHHOST_TRY(files, search(options));
  AUTHHOST_TRY(config, load_files(files));
  if (options.profile) {
    if (options.profile->empty())
      return Error{Status::invalid_config, "--profile names no profile", "name one: --profile NAME"};
    config.default_profile = *options.profile;
    config.default_profile_source = {Layer::flag, "--profile"};
  } else if (const std::string name = variable("AUTHHOST_PROFILE"); !name.empty()) {
    config.default_profile = name;
    config.default_profile_source = {Layer::environment, "AUTHHOST_PROFILE"};
  } else {
    AUTHHOST_TRY(expanded, expand(config.written_default, config.written_default_source));
    config.written_default = std::move(expanded.text);
    config.default_profile = config.written_default;
    config.default_profile_source = config.written_default_source;
  }
  return config;
}

}  // namespace authhost::config
