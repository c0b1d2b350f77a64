#include "plugin_place.hpp"

#include "core/plugins/trust.hpp"
#include "core/services/redact.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace authhost::cli {

namespace {

namespace fs = std::filesystem;
using plugins::PluginRecord;

bool is_file(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool is_id(std::string_view id, std::string_view word) {
  return id == word || (!id.empty() && id.substr(id.rfind('.') + 1) == word);
}

// What it provides, as it says itself or as its manifest says it.
bool provides(const PluginRecord& record, std::string_view word) {
  const auto& all = record.authenticators;
  if (std::any_of(all.begin(), all.end(), [&](const auto& info) { return is_id(info.id, word); })) return true;
  return is_id(record.id, word);
}

// The name of a file of it: what `plugin list` shows of one that was not opened.
bool is_called(const PluginRecord& record, std::string_view word) {
  const fs::path manifest = record.manifest;
  return manifest.filename() == word || manifest.stem() == word || fs::path(record.path).filename() == word;
}

std::vector<PluginRecord> meant(const std::vector<PluginRecord>& records, std::string_view word) {
  for (const auto fits : {provides, is_called}) {
    std::vector<PluginRecord> found;
    std::copy_if(records.begin(), records.end(), std::back_inserter(found), [&](const auto& record) { return fits(record, word); });
    const auto loaded = [](const PluginRecord& record) { return record.state == plugins::PluginState::loaded; };
    // Of several with one id, one counts.
    if (found.size() > 1 && std::count_if(found.begin(), found.end(), loaded) == 1) return {*std::find_if(found.begin(), found.end(), loaded)};
    if (!found.empty()) return found;
  }
  return {};
}

// A file here that the word is short for.
std::string file_like(const std::string& word) {
  for (const char* ending : {"", ".toml", ".so"}) {
    if (is_file(word + ending)) return "./" + word + ending;
  }
  return {};
}

Error several(const std::string& word, const std::vector<PluginRecord>& records) {
  std::string list;
  for (const auto& record : records) list += (list.empty() ? "" : " and ") + safe_text(record.manifest, 300);
  return {Status::plugin, safe_text(word, 300) + " is the plugin of " + list, "name the manifest that is meant"};
}

}  // namespace

std::optional<plugins::Manifest> manifest_at(const std::string& path) {
  const auto file = plugins::open_trusted(path, {.installation = true}, plugins::kMaxManifest);
  const auto text = file ? plugins::read_all(*file) : Result<std::string>(std::string());
  if (!file || !text) return std::nullopt;
  auto manifest = plugins::parse_manifest(*text, path);
  if (!manifest) return std::nullopt;
  return *std::move(manifest);
}

Result<std::string> plugin_place(const App& app, const std::string& word, Opening opening) {
  const auto ending = fs::path(word).extension();
  const bool looks_like_file = ending == ".toml" || ending == ".so";
  if (word.find('/') != std::string::npos || (looks_like_file && is_file(word))) return word;
  AUTHHOST_TRY(config, app.load_config());
  const auto registry = plugins::make_registry(config.plugins);
  const auto found = meant(opening == Opening::plugins ? registry->list(app.call()) : registry->announced(), word);
  if (found.size() > 1) return several(word, found);
  if (found.size() == 1) return found.front().manifest;
  if (is_file(word)) return "./" + word;
  const auto near = file_like(word);
  const std::string hint = near.empty() ? "" : "did you mean " + safe_text(near, 300) + "?";
  if (looks_like_file) {
    return Error{Status::plugin, "there is no file " + safe_text(word, 300) + " here, and no plugin of the configuration has one of that name",
                 hint.empty() ? "`authhost plugin list` shows the manifests; a path leads to any other" : hint};
  }
  if (opening == Opening::manifests) {
    return Error{Status::plugin, "no manifest of the configuration names " + safe_text(word, 300),
                 hint.empty() ? "name the manifest itself: authhost plugin pin ./NAME.toml" : hint};
  }
  auto described = registry->describe(word, app.call());  // the registry knows why, and which ones there are
  Error why = described ? Error{Status::plugin, "no plugin is called " + safe_text(word, 64), ""} : std::move(described).error();
  if (!hint.empty()) why.hint = hint;
  return why;
}

}  // namespace authhost::cli
