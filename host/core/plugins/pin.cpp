#include "core/plugins/pin.hpp"

#include "core/config/document.hpp"
#include "core/config/paths.hpp"
#include "core/plugins/manifest.hpp"
#include "core/plugins/trust.hpp"
#include "core/services/redact.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace authhost::plugins {
namespace {

namespace fs = std::filesystem;

// A manifest, and what it is pinned to.
struct Opened {
  TrustedFile file;
  std::string text;
  Pin pin;
};

Result<Opened> open(const std::string& named) {
  // A relative path in a manifest starts at the folder that it is found in, also where it is a symbolic link.
  std::error_code problem;
  const fs::path path = fs::absolute(named);
  const fs::path folder = fs::weakly_canonical(path.parent_path(), problem);
  Opened out;
  out.pin.manifest = (folder / path.filename()).string();
  const TrustRules rules{.installation = fs::equivalent(folder, paths::builtin_manifests(), problem)};
  AUTHHOST_TRY(file, open_trusted(out.pin.manifest, rules, kMaxManifest));
  AUTHHOST_TRY(text, read_all(file));
  AUTHHOST_TRY(manifest, parse_manifest(text, out.pin.manifest));
  AUTHHOST_CHECK(check_place(manifest));
  AUTHHOST_TRY(plugin, open_trusted(manifest.path, rules, kMaxPlugin));
  out.pin.plugin = std::move(plugin.path);
  out.pin.said = std::move(manifest.sha256);
  out.pin.real = std::move(plugin.sha256);
  out.file = std::move(file);
  out.text = std::move(text);
  return out;
}

// The text with `sha256` in place of what it says, or as a line of its own at the end: a manifest has no tables. Whether it was
// understood is seen when it is read again.
Result<std::string> with_pin(const Opened& opened, const std::string& sha256) {
  const std::string& text = opened.text;
  AUTHHOST_TRY(table, config::parse_document(text, safe_text(opened.pin.manifest)));
  const config::Value* said = nullptr;
  for (const auto& [key, value] : table.members) {
    if (key == "sha256") said = &value;
  }
  std::string out = text;
  if (said == nullptr) {
    const std::string_view eol = text.find("\r\n") != std::string::npos ? "\r\n" : "\n";
    if (!out.empty() && out.back() != '\n') out += eol;
    return out.append("sha256 = \"").append(sha256).append("\"").append(eol);
  }
  std::size_t begin = 0;
  for (int line = 1; line < said->line; ++line) begin = text.find('\n', begin) + 1;
  const auto end = std::min(text.find('\n', begin), text.size());
  const auto at = text.find(said->text, std::min(text.find('=', begin), end));
  return at < end ? out.replace(at, said->text.size(), sha256) : out;
}

// A file beside another that takes its place, or is gone.
class Successor {
 public:
  explicit Successor(const TrustedFile& file) : target_(file.path), name_((fs::path(file.path).parent_path() / ".authhost-pin-XXXXXX").string()) {
    fd_ = Fd(::mkostemp(name_.data(), O_CLOEXEC));
    struct stat was {};
    if (!fd_) name_.clear();
    check(fd_ && ::fstat(file.fd.get(), &was) == 0);
    check(::fchown(fd_.get(), was.st_uid, was.st_gid) == 0);
    check(::fchmod(fd_.get(), was.st_mode & 07777) == 0);
  }
  Successor(const Successor&) = delete;
  Successor& operator=(const Successor&) = delete;
  ~Successor() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }

  Result<void> take_place(std::string_view text) {
    while (error_ == 0 && !text.empty()) {
      const auto put = ::write(fd_.get(), text.data(), text.size());
      if (put > 0) text.remove_prefix(static_cast<std::size_t>(put));
      else check(put < 0 && errno == EINTR);
    }
    check(::fsync(fd_.get()) == 0);
    if (error_ == 0) check(::rename(name_.c_str(), target_.c_str()) == 0);
    if (error_ != 0) {
      return Error{Status::plugin, fmt::format("writing {}: {}", target_, std::generic_category().message(error_)),
                   "do it as the user to whom the manifest belongs"};
    }
    name_.clear();
    const Fd folder(::open(fs::path(target_).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder) ::fsync(folder.get());
    return {};
  }

 private:
  void check(bool done) {
    if (!done && error_ == 0) error_ = errno;
  }

  const std::string target_;
  std::string name_;
  Fd fd_;
  int error_ = 0;  // the first one
};

}  // namespace

Result<Pin> read_pin(const std::string& manifest) {
  AUTHHOST_TRY(opened, open(manifest));
  return std::move(opened.pin);
}

Result<Pin> write_pin(const std::string& manifest) {
  AUTHHOST_TRY(opened, open(manifest));
  if (opened.pin.holds()) return std::move(opened.pin);
  AUTHHOST_TRY(text, with_pin(opened, opened.pin.real));
  AUTHHOST_TRY(read_again, parse_manifest(text, opened.pin.manifest));
  if (read_again.sha256 != opened.pin.real) {
    return Error{Status::plugin, safe_text(opened.pin.manifest) + ": its sha256 is not written plainly enough to be replaced",
                 "remove it: the new one is then written at the end"};
  }
  Successor successor(opened.file);
  AUTHHOST_CHECK(successor.take_place(text));
  return std::move(opened.pin);
}

}  // namespace authhost::plugins
