#include "core/plugins/manifest.hpp"

#include "core/config/document.hpp"
#include "core/config/paths.hpp"
#include "core/config/suggest.hpp"
#include "core/plugins/descriptor.hpp"
#include "core/services/redact.hpp"

#include <authhost/services.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace authhost::plugins {
namespace {

using config::Value;

struct Grant {
  std::string_view name;
  std::string_view service;
};
constexpr Grant kGrants[] = {
    {"clock", AUTHHOST_SERVICE_CLOCK},     {"crypto", AUTHHOST_SERVICE_CRYPTO},     {"http", AUTHHOST_SERVICE_HTTP},
    {"json", AUTHHOST_SERVICE_JSON},       {"browser", AUTHHOST_SERVICE_BROWSER},   {"prompt", AUTHHOST_SERVICE_PROMPT},
    {"loopback", AUTHHOST_SERVICE_LOOPBACK}, {"store", AUTHHOST_SERVICE_STORE},     {"process", AUTHHOST_SERVICE_PROCESS},
};
const std::vector<std::string> kKeys = {"kind", "path", "sha256", "grants", "isolation", "enabled", "priority", "id", "describe"};

// Reads the manifest's keys one by one; the first mistake is the error.
class ManifestReader {
 public:
  ManifestReader(const Value& table, const std::string& file) : table_(table), file_(file) {}

  Error wrong(std::string_view key, std::string_view why, std::string_view hint) const {
    const Value* found = get(key);
    return Error{Status::plugin, fmt::format("{}:{}: {}", safe_text(file_), found != nullptr ? found->line : 1, why),
                 std::string(hint)};
  }

  Result<void> check_keys() const {
    for (const auto& [key, value] : table_.members) {
      if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
        return Error{Status::plugin,
                     fmt::format("{}:{}: unknown key \"{}\"", safe_text(file_), value.line, safe_text(key, 64)),
                     suggest(key, kKeys)};
      }
    }
    return {};
  }

  Result<std::optional<std::string>> text(std::string_view key) const { return value(key, Value::Kind::text, &Value::text); }
  Result<std::optional<bool>> boolean(std::string_view key) const { return value(key, Value::Kind::boolean, &Value::boolean); }
  Result<std::optional<std::int64_t>> integer(std::string_view key) const {
    return value(key, Value::Kind::integer, &Value::integer);
  }

  Result<std::string> choice(std::string_view key, const std::vector<std::string>& allowed, std::string_view otherwise) const {
    AUTHHOST_TRY(word, text(key));
    if (!word) return std::string(otherwise);
    if (std::find(allowed.begin(), allowed.end(), *word) == allowed.end()) {
      return wrong(key, fmt::format("{} = \"{}\" is not known", key, safe_text(*word, 64)), suggest(*word, allowed));
    }
    return *word;
  }

  Result<std::optional<std::vector<std::string>>> grants() const {
    const Value* list = get("grants");
    if (list == nullptr) return std::optional<std::vector<std::string>>{};
    if (list->kind != Value::Kind::list) return wrong("grants", "grants has to be a list of strings", "e.g. grants = [\"http\"]");
    std::vector<std::string> services;
    for (const auto& item : list->items) {
      if (item.kind != Value::Kind::text) return wrong("grants", "grants has to be a list of strings", "e.g. grants = [\"http\"]");
      const auto service = service_of_grant(item.text);
      if (service.empty()) {
        std::vector<std::string> names;
        for (const auto& grant : kGrants) names.emplace_back(grant.name);
        return wrong("grants", fmt::format("grants names \"{}\", which is no service", safe_text(item.text, 64)),
                     suggest(item.text, names));
      }
      services.emplace_back(service);
    }
    return std::optional{std::move(services)};
  }

 private:
  [[nodiscard]] const Value* get(std::string_view key) const {
    for (const auto& member : table_.members) {
      if (member.name == key) return &member.value;
    }
    return nullptr;
  }

  template <class T>
  Result<std::optional<T>> value(std::string_view key, Value::Kind kind, T Value::*part) const {
    const Value* found = get(key);
    if (found == nullptr) return std::optional<T>{};
    if (found->kind != kind) return wrong(key, fmt::format("{} has to be {}", key, config::kind_name(kind)), example(key, kind));
    return std::optional<T>{found->*part};
  }

  static std::string example(std::string_view key, Value::Kind kind) {
    if (kind == Value::Kind::boolean) return fmt::format("write {} = true or {} = false, without quotes", key, key);
    return kind == Value::Kind::integer ? fmt::format("e.g. {} = 10, without quotes", key) : fmt::format("e.g. {} = \"…\", in quotes", key);
  }

  const Value& table_;
  const std::string& file_;
};

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// What an exec plugin without an id goes by: people read it, and it is part of a key.
bool is_plain(std::string_view name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= 128 && name != "authhost" && std::all_of(name.begin(), name.end(), fits);
}

}  // namespace

std::string Manifest::stem() const { return std::filesystem::path(file).stem().string(); }

std::string_view service_of_grant(std::string_view grant) {
  for (const auto& known : kGrants) {
    if (known.name == grant || known.service == grant) return known.service;
  }
  return {};
}

std::string_view grant_of_service(std::string_view service) {
  for (const auto& known : kGrants) {
    if (known.service == service) return known.name;
  }
  return {};
}

std::string id_said(std::string_view text) {
  const auto table = config::parse_document(text, "");
  if (!table) return {};
  for (const auto& [key, value] : table->members) {
    if (key == "id" && value.kind == Value::Kind::text && is_authenticator_id(value.text)) return value.text;
  }
  return {};
}

Result<void> check_place(const Manifest& manifest) {
  std::error_code problem;
  if (!manifest.climbs || std::filesystem::equivalent(std::filesystem::path(manifest.file).parent_path(), paths::builtin_manifests(), problem)) return {};
  return Error{Status::plugin, fmt::format("{}: its path leads upwards (\"..\")", safe_text(manifest.file)), "write the whole path, or put the plugin beside its manifest"};
}

Result<Manifest> parse_manifest(std::string_view text, const std::string& file) {
  auto table = config::parse_document(text, safe_text(file));
  if (!table) return Error{Status::plugin, table.error().message, "correct the manifest (docs/config.md)"};

  const ManifestReader reader(*table, file);
  AUTHHOST_CHECK(reader.check_keys());
  Manifest manifest;
  manifest.file = file;

  AUTHHOST_TRY(kind, reader.choice("kind", {"native", "exec"}, "native"));
  manifest.kind = kind == "exec" ? Kind::exec : Kind::native;

  AUTHHOST_TRY(path, reader.text("path"));
  if (!path || path->empty() || path->find('\0') != std::string::npos) {
    return reader.wrong("path", "path is missing", "say which file is the plugin: path = \"…\"");
  }
  for (const auto& part : std::filesystem::path(*path)) manifest.climbs = manifest.climbs || part == "..";
  manifest.path = (std::filesystem::path(file).parent_path() / *path).string();

  AUTHHOST_TRY(sha256, reader.text("sha256"));
  if (sha256) {
    std::string pin = *sha256;
    std::transform(pin.begin(), pin.end(), pin.begin(), [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
    if (!is_sha256(pin)) {
      return reader.wrong("sha256", "sha256 has to be 64 hexadecimal digits", "remove the line; authhost plugin pin then writes it");
    }
    manifest.sha256 = std::move(pin);
  }

  AUTHHOST_TRY(grants, reader.grants());
  manifest.grants = std::move(grants);
  AUTHHOST_TRY(isolation, reader.choice("isolation", {"none", "process"}, ""));
  if (!isolation.empty() && manifest.kind == Kind::exec) {
    return reader.wrong("isolation", "isolation is for native plugins: an exec plugin is a process of its own always", "remove the line");
  }
  if (!isolation.empty()) manifest.isolation = isolation == "process" ? Isolation::process : Isolation::none;
  AUTHHOST_TRY(enabled, reader.boolean("enabled"));
  manifest.enabled = enabled.value_or(true);
  AUTHHOST_TRY(priority, reader.integer("priority"));
  manifest.priority = priority.value_or(0);
  AUTHHOST_TRY(id, reader.text("id"));
  if (id && id->empty()) return reader.wrong("id", "id is empty", "write the id of its authenticator");
  if (id && !is_authenticator_id(*id)) {
    return reader.wrong("id", fmt::format("\"{}\" is not an id: it has to look like org.example.flow", safe_text(*id, 64)), "write the id of its authenticator");
  }
  AUTHHOST_TRY(describe, reader.boolean("describe"));
  if (describe && manifest.kind == Kind::native) {
    return reader.wrong("describe", "describe is for exec plugins", "if it is a program, write kind = \"exec\"; else remove the line");
  }
  manifest.describe = describe.value_or(true);
  manifest.id = id.value_or(manifest.kind == Kind::exec ? manifest.stem() : "");
  if (!id && manifest.kind == Kind::exec && !is_plain(manifest.id)) {
    return reader.wrong("id", "id is missing, and the manifest's name does not do for one: it may have letters, digits, `.`, `_` and `-`", "write an id: id = \"org.example.flow\"");
  }
  return manifest;
}

}  // namespace authhost::plugins
