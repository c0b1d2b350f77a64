#include "core/plugins/manifest.hpp"

#include "core/config/suggest.hpp"
#include "core/services/redact.hpp"

#include <authhost/services.h>
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace authhost::plugins {
namespace {

struct Grant {
  std::string_view name;
  std::string_view service;
};
constexpr Grant kGrants[] = {
    {"clock", AUTHHOST_SERVICE_CLOCK},     {"crypto", AUTHHOST_SERVICE_CRYPTO},     {"http", AUTHHOST_SERVICE_HTTP},
    {"json", AUTHHOST_SERVICE_JSON},       {"browser", AUTHHOST_SERVICE_BROWSER},   {"prompt", AUTHHOST_SERVICE_PROMPT},
    {"loopback", AUTHHOST_SERVICE_LOOPBACK}, {"store", AUTHHOST_SERVICE_STORE},     {"process", AUTHHOST_SERVICE_PROCESS},
};
const std::vector<std::string> kKeys = {"kind", "path", "sha256", "grants", "isolation", "enabled", "priority", "id"};

// Reads the manifest's keys one by one; the first mistake is the error.
class ManifestReader {
 public:
  ManifestReader(const toml::table& table, const std::string& file) : table_(table), file_(file) {}

  Error wrong(std::string_view key, std::string_view why, std::string_view hint) const {
    const auto* node = table_.get(key);
    return Error{Status::plugin,
                 fmt::format("{}:{}: {}", safe_text(file_), node != nullptr ? node->source().begin.line : 1, why),
                 std::string(hint)};
  }

  Result<void> check_keys() const {
    for (const auto& [key, node] : table_) {
      if (std::find(kKeys.begin(), kKeys.end(), key.str()) == kKeys.end()) {
        return Error{Status::plugin,
                     fmt::format("{}:{}: unknown key \"{}\"", safe_text(file_), node.source().begin.line,
                                 safe_text(key.str(), 64)),
                     suggest(key.str(), kKeys)};
      }
    }
    return {};
  }

  template <class T>
  Result<std::optional<T>> value(std::string_view key, std::string_view type_name) const {
    const auto* node = table_.get(key);
    if (node == nullptr) return std::optional<T>{};
    const auto found = node->value_exact<T>();
    if (!found) return wrong(key, fmt::format("{} has to be {}", key, type_name), "");
    return std::optional<T>{*found};
  }

  Result<std::string> choice(std::string_view key, const std::vector<std::string>& allowed, std::string_view otherwise) const {
    AUTHHOST_TRY(text, value<std::string>(key, "a string"));
    if (!text) return std::string(otherwise);
    if (std::find(allowed.begin(), allowed.end(), *text) == allowed.end()) {
      return wrong(key, fmt::format("{} = \"{}\" is not known", key, safe_text(*text, 64)), suggest(*text, allowed));
    }
    return *text;
  }

  Result<std::optional<std::vector<std::string>>> grants() const {
    const auto* node = table_.get("grants");
    if (node == nullptr) return std::optional<std::vector<std::string>>{};
    const auto* array = node->as_array();
    if (array == nullptr) return wrong("grants", "grants has to be a list of strings", "e.g. grants = [\"http\"]");
    std::vector<std::string> services;
    for (const auto& item : *array) {
      const auto name = item.value_exact<std::string>();
      if (!name) return wrong("grants", "grants has to be a list of strings", "e.g. grants = [\"http\"]");
      const auto service = service_of_grant(*name);
      if (service.empty()) {
        std::vector<std::string> names;
        for (const auto& grant : kGrants) names.emplace_back(grant.name);
        return wrong("grants", fmt::format("grants names \"{}\", which is no service", safe_text(*name, 64)),
                     suggest(*name, names));
      }
      services.emplace_back(service);
    }
    return std::optional{std::move(services)};
  }

 private:
  const toml::table& table_;
  const std::string& file_;
};

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
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

Result<Manifest> parse_manifest(std::string_view text, const std::string& file) {
  toml::table table;
  try {
    table = toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    return Error{Status::plugin,
                 fmt::format("{}:{}: {}", safe_text(file), error.source().begin.line, safe_text(error.description(), 200)),
                 "correct the manifest (docs/config.md)"};
  }

  const ManifestReader reader(table, file);
  AUTHHOST_CHECK(reader.check_keys());
  Manifest manifest;
  manifest.file = file;

  AUTHHOST_TRY(kind, reader.choice("kind", {"native", "exec"}, "native"));
  manifest.kind = kind == "exec" ? Kind::exec : Kind::native;

  AUTHHOST_TRY(path, reader.value<std::string>("path", "a string"));
  if (!path || path->empty() || path->find('\0') != std::string::npos) {
    return reader.wrong("path", "path is missing", "say which file is the plugin: path = \"…\"");
  }
  manifest.path = (std::filesystem::path(file).parent_path() / *path).string();

  AUTHHOST_TRY(sha256, reader.value<std::string>("sha256", "a string"));
  if (sha256) {
    std::string pin = *sha256;
    std::transform(pin.begin(), pin.end(), pin.begin(), [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
    if (!is_sha256(pin)) {
      return reader.wrong("sha256", "sha256 has to be 64 hexadecimal digits", "authhost plugin pin writes it");
    }
    manifest.sha256 = std::move(pin);
  }

  AUTHHOST_TRY(grants, reader.grants());
  manifest.grants = std::move(grants);
  AUTHHOST_TRY(isolation, reader.choice("isolation", {"none", "process"}, "none"));
  manifest.isolation = isolation == "process" ? Isolation::process : Isolation::none;
  AUTHHOST_TRY(enabled, reader.value<bool>("enabled", "true or false"));
  manifest.enabled = enabled.value_or(true);
  AUTHHOST_TRY(priority, reader.value<std::int64_t>("priority", "an integer"));
  manifest.priority = priority.value_or(0);
  AUTHHOST_TRY(id, reader.value<std::string>("id", "a string"));
  if (id && manifest.kind == Kind::native) {
    return reader.wrong("id", "id is for exec plugins; a native plugin says its id itself", "remove the line");
  }
  manifest.id = manifest.kind == Kind::exec ? id.value_or(manifest.stem()) : "";
  return manifest;
}

}  // namespace authhost::plugins
