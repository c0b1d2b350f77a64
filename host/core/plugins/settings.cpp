#include "core/plugins/settings.hpp"

#include "core/config/duration.hpp"
#include "core/config/suggest.hpp"
#include "core/config/trusted_file.hpp"
#include "core/services/json.hpp"
#include "core/services/redact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <utility>

namespace authhost::plugins {
namespace {

using config::SettingValue;
using Words = std::vector<std::string>;

constexpr std::size_t kMaxSecret = 64 * 1024;

Error wrong(const SettingValue* said, std::string_view message, std::string_view hint) {
  const bool located = said != nullptr && said->source.layer != config::Layer::program;
  return Error{Status::invalid_config, located ? fmt::format("{}: {}", said->source.text(), message) : std::string(message),
               std::string(hint)};
}

std::string_view type_name(std::int32_t type) {
  switch (type) {
    case AUTHHOST_SETTING_INTEGER: return "a whole number";
    case AUTHHOST_SETTING_BOOLEAN: return "true or false";
    case AUTHHOST_SETTING_DURATION: return "a duration such as \"90s\" or \"5m\"";
    case AUTHHOST_SETTING_STRING_LIST: return "a list of strings";
    default: return "a string";
  }
}

// The value in the declared type. Never called for secrets.
Result<ResolvedSetting> convert(const SettingInfo& setting, const SettingValue& said) {
  ResolvedSetting out;
  out.is_set = true;
  const std::string about = setting.summary.empty() ? "" : fmt::format("{} is {}", setting.name, setting.summary);
  const Error mismatch = wrong(&said, fmt::format("{} has to be {}", setting.name, type_name(setting.type)), about);
  const auto* text = std::get_if<std::string>(&said.value);
  switch (setting.type) {
    case AUTHHOST_SETTING_INTEGER:
      if (const auto* number = std::get_if<std::int64_t>(&said.value)) {
        out.integer = *number;
        return out;
      }
      return mismatch;
    case AUTHHOST_SETTING_BOOLEAN:
      if (const auto* flag = std::get_if<bool>(&said.value)) {
        out.integer = *flag ? 1 : 0;
        return out;
      }
      return mismatch;
    case AUTHHOST_SETTING_STRING_LIST:
      if (const auto* list = std::get_if<Words>(&said.value)) {
        out.list = *list;
        return out;
      }
      return mismatch;
    case AUTHHOST_SETTING_DURATION: {
      if (text == nullptr) return mismatch;
      const auto duration = parse_duration(*text);
      if (!duration) return mismatch;
      out.integer = duration->count();
      return out;
    }
    default: {
      if (text == nullptr) return mismatch;
      const auto& allowed = setting.allowed;
      if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), *text) == allowed.end()) {
        return wrong(&said, fmt::format("{} = \"{}\" is not known", setting.name, safe_text(*text, 64)), suggest(*text, allowed));
      }
      out.text = Secret(*text);
      return out;
    }
  }
}

Error bad_default(const SettingInfo& setting) {
  return {Status::plugin, fmt::format("the plugin's default for {} is not {}", setting.name,
                                      setting.allowed.empty() ? type_name(setting.type) : "one of those that it allows"),
          "tell the plugin's author"};
}

// A default is text "as it would be written in the configuration"; a string needs no quotes.
Result<SettingValue> parse_default(const SettingInfo& setting) {
  const std::string& text = *setting.default_value;
  const Error broken = bad_default(setting);
  SettingValue value;
  switch (setting.type) {
    case AUTHHOST_SETTING_INTEGER: {
      std::int64_t number = 0;
      const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (problem != std::errc{} || end != text.data() + text.size()) return broken;
      value.value = number;
      return value;
    }
    case AUTHHOST_SETTING_BOOLEAN:
      if (text != "true" && text != "false") return broken;
      value.value = text == "true";
      return value;
    case AUTHHOST_SETTING_STRING_LIST: {
      const auto list = parse_json(fmt::format("{{\"list\":{}}}", text));  // a TOML list of strings is a JSON one
      if (!list || !(*list)["list"].is_array()) return broken;
      Words words;
      for (const auto& item : (*list)["list"]) {
        if (!item.is_string()) return broken;
        words.push_back(item.get<std::string>());
      }
      value.value = std::move(words);
      return value;
    }
    default: {
      const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
      value.value = quoted ? text.substr(1, text.size() - 2) : text;
      return value;
    }
  }
}

struct SecretPlace {
  std::string key;
  std::string_view suffix;
  const SettingValue* said = nullptr;
};

// The one place that the configuration names; none if it names none.
Result<std::optional<SecretPlace>> secret_place(const SettingInfo& setting, const config::Settings& settings) {
  std::optional<SecretPlace> place;
  for (const auto suffix : config::kSecretSuffixes) {
    const std::string key = setting.name + std::string(suffix);
    const auto found = settings.find(key);
    if (found == settings.end()) continue;
    if (place) {
      return wrong(&found->second, fmt::format("{} and {} are both given", place->key, key), "keep one of them");
    }
    const bool is_list = std::holds_alternative<Words>(found->second.value);
    const bool is_text = std::holds_alternative<std::string>(found->second.value);
    if (!is_text && !(is_list && suffix == "_command")) {
      return wrong(&found->second, fmt::format("{} has to be {}", key, suffix == "_command" ? "a list of strings" : "a string"),
                   setting.summary);
    }
    const auto* text = std::get_if<std::string>(&found->second.value);
    const auto* list = std::get_if<Words>(&found->second.value);
    if ((text != nullptr && text->empty()) || (list != nullptr && list->empty())) {
      return wrong(&found->second, fmt::format("{} is empty", key), "give it a value, or remove it");
    }
    place = SecretPlace{key, suffix, &found->second};
  }
  return place;
}

// One newline at the end belongs to the editor or to echo, not to the secret.
void trim_newline(std::string& text) {
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (!text.empty() && text.back() == '\r') text.pop_back();
}

Result<Secret> from_variable(const SecretPlace& place, const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') {
    return wrong(place.said,
                 fmt::format("{} names the variable {}, which is {}", place.key, safe_text(name, 64),
                             value == nullptr ? "not set" : "empty"),
                 fmt::format("set {}", safe_text(name, 64)));
  }
  return Secret(value);
}

Result<Secret> from_file(const SecretPlace& place, const std::string& name) {
  std::filesystem::path path(name);
  if (place.said->source.line > 0) path = std::filesystem::path(place.said->source.file).parent_path() / path;
  auto bytes = config::read_plain_file(path.string(), kMaxSecret);
  if (!bytes) return wrong(place.said, fmt::format("{}: {}", place.key, bytes.error().message), bytes.error().hint);
  trim_newline(*bytes);
  if (bytes->empty()) {
    return wrong(place.said, fmt::format("{}: {} is empty", place.key, safe_text(path.string())), "write the secret into it");
  }
  return Secret::take(*std::move(bytes));
}

Result<Secret> from_command(const SecretPlace& place, Process* process, const Call& call) {
  const auto* list = std::get_if<Words>(&place.said->value);
  ProcessRequest request;
  request.argv = list != nullptr ? *list : Words{std::get<std::string>(place.said->value)};
  request.max_output = kMaxSecret;
  if (process == nullptr) return wrong(place.said, fmt::format("{}: commands cannot be run here", place.key), "");
  const std::string what = fmt::format("{}: {}", place.key, safe_text(request.argv.front(), 64));
  auto ended = process->run(request, call);
  if (!ended) {
    auto error = std::move(ended).error();
    if (error.status == Status::deadline || error.status == Status::cancelled) return error;
    const bool one_word = list == nullptr && request.argv.front().find(' ') != std::string::npos;
    return wrong(place.said, fmt::format("{}: {}", what, error.message),
                 one_word ? fmt::format("write program and arguments as a list: {} = [\"…\", \"…\"]; no shell is between", place.key) : error.hint);
  }
  if (ended->exit_code != 0) {
    return wrong(place.said,
                 ended->signal != 0 ? fmt::format("{} was ended by signal {}", what, ended->signal)
                                    : fmt::format("{} ended with status {}", what, ended->exit_code),
                 ended->error_tail.empty() ? "run the command by hand" : safe_text(ended->error_tail, 200));
  }
  const auto output = ended->output.reveal();
  std::string line(output.substr(0, std::min(output.find('\n'), output.size())));
  trim_newline(line);
  if (line.empty()) return wrong(place.said, fmt::format("{} printed nothing", what), "it has to print the secret on its first line");
  return Secret::take(std::move(line));
}

Result<ResolvedSetting> resolve_secret(const SettingInfo& setting, const config::Settings& settings, Process* process,
                                       const Call& call) {
  AUTHHOST_TRY(place, secret_place(setting, settings));
  ResolvedSetting out;
  if (!place) {
    if (setting.required) {
      return wrong(nullptr, fmt::format("{} is missing", setting.name),
                   fmt::format("set {0}_env, {0}_file or {0}_command in the profile's settings", setting.name));
    }
    return out;
  }
  out.is_set = true;
  if (place->suffix == "_command") {
    AUTHHOST_TRY(secret, from_command(*place, process, call));
    out.text = std::move(secret);
    return out;
  }
  const auto& text = std::get<std::string>(place->said->value);
  if (place->suffix.empty()) {
    out.text = Secret(text);
    return out;
  }
  AUTHHOST_TRY(secret, place->suffix == "_env" ? from_variable(*place, text) : from_file(*place, text));
  out.text = std::move(secret);
  return out;
}

// Every key that the settings may have.
Words known_keys(const AuthenticatorInfo& info) {
  Words keys;
  for (const auto& setting : info.settings) {
    if (setting.type != AUTHHOST_SETTING_SECRET) {
      keys.push_back(setting.name);
      continue;
    }
    for (const auto suffix : config::kSecretSuffixes) {
      if (!suffix.empty()) keys.push_back(setting.name + std::string(suffix));
    }
    keys.push_back(setting.name);  // last: a suggestion should not lead to the literal
  }
  return keys;
}

}  // namespace

Result<ResolvedSetting> resolve_setting(const SettingInfo& setting, const config::Settings& settings, Process* process,
                                        const Call& call) {
  if (setting.type == AUTHHOST_SETTING_SECRET) return resolve_secret(setting, settings, process, call);
  if (const auto said = settings.find(setting.name); said != settings.end()) return convert(setting, said->second);
  if (setting.default_value) {
    AUTHHOST_TRY(value, parse_default(setting));
    auto converted = convert(setting, value);
    return converted ? std::move(converted) : bad_default(setting);
  }
  if (setting.required) {
    return wrong(nullptr, fmt::format("{} is missing", setting.name), fmt::format("set {} in the profile's settings", setting.name));
  }
  return ResolvedSetting{};
}

Result<void> check_settings(const AuthenticatorInfo& info, const config::Settings& settings) {
  if (!info.described) return {};
  const auto keys = known_keys(info);
  for (const auto& [key, said] : settings) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    const auto hint = keys.empty() ? info.short_name + " has no settings" : suggest(key, keys);
    return wrong(&said, fmt::format("unknown setting \"{}\" of {}", safe_text(key, 64), info.short_name), hint);
  }
  for (const auto& setting : info.settings) {
    if (setting.type == AUTHHOST_SETTING_SECRET) {
      AUTHHOST_TRY(place, secret_place(setting, settings));
      if (place || !setting.required) continue;
      return wrong(nullptr, fmt::format("{} needs {}", info.short_name, setting.name),
                   fmt::format("set {0}_env, {0}_file or {0}_command in the profile's settings", setting.name));
    }
    const auto said = settings.find(setting.name);
    if (said != settings.end()) {
      AUTHHOST_TRY(converted, convert(setting, said->second));
      static_cast<void>(converted);
    } else if (setting.required && !setting.default_value) {
      return wrong(nullptr, fmt::format("{} needs {}", info.short_name, setting.name),
                   fmt::format("set {} in the profile's settings", setting.name));
    }
  }
  return {};
}

std::string_view secret_of_key(std::string_view key) {
  for (const auto suffix : config::kSecretSuffixes) {
    if (!suffix.empty() && key.size() > suffix.size() && key.substr(key.size() - suffix.size()) == suffix) return key.substr(0, key.size() - suffix.size());
  }
  return {};
}

Result<void> Authenticator::check(const config::Settings& settings, const Call& /*call*/) { return check_settings(info(), settings); }
Result<const AuthenticatorInfo*> Authenticator::prepare(const config::Settings& /*settings*/, const Call& /*call*/) { return &info(); }

}  // namespace authhost::plugins
