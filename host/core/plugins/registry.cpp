#include "core/plugins/authenticator.hpp"

#include "core/config/paths.hpp"
#include "core/config/suggest.hpp"
#include "core/plugins/exec/exec.hpp"
#include "core/plugins/host_table.hpp"
#include "core/plugins/manifest.hpp"
#include "core/plugins/native.hpp"
#include "core/plugins/trust.hpp"
#include "core/services/log.hpp"
#include "core/services/own_program.hpp"
#include "core/services/redact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <utility>

namespace authhost::plugins {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxManifests = 256;  // in one folder

// A manifest and what became of it.
struct Entry {
  std::string file;
  bool builtin = false;
  bool opened = false;
  std::optional<Manifest> manifest;  // none: not read yet, or not readable
  PluginRecord record;
  bool of_user = false;  // added by a person's own configuration
  bool contested = false;  // another one says that it is the same, and nothing says which is meant
  const NativeLibrary* library = nullptr;                  // of a plugin in this process
  std::optional<exec::Command> command;                    // of one that is not

  [[nodiscard]] std::string stem() const { return fs::path(file).stem().string(); }
};

void refuse(Entry& entry, Error why) {
  entry.record.state = PluginState::refused;
  why.status = Status::plugin;
  why.message = safe_text(why.message, 1024);
  entry.record.reason = std::move(why);
}

std::string short_name_of(std::string_view name) { return std::string(name.substr(name.rfind('.') + 1)); }

// What a name leads to.
struct Match {
  const Entry* entry = nullptr;
  std::size_t index = 0;  // of its authenticators

  [[nodiscard]] const AuthenticatorInfo& info() const { return entry->record.authenticators[index]; }
};

class ManifestRegistry final : public Registry {
 public:
  explicit ManifestRegistry(config::PluginsConfig config) : config_(std::move(config)) {}

  Result<std::unique_ptr<Authenticator>> create(std::string_view name, const Call& call) override {
    Match match;
    Permissions permissions;
    {
      const std::lock_guard lock(mutex_);
      AUTHHOST_TRY(found, find(name, call));
      match = found;
      permissions = permissions_of(match);
    }
    const Entry& entry = *match.entry;
    if (entry.command) return exec::make_exec(*entry.command, match.info(), std::move(permissions));
    const auto& all = entry.library->authenticators;
    const auto loaded = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.info.id == match.info().id; });
    return make_native(*loaded, std::move(permissions), call);
  }

  Result<AuthenticatorInfo> describe(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    AUTHHOST_TRY(match, find(name, Call{}));
    if (match.info().described) return match.info();
    return exec::describe_one(*match.entry->command, match.info().id, Call{});
  }

  PluginRecord inspect(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    std::error_code problem;
    const std::string real = fs::weakly_canonical(path, problem).string();
    open_all();
    for (const auto& entry : entries_) {
      const auto named = {entry.record.path, entry.record.manifest};
      if (std::any_of(named.begin(), named.end(), [&](const auto& one) { return same_file(one, real); })) return described(entry);
    }
    Entry entry;
    entry.file = real;
    entry.of_user = true;
    entry.record.path = real;
    if (fs::path(real).extension() == ".toml") {
      entry.record.manifest = real;
      read_manifest(entry);
    } else {
      entry.manifest = Manifest{};
      entry.manifest->file = entry.manifest->path = real;
      if (auto allowed = check_policy(entry); !allowed) {
        entry.opened = true;
        refuse(entry, std::move(allowed).error());
      }
    }
    open(entry, Call{});
    return described(entry);
  }

  std::vector<PluginRecord> list() override {
    const std::lock_guard lock(mutex_);
    open_all();
    return records();
  }

  std::vector<PluginRecord> announced() override {
    const std::lock_guard lock(mutex_);
    scan();
    return records();
  }

 private:
  [[nodiscard]] std::vector<PluginRecord> records() const {
    std::vector<PluginRecord> all;
    for (const auto& entry : entries_) all.push_back(entry.record);
    return all;
  }

  // With what a program says of itself, which nobody else has asked it.
  static PluginRecord described(const Entry& entry) {
    PluginRecord record = entry.record;
    if (record.state != PluginState::loaded || record.authenticators.size() != 1 || record.authenticators[0].described) return record;
    auto said = exec::describe_one(*entry.command, record.authenticators[0].id, Call{});
    if (said) {
      record.authenticators[0] = *std::move(said);
    } else {
      record.state = PluginState::refused;
      record.reason = std::move(said).error();
    }
    return record;
  }

  // ---- finding manifests ----

  void scan() {
    if (scanned_) return;
    scanned_ = true;
    const std::string own = paths::builtin_manifests();
    scan_folder(own, true, false);
    for (std::size_t i = 0; i < config_.directories.size(); ++i) {
      // The system's file, and a program that names a folder itself, speak with the authority of what they are part of.
      const auto layer = i < config_.directory_sources.size() ? config_.directory_sources[i].layer : config::Layer::program;
      const bool of_user = layer != config::Layer::system && layer != config::Layer::program;
      if (!same_file(config_.directories[i], own)) scan_folder(config_.directories[i], false, of_user);
    }
    for (auto& entry : entries_) read_manifest(entry);
  }

  static bool same_file(const std::string& a, const std::string& b) {
    std::error_code ignored;
    return a == b || fs::equivalent(a, b, ignored);
  }

  void scan_folder(const std::string& folder, bool builtin, bool of_user) {
    std::error_code problem;
    if (!fs::exists(folder, problem) && builtin) return;
    auto real = check_trusted_folder(folder, {.installation = builtin});
    if (!real) {
      Entry entry;
      entry.file = folder;
      entry.opened = true;
      entry.record.manifest = folder;
      refuse(entry, std::move(real).error());
      entries_.push_back(std::move(entry));
      return;
    }
    std::vector<std::string> files;
    for (fs::directory_iterator at(*real, problem), end; !problem && at != end; at.increment(problem)) {
      const std::string name = at->path().filename().string();
      if (at->path().extension() == ".toml" && name.front() != '.') files.push_back(at->path().string());
      if (files.size() == kMaxManifests) break;
    }
    std::sort(files.begin(), files.end());
    for (auto& file : files) {
      Entry entry;
      entry.file = std::move(file);
      entry.builtin = builtin;
      entry.of_user = of_user;
      entry.record.manifest = entry.file;
      entries_.push_back(std::move(entry));
    }
  }

  // ---- opening one ----

  void read_manifest(Entry& entry) {
    if (entry.opened) return;
    auto file = open_trusted(entry.file, {.installation = entry.builtin}, kMaxManifest);
    auto text = file ? read_all(*file) : Result<std::string>(std::move(file).error());
    auto manifest = text ? parse_manifest(*text, entry.file) : Result<Manifest>(std::move(text).error());
    if (!manifest) {
      entry.opened = true;
      return refuse(entry, std::move(manifest).error());
    }
    entry.record.kind = manifest->kind == Kind::exec ? "exec" : "native";
    entry.record.path = manifest->path;
    entry.record.pinned = !manifest->sha256.empty();
    entry.record.grants = manifest->grants.value_or(std::vector<std::string>{});
    entry.manifest = *std::move(manifest);
    if (entry.manifest->climbs && !entry.builtin) {  // a reviewer should see at once where the plugin lies
      entry.opened = true;
      return refuse(entry, {Status::plugin, fmt::format("{}: its path leads upwards (\"..\")", entry.file), "write the whole path, or put the plugin beside its manifest"});
    }
    if (!entry.manifest->enabled) {
      entry.opened = true;
      entry.record.state = PluginState::disabled;
    } else if (auto allowed = check_policy(entry); !allowed) {
      entry.opened = true;
      refuse(entry, std::move(allowed).error());
    }
  }

  [[nodiscard]] Result<void> check_policy(const Entry& entry) const {
    if (entry.builtin) return {};
    if (config_.policy == config::PluginPolicy::none) {
      return Error{Status::plugin, fmt::format("{}: plugins.policy = \"none\" allows the built-in plugins only", entry.file),
                   "change plugins.policy, or ask whoever set it"};
    }
    if (config_.policy == config::PluginPolicy::allowlist && entry.manifest->sha256.empty()) {
      return Error{Status::plugin, fmt::format("{}: plugins.policy = \"allowlist\" asks for a sha256 in the manifest", entry.file),
                   fmt::format("if you trust the plugin: authhost plugin pin {}", entry.file)};
    }
    return {};
  }

  void open_all(const Call& call = {}) {
    scan();
    for (auto& entry : entries_) open(entry, call);
    refuse_duplicates();
  }

  void open(Entry& entry, const Call& call) {
    if (entry.opened) return;
    auto loaded = load(entry, call);
    if (!loaded && !call.check()) return static_cast<void>(skipped_ = true);  // it was not given the time: another caller may have more
    entry.opened = true;
    if (!loaded) return refuse(entry, std::move(loaded).error());
    entry.record.state = PluginState::loaded;
    if (!entry.manifest->grants) {
      auto& grants = entry.record.grants;
      for (const auto& info : entry.record.authenticators) {
        for (const auto& service : info.services_needed) {
          if (std::find(grants.begin(), grants.end(), service) == grants.end()) grants.push_back(service);
        }
      }
    }
  }

  Result<void> load(Entry& entry, const Call& call) {
    const Manifest& manifest = *entry.manifest;
    AUTHHOST_TRY(file, open_trusted(manifest.path, {.installation = entry.builtin}, kMaxPlugin));
    entry.record.path = file.path;
    entry.record.sha256 = file.sha256;
    if (!manifest.sha256.empty() && manifest.sha256 != file.sha256) {
      return Error{Status::plugin, fmt::format("{}: its SHA-256 is {}, the manifest says {}", file.path, file.sha256, manifest.sha256),
                   fmt::format("if you trust the new file: authhost plugin pin {}", entry.file)};
    }
    auto& infos = entry.record.authenticators;
    infos.clear();
    if (manifest.kind == Kind::exec) {
      AUTHHOST_CHECK(exec::check_program(file.fd.get(), file.path));
      infos.push_back(exec::undescribed(manifest.id));
      entry.command = program_of(std::move(file), manifest);
      return {};
    }
    AUTHHOST_CHECK(load_native_kind(entry, std::move(file), call));
    for (auto one = infos.begin(); one != infos.end(); ++one) {
      if (std::none_of(infos.begin(), one, [&](const auto& before) { return before.id == one->id; })) continue;
      return Error{Status::plugin, fmt::format("{}: two of its authenticators are {}", entry.record.path, one->id), "tell the plugin's author"};
    }
    if (manifest.id.empty()) return {};
    std::string ids;
    for (const auto& info : infos) ids.append(ids.empty() ? "" : ", ").append(info.id);
    infos.erase(std::remove_if(infos.begin(), infos.end(), [&](const auto& info) { return info.id != manifest.id; }), infos.end());
    if (!infos.empty()) return {};
    return Error{Status::plugin, fmt::format("{}: it says id = \"{}\", and the plugin is {}", entry.file, safe_text(manifest.id, 128), ids),
                 "correct the id, or remove the line"};
  }

  static Result<void> load_native_kind(Entry& entry, TrustedFile file, const Call& call) {
    auto& infos = entry.record.authenticators;
    const Manifest& manifest = *entry.manifest;
    if (manifest.isolation.value_or(entry.of_user ? Isolation::process : Isolation::none) == Isolation::process) {
      entry.record.isolated = true;
      AUTHHOST_TRY(runner, own_program("authhost-plugin-runner"));
      entry.command = runner_of(std::move(runner), file, entry.file);
      AUTHHOST_TRY(said, exec::describe(*entry.command, call));
      if (said.authenticators.empty()) return std::move(said.silence).in("when it was loaded, in a process of its own");
      infos = std::move(said.authenticators);
      return {};
    }
    AUTHHOST_TRY(library, load_native(std::move(file)));
    entry.library = library;
    for (const auto& one : library->authenticators) infos.push_back(one.info);
    return {};
  }

  // A script finds its own folder by that variable: it is run through its descriptor, and does not know its name.
  static exec::Command program_of(TrustedFile file, const Manifest& manifest) {
    return {.name = safe_text(file.path, 300),
            .argv = {file.path},
            .program = std::make_shared<const Fd>(std::move(file.fd)),
            .env = {"AUTHHOST_PLUGIN_FILE=" + file.path},
            .describes = manifest.describe};
  }
  // The runner makes the same checks again, on the very file that it loads.
  static std::string log_level() {
    int level = static_cast<int>(log::Level::error);
    while (level < static_cast<int>(log::Level::debug) && log::enabled(static_cast<log::Level>(level + 1))) ++level;
    return std::to_string(level);
  }
  static exec::Command runner_of(std::string runner, const TrustedFile& file, const std::string& manifest) {
    return {.name = safe_text(file.path, 300), .argv = {std::move(runner), file.path, file.sha256, manifest, log_level()}};
  }

  // Of two plugins with one id the higher priority wins, and a built-in one over another of its priority. Where nothing says which is
  // meant, neither is: the one that came later must not be handed the tokens of the other.
  void refuse_duplicates() {
    std::vector<Entry*> order;
    for (auto& entry : entries_) {
      if (entry.record.state == PluginState::loaded || entry.contested) order.push_back(&entry);
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const Entry* a, const Entry* b) { return a->manifest->priority > b->manifest->priority; });
    std::vector<std::pair<std::string, Entry*>> taken;
    for (auto* entry : order) {
      const auto other = std::find_if(taken.begin(), taken.end(), [&](const auto& known) { return provides(*entry, known.first); });
      if (other != taken.end() && !entry->contested) {
        Entry& first = *other->second;
        if (first.builtin || first.manifest->priority > entry->manifest->priority) {
          refuse(*entry, Error{Status::plugin, fmt::format("{}: {} is already provided by {}", entry->file, other->first, first.file),
                               "disable one of the two, or give it another priority"});
          continue;
        }
        contest(*entry, first, other->first);
        contest(first, *entry, other->first);
      }
      for (const auto& info : entry->record.authenticators) taken.emplace_back(info.id, entry);
    }
  }

  static void contest(Entry& entry, const Entry& other, const std::string& id) {
    entry.contested = true;  // and stays so, whoever comes later
    refuse(entry, Error{Status::plugin, fmt::format("{}: {} says that it is {}, too", entry.file, other.file, id),
                        "remove one of the two, or give the one that you mean a higher priority"});
  }

  static bool provides(const Entry& entry, std::string_view id) {
    const auto& all = entry.record.authenticators;
    return std::any_of(all.begin(), all.end(), [&](const AuthenticatorInfo& info) { return info.id == id; });
  }

  // ---- finding by name ----

  Result<Match> find(std::string_view name, const Call& call) {
    scan();
    skipped_ = false;
    // What says its id need not be opened to know what it holds.
    for (auto& entry : entries_) {
      const std::string id = entry.manifest ? entry.manifest->id : "";
      if (id.empty() || id == name || short_name_of(id) == name) open(entry, call);
    }
    refuse_duplicates();
    auto matches = matching(name);
    if (matches.empty()) {
      open_all(call);
      matches = matching(name);
    }
    if (skipped_) AUTHHOST_CHECK(call.check());  // it may be the one, or contest it
    if (matches.size() == 1) return matches.front();
    if (matches.empty()) return unknown(name);
    std::string ids;
    for (const auto& match : matches) ids += (ids.empty() ? "" : " and ") + match.info().id;
    return Error{Status::plugin, fmt::format("authenticator \"{}\": the short name stands for {}", safe_text(name, 64), ids),
                 "write the whole id"};
  }

  [[nodiscard]] std::vector<Match> matching(std::string_view name) const {
    std::vector<Match> matches;
    for (const auto& entry : entries_) {
      if (entry.record.state != PluginState::loaded) continue;
      for (std::size_t i = 0; i < entry.record.authenticators.size(); ++i) {
        const auto& info = entry.record.authenticators[i];
        if (info.id == name || info.short_name == name) matches.push_back({&entry, i});
      }
    }
    return matches;
  }

  // Nothing provides `name`: because its plugin was refused, or because there is none.
  [[nodiscard]] Error unknown(std::string_view name) const {
    std::vector<std::string> names;
    const Entry* suspect = nullptr;
    for (const auto& entry : entries_) {
      for (const auto& info : entry.record.authenticators) {
        const bool meant = info.id == name || info.short_name == name;
        if (entry.record.state == PluginState::refused && meant) return because(name, entry);
        if (entry.record.state == PluginState::loaded) names.push_back(info.short_name);
      }
      const std::string id = entry.manifest ? entry.manifest->id : "";
      const bool meant = entry.stem() == short_name_of(name) || short_name_of(id) == short_name_of(name);
      if (meant && entry.record.state != PluginState::loaded) return because(name, entry);
      if (entry.record.state == PluginState::refused && suspect == nullptr) suspect = &entry;
    }
    std::string hint = names.empty() ? "no plugin is installed" : suggest(name, names);
    if (suspect == nullptr && hint.find("did you mean") == std::string::npos) {
      hint += "; is the folder of its manifest among the `directories` of [plugins]?";
    }
    if (suspect != nullptr) hint += fmt::format("; refused: {}", suspect->record.reason.message);
    return Error{Status::plugin, fmt::format("authenticator \"{}\": no plugin provides it", safe_text(name, 64)), hint};
  }

  static Error because(std::string_view name, const Entry& entry) {
    Error why = entry.record.state == PluginState::disabled
                    ? Error{Status::plugin, fmt::format("{} says enabled = false", entry.file), "enable it there"}
                    : entry.record.reason;
    return std::move(why).in(fmt::format("authenticator \"{}\"", safe_text(name, 64)));
  }

  // An exec plugin gets what the manifest grants, and nothing without a word there; a native one at most what it declares.
  static Permissions permissions_of(const Match& match) {
    const Entry& entry = *match.entry;
    const auto& declared = match.info().services_needed;
    const bool exec = entry.manifest->kind == Kind::exec;
    return {entry.file, entry.manifest->grants.value_or(exec ? std::vector<std::string>{} : declared), exec ? known_services() : declared};
  }

  const config::PluginsConfig config_;
  std::mutex mutex_;
  bool scanned_ = false;
  bool skipped_ = false;  // in this search
  std::vector<Entry> entries_;  // built-ins first; complete after scan()
};

}  // namespace

std::shared_ptr<Registry> make_registry(const config::PluginsConfig& config) {
  return std::make_shared<ManifestRegistry>(config);
}

}  // namespace authhost::plugins
