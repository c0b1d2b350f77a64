#include "conform/subject.hpp"

#include "conform/record.hpp"
#include "core/plugins/elf.hpp"
#include "core/plugins/exec/description.hpp"
#include "core/plugins/exec/exec.hpp"
#include "core/plugins/host_table.hpp"
#include "core/plugins/manifest.hpp"
#include "core/plugins/native.hpp"
#include "core/services/redact.hpp"

#include <unistd.h>

#include <filesystem>
#include <utility>

namespace authhost::conform {

namespace {

namespace fs = std::filesystem;

// An author's build folder is often writable by the author's own group, as an installation is.
constexpr plugins::TrustRules kRules{.installation = true};

void look_on(plugins::exec::Line kind, std::string_view line) {
  Record* const record = recording();
  if (record == nullptr) return;
  if (kind == plugins::exec::Line::from_program) record_frame(*record, line);
  if (kind == plugins::exec::Line::log) record->log.emplace_back(line);
}

bool is_shared_object(const plugins::TrustedFile& file) {
  if (plugins::exported_object_size(file.fd.get(), file.size, file.path, AUTHHOST_PLUGIN_SYMBOL)) return true;
  return fs::path(file.path).extension() == ".so";
}

// An id for an exec plugin that says none.
std::string id_for(const std::string& path) {
  std::string word;
  for (const char c : fs::path(path).stem().string()) {
    const char low = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    const bool fits = (low >= 'a' && low <= 'z') || (!word.empty() && ((low >= '0' && low <= '9') || low == '-' || low == '_'));
    if (fits) word += low;
  }
  return "org.example." + (word.empty() ? "plugin" : word);
}

}  // namespace

Result<std::unique_ptr<Subject>> Subject::open(const std::string& path) {
  std::unique_ptr<Subject> out(new Subject);
  std::error_code problem;
  std::string plugin = fs::absolute(path, problem).string();
  std::optional<plugins::Kind> said;
  bool describes = true;
  if (fs::path(plugin).extension() == ".toml") {
    out->manifest_ = plugin;
    AUTHHOST_TRY(file, plugins::open_trusted(plugin, {.installation = kRules.installation, .missing = "is its name right?"}, plugins::kMaxManifest));
    AUTHHOST_TRY(text, plugins::read_all(file));
    AUTHHOST_TRY(manifest, plugins::parse_manifest(text, plugin));
    AUTHHOST_CHECK(plugins::check_place(manifest));
    said = manifest.kind;
    plugin = manifest.path;
    out->id_ = manifest.id;
    out->grants_ = manifest.grants;
    out->pin_ = manifest.sha256;
    describes = manifest.describe;
    if (manifest.kind == plugins::Kind::exec && !manifest.grants) out->grants_.emplace();
  }
  AUTHHOST_TRY(file, plugins::open_trusted(plugin, kRules, plugins::kMaxPlugin));
  out->file_ = std::move(file);
  if (!out->pin_.empty() && out->pin_ != out->file_.sha256) {
    return Error{Status::plugin, out->manifest_ + ": it is pinned to another file than " + out->file_.path, "if you trust it: authhost plugin pin " + out->manifest_};
  }
  const bool native = said ? *said == plugins::Kind::native : is_shared_object(out->file_);
  out->kind_ = native ? Kind::native : Kind::exec;
  if (native) return out;
  AUTHHOST_CHECK(plugins::exec::check_program(out->file_.fd.get(), out->file_.path));
  out->command_ = plugins::exec::command_of(out->file_.path, std::make_shared<const Fd>(std::move(out->file_.fd)), describes);
  out->command_.onlooker = look_on;
  return out;
}

Result<void> Subject::load() {
  if (!infos_.empty()) return {};
  if (kind_ == Kind::native) {
    AUTHHOST_TRY(again, plugins::open_trusted(file_.path, kRules, plugins::kMaxPlugin));
    AUTHHOST_TRY(library, plugins::load_native(std::move(again)));
    library_ = library;
  }
  const bool before = kind_ == Kind::exec && known_.description;
  AUTHHOST_TRY(described, before ? described_by(described_before()) : describe());
  infos_ = std::move(described);
  return {};
}

Result<std::vector<plugins::AuthenticatorInfo>> Subject::describe() {
  std::vector<plugins::AuthenticatorInfo> out;
  if (kind_ == Kind::native) {
    for (const auto& one : library_->authenticators) out.push_back(one.info);
    const bool there = id_.empty() || std::any_of(out.begin(), out.end(), [&](const auto& info) { return info.id == id_; });
    if (!there) return Error{Status::plugin, manifest_ + ": it says id = \"" + id_ + "\", and the plugin is " + out.front().id, "correct the id, or remove the line"};
    return out;
  }
  Record heard;
  Record* const other = recording();
  record_here(&heard);
  Result<std::vector<plugins::AuthenticatorInfo>> all = std::vector<plugins::AuthenticatorInfo>();
  if (command_.describes) {
    auto said = plugins::exec::describe(command_, Call{});
    all = said ? Result<std::vector<plugins::AuthenticatorInfo>>(std::move(said->authenticators)) : std::move(said).error();
  }
  record_here(other);
  if (!known_.description && (all || !heard.frames.empty())) {
    const bool readable = !heard.frames.empty() && plugins::exec::read_frame(heard.frames.front());
    known_.description = readable ? heard.frames.front() : "";
  }
  return described_by(std::move(all));
}

// As exec::describe() reads it.
Result<std::vector<plugins::AuthenticatorInfo>> Subject::described_before() const {
  const auto frame = plugins::exec::read_frame(*known_.description);
  if (!frame || frame->type() != "description") return std::vector<plugins::AuthenticatorInfo>();
  return plugins::exec::read_description(*frame);
}

Result<std::vector<plugins::AuthenticatorInfo>> Subject::described_by(Result<std::vector<plugins::AuthenticatorInfo>> all) const {
  if (!all) return all;
  if (id_.empty()) {
    if (all->empty()) all->push_back(plugins::exec::undescribed(id_for(file_.path)));
    return all;
  }
  auto described = plugins::exec::described_as(*std::move(all), id_);
  return std::vector{described ? *std::move(described) : plugins::exec::undescribed(id_)};
}

Result<std::unique_ptr<plugins::Authenticator>> Subject::make(std::size_t index, const std::optional<std::vector<std::string>>& granted,
                                                              OtherHost other, const Call& call) {
  const auto& info = infos_[index];
  const bool exec = kind_ == Kind::exec;
  // What an exec plugin says that it needs, it is granted here, as a manifest would.
  auto grants = granted ? *granted : grants_.value_or(silent() ? plugins::known_services() : info.services_needed);
  plugins::Permissions permissions{manifest_.empty() ? "its manifest" : manifest_, std::move(grants),
                                   exec ? plugins::known_services() : info.services_needed};
  if (exec) return plugins::exec::make_exec(command_, info, std::move(permissions));
  spied_ = spied(library_->authenticators[index], other);
  return plugins::make_native(*spied_, std::move(permissions), call);
}

}  // namespace authhost::conform
