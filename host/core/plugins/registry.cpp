#include "core/plugins/registry.hpp"

#include "core/config/paths.hpp"
#include "core/config/suggest.hpp"
#include "core/plugins/host_table.hpp"
#include "core/plugins/native.hpp"
#include "core/plugins/opening.hpp"
#include "core/plugins/trust.hpp"
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

using Lock = std::unique_lock<std::mutex>;

// A manifest and what became of it. File, origin and manifest do not change after the scan.
struct Entry {
  std::string file;
  Origin origin;
  std::optional<Manifest> manifest;  // none: not readable
  PluginRecord record;
  bool settled = false;  // loaded, disabled or refused for good: there is nothing more to find out
  std::shared_ptr<Cancellation> opening;  // thrown once the caller that opens it is done
  bool beaten = false;     // another one is the one that is meant
  bool contested = false;  // another one says that it is the same, and nothing says which is meant
  const NativeLibrary* library = nullptr;  // of a plugin in this process
  std::optional<exec::Command> command;    // of one that is not

  [[nodiscard]] std::string stem() const { return fs::path(file).stem().string(); }
};

struct Throw {
  std::shared_ptr<Cancellation> event;
  ~Throw() { event->cancel(); }
};

// For good where the plugin is at fault: the system's trouble may pass.
void refuse(Entry& entry, Error why) {
  entry.settled = why.status == Status::plugin;
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
    Lock lock(mutex_);
    AUTHHOST_TRY(match, find(lock, name, call));
    auto permissions = permissions_of(match);
    if (match.entry->command) return exec::make_exec(*match.entry->command, match.info(), std::move(permissions));
    const auto& all = match.entry->library->authenticators;
    const auto loaded = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.info.id == match.info().id; });
    lock.unlock();
    return make_native(*loaded, std::move(permissions), call);
  }

  Result<AuthenticatorInfo> describe(std::string_view name, const Call& call) override {
    Lock lock(mutex_);
    AUTHHOST_TRY(match, find(lock, name, call));
    const AuthenticatorInfo info = match.info();
    if (info.described) return info;
    const exec::Command command = *match.entry->command;
    lock.unlock();
    return exec::describe_one(command, info.id, call);
  }

  PluginRecord inspect(const std::string& path, const Call& call) override {
    std::error_code problem;
    const std::string real = fs::weakly_canonical(path, problem).string();
    {
      Lock lock(mutex_);
      static_cast<void>(open_all(lock, call));  // of what could not be opened it is said below
      for (const auto& entry : entries_) {
        const auto named = {entry.record.path, entry.record.manifest};
        if (std::none_of(named.begin(), named.end(), [&](const auto& one) { return same_file(one, real); })) continue;
        Entry copy = entry;
        lock.unlock();
        return described(std::move(copy), call);
      }
    }
    Entry entry;
    entry.file = real;
    entry.origin.of_user = true;
    entry.record.path = real;
    if (fs::path(real).extension() == ".toml") {
      entry.record.manifest = real;
      read_manifest(entry);
    } else {
      entry.manifest = Manifest{};
      entry.manifest->file = entry.manifest->path = real;
      if (auto allowed = check_policy(entry); !allowed) refuse(entry, std::move(allowed).error());
    }
    if (entry.record.state == PluginState::found) settle(entry, open_plugin(*entry.manifest, entry.origin, call));
    return described(std::move(entry), call);
  }

  std::vector<PluginRecord> list(const Call& call) override {
    Lock lock(mutex_);
    static_cast<void>(open_all(lock, call));  // a row says why
    return records();
  }

  std::vector<PluginRecord> announced() override {
    const Lock lock(mutex_);
    static_cast<void>(scan());  // what could not be read says so
    return records();
  }

 private:
  [[nodiscard]] std::vector<PluginRecord> records() const {
    std::vector<PluginRecord> all;
    for (const auto& entry : entries_) all.push_back(entry.record);
    return all;
  }

  // With what a program says of itself, which nobody else has asked it.
  static PluginRecord described(Entry entry, const Call& call) {
    PluginRecord& record = entry.record;
    if (record.state == PluginState::loaded && record.authenticators.size() == 1 && !record.authenticators[0].described) {
      if (auto said = exec::describe_one(*entry.command, record.authenticators[0].id, call); said) {
        record.authenticators[0] = *std::move(said);
      } else {
        refuse(entry, std::move(said).error());
      }
    }
    return std::move(record);
  }

  // ---- finding manifests ----

  // What cannot be read for the moment is read again the next time; until then nothing is opened, as it may be what is meant.
  Result<void> scan() {
    if (scanned_) return {};
    entries_.clear();
    find_manifests();
    for (auto& entry : entries_) read_manifest(entry);
    for (const auto& entry : entries_) {
      if (entry.record.state != PluginState::refused || entry.settled) continue;
      return Error{Status::internal, entry.record.reason.message, entry.record.reason.hint};
    }
    scanned_ = true;
    return {};
  }

  void find_manifests() {
    const std::string own = paths::builtin_manifests();
    scan_folder(own, true, false);
    for (std::size_t i = 0; i < config_.directories.size(); ++i) {
      // The system's file, and a program that names a folder itself, speak with the authority of what they are part of.
      const auto layer = i < config_.directory_sources.size() ? config_.directory_sources[i].layer : config::Layer::program;
      const bool of_user = layer != config::Layer::system && layer != config::Layer::program;
      const auto before = config_.directories.begin() + static_cast<std::ptrdiff_t>(i);
      const bool known = same_file(*before, own) || std::any_of(config_.directories.begin(), before, [&](const auto& one) { return same_file(one, *before); });
      if (!known) scan_folder(*before, false, of_user);
    }
  }

  static bool same_file(const std::string& a, const std::string& b) {
    std::error_code ignored;
    return a == b || fs::equivalent(a, b, ignored);
  }

  void scan_folder(const std::string& folder, bool builtin, bool of_user) {
    std::error_code problem;
    if (builtin && !fs::exists(folder, problem) && !problem) return;
    auto real = check_trusted_folder(folder, {.installation = builtin, .missing = "is the folder's name among the `directories` of [plugins] right?"});
    if (!real) return refuse_folder(folder, std::move(real).error());
    std::vector<std::string> files;
    for (fs::directory_iterator at(*real, problem), end; !problem && at != end; at.increment(problem)) {
      const std::string name = at->path().filename().string();
      if (at->path().extension() == ".toml" && name.front() != '.') files.push_back(at->path().string());
    }
    if (problem) return refuse_folder(folder, unreadable(*real, problem.value(), ""));
    if (files.size() > kMaxManifests) {
      return refuse_folder(folder, {Status::plugin, fmt::format("{}: it holds {} manifests, and at most {} are read", *real, files.size(), kMaxManifests),
                                    "move those that are not needed elsewhere"});
    }
    std::sort(files.begin(), files.end());
    for (auto& file : files) {
      Entry entry;
      entry.file = std::move(file);
      entry.origin = {builtin, of_user};
      entry.record.manifest = entry.file;
      entries_.push_back(std::move(entry));
    }
  }

  void refuse_folder(const std::string& folder, Error why) {
    Entry entry;
    entry.file = entry.record.manifest = folder;
    refuse(entry, std::move(why));
    entries_.push_back(std::move(entry));
  }

  // ---- opening one ----

  void read_manifest(Entry& entry) {
    if (entry.record.state != PluginState::found) return;
    auto file = open_trusted(entry.file, {.installation = entry.origin.builtin, .missing = "is its name right?"}, kMaxManifest);
    auto text = file ? read_all(*file) : Result<std::string>(std::move(file).error());
    auto manifest = text ? parse_manifest(*text, entry.file) : Result<Manifest>(std::move(text).error());
    if (!manifest) {
      if (text) entry.record.id = id_said(*text);
      return refuse(entry, std::move(manifest).error());
    }
    entry.record.id = manifest->id;
    entry.record.kind = manifest->kind == Kind::exec ? "exec" : "native";
    entry.record.path = manifest->path;
    entry.record.pinned = !manifest->sha256.empty();
    entry.record.grants = manifest->grants.value_or(std::vector<std::string>{});
    entry.manifest = *std::move(manifest);
    if (auto place = check_place(*entry.manifest); !place) return refuse(entry, std::move(place).error());
    if (!entry.manifest->enabled) {
      entry.settled = true;
      entry.record.state = PluginState::disabled;
    } else if (auto allowed = check_policy(entry); !allowed) {
      refuse(entry, std::move(allowed).error());
    }
  }

  [[nodiscard]] Result<void> check_policy(const Entry& entry) const {
    if (entry.origin.builtin) return {};
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

  // As open(), of the first that could not be opened.
  Result<void> open_all(Lock& lock, const Call& call) {
    AUTHHOST_CHECK(scan());
    Result<void> opened;
    for (auto& entry : entries_) {
      if (auto one = open(lock, entry, call); !one && opened) opened = std::move(one);
    }
    refuse_duplicates();
    return opened;
  }

  // Without the lock while the plugin is asked: others need not wait for one that they do not want. An error is no verdict on the plugin,
  // which may be opened the next time: DEADLINE or CANCELLED, this caller's time did not suffice; INTERNAL, the system has no room.
  static Result<void> open(Lock& lock, Entry& entry, const Call& call) {
    while (entry.opening && !entry.opening->cancelled()) {
      const auto theirs = entry.opening;
      lock.unlock();
      const auto waited = call.wait_for(*theirs);
      lock.lock();
      if (!waited) return waited.error();
    }
    if (entry.settled) return {};
    AUTHHOST_CHECK(call.check());
    entry.opening = std::make_shared<Cancellation>();
    const Throw at_the_end{entry.opening};
    lock.unlock();
    auto opened = open_plugin(*entry.manifest, entry.origin, call);
    lock.lock();
    if (opened.failure) AUTHHOST_CHECK(call.check());
    settle(entry, std::move(opened));
    if (entry.settled) return {};
    return Error{Status::internal, entry.record.reason.message, entry.record.reason.hint};
  }

  static void settle(Entry& entry, Opened opened) {
    PluginRecord& record = entry.record;
    if (!opened.path.empty()) record.path = std::move(opened.path);
    record.sha256 = std::move(opened.sha256);
    record.isolated = opened.isolated;
    record.authenticators = std::move(opened.authenticators);
    if (opened.failure) return refuse(entry, *std::move(opened.failure));
    entry.library = opened.library;
    entry.command = std::move(opened.command);
    entry.settled = true;
    record.state = PluginState::loaded;
    record.reason = {};
    if (entry.manifest->grants) return;
    for (const auto& info : record.authenticators) {
      for (const auto& service : info.services_needed) {
        if (std::find(record.grants.begin(), record.grants.end(), service) == record.grants.end()) record.grants.push_back(service);
      }
    }
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
        if (first.origin.builtin || first.manifest->priority > entry->manifest->priority) {
          entry->beaten = true;
          refuse(*entry, Error{Status::plugin, fmt::format("{}: {} is already provided by {}", entry->file, other->first, first.file),
                               "disable one of the two, or give it another priority"});
          continue;
        }
        contest(*entry, first, other->first);
        contest(first, *entry, other->first);
      }
      for (const auto& info : entry->record.authenticators) taken.emplace_back(info.id, entry);
    }
    for (const auto& refused : entries_) {
      if (refused.record.state == PluginState::refused && !refused.beaten && !refused.contested) contest_for(refused);
    }
  }

  // One that cannot be loaded has its logins all the same: whoever else says its id must not be handed them for that.
  void contest_for(const Entry& refused) {
    const std::int64_t priority = refused.manifest ? refused.manifest->priority : 0;
    for (auto& entry : entries_) {
      if (entry.record.state != PluginState::loaded) continue;
      const auto& all = entry.record.authenticators;
      const auto same = std::find_if(all.begin(), all.end(), [&](const auto& info) { return info.id == refused.record.id || provides(refused, info.id); });
      if (same == all.end() || entry.manifest->priority > priority || (entry.origin.builtin && entry.manifest->priority == priority)) continue;
      contest(entry, refused, same->id);
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

  Result<Match> find(Lock& lock, std::string_view name, const Call& call) {
    AUTHHOST_CHECK(scan());
    Result<void> opened;
    // What says its id need not be opened to know what it holds.
    for (auto& entry : entries_) {
      const std::string id = entry.manifest ? entry.manifest->id : "";
      if (id.empty() || id == name || short_name_of(id) == name) {
        if (auto one = open(lock, entry, call); !one && opened) opened = std::move(one);
      }
    }
    refuse_duplicates();
    auto matches = matching(name);
    if (opened && matches.empty()) {
      opened = open_all(lock, call);
      matches = matching(name);
    }
    if (!opened) return std::move(opened).error();  // it may be the one, or contest it
    if (matches.size() == 1) return matches.front();
    if (matches.empty()) return unknown(name);
    std::string ids;
    for (const auto& match : matches) ids += (ids.empty() ? "" : " and ") + match.info().id;
    const auto plain = std::find_if(matches.begin(), matches.end(), [&](const Match& match) { return match.info().id == name; });
    return Error{Status::plugin, fmt::format("authenticator \"{}\": the short name stands for {}", safe_text(name, 64), ids),
                 plain == matches.end() ? "write the whole id" : fmt::format("write the whole id of the other one, or give this one an id in {}", plain->entry->file)};
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
    if (suspect != nullptr) {
      const Error& why = suspect->record.reason;
      hint += fmt::format("; refused: {}{}", why.message, why.hint.empty() ? "" : " (" + why.hint + ")");
    }
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
    return {entry.file, entry.manifest->grants.value_or(exec ? std::vector<std::string>{} : declared), exec ? known_services() : declared,
            entry.origin.builtin};
  }

  const config::PluginsConfig config_;
  std::mutex mutex_;
  bool scanned_ = false;
  std::vector<Entry> entries_;  // built-ins first; complete after scan()
};

}  // namespace

std::shared_ptr<Registry> make_registry(const config::PluginsConfig& config) {
  return std::make_shared<ManifestRegistry>(config);
}

}  // namespace authhost::plugins
