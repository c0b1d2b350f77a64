#include "core/plugins/trust.hpp"

#include "core/services/crypto.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <link.h>
#include <openssl/evp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace authhost::plugins {
namespace {

constexpr int kMaxLinks = 40;  // as the kernel's own limit

Error refused(std::string_view path, std::string_view why, std::string_view hint) {
  return Error{Status::plugin, fmt::format("{}: {}", path, why), std::string(hint)};
}

Error failed(std::string_view path) {
  return refused(path, std::generic_category().message(errno), "check that the file exists and may be read");
}

// Who owns the library, or program, that this code was loaded from; root if that cannot be told.
uid_t installation_owner() {
  static const int anchor = 0;
  Dl_info info{};
  link_map* map = nullptr;
  const bool found = ::dladdr1(&anchor, &info, reinterpret_cast<void**>(&map), RTLD_DL_LINKMAP) != 0;
  const char* name = found && map != nullptr && map->l_name[0] != '\0' ? map->l_name : "/proc/self/exe";
  struct stat status{};
  return ::stat(name, &status) == 0 ? status.st_uid : 0;
}

// Whether the group is the user's own and has nobody else in it: Debian's and Ubuntu's user private groups.
bool is_private_group(gid_t group, uid_t user) {
  if (user == 0) return false;
  std::array<char, 16384> buffer{};
  struct passwd entry{};
  struct passwd* person = nullptr;
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &person) != 0 || person == nullptr) return false;
  if (person->pw_gid != group) return false;
  const std::string name = person->pw_name;
  struct group group_entry{};
  struct group* found = nullptr;
  if (::getgrgid_r(group, &group_entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return false;
  if (name != found->gr_name) return false;
  for (char** member = found->gr_mem; *member != nullptr; ++member) {
    if (name != *member) return false;
  }
  return true;
}

class Walk {
 public:
  explicit Walk(TrustRules rules) : rules_(rules) {}

  // Opens what `path` names, having judged every folder and link on the way, but not the last thing itself.
  Result<Fd> open(const std::string& path) {
    if (path.empty() || path.front() != '/') return refused(path, "not an absolute path", "");
    AUTHHOST_CHECK(restart());
    push_front(path);
    int links = 0;
    while (!rest_.empty()) {
      const std::string part = rest_.front();
      rest_.pop_front();
      if (part.empty() || part == ".") continue;
      if (part == "..") {
        if (folders_.size() > 1) folders_.pop_back();
        if (!names_.empty()) names_.pop_back();
        continue;
      }
      Fd next(::openat(folders_.back().get(), part.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
      const std::string here = text() + "/" + part;
      if (!next) return failed(here);
      struct stat status{};
      if (::fstat(next.get(), &status) != 0) return failed(here);
      if (S_ISLNK(status.st_mode)) {
        if (++links > kMaxLinks) return refused(here, "too many symbolic links", "name the file itself");
        AUTHHOST_CHECK(check_owner(here, status));
        AUTHHOST_TRY(target, read_link(next.get(), here));
        if (target.front() == '/') AUTHHOST_CHECK(restart());
        push_front(target);
        continue;
      }
      names_.push_back(part);
      if (S_ISDIR(status.st_mode)) {
        if (!rest_.empty()) AUTHHOST_CHECK(check(here, status, true));
        folders_.push_back(std::move(next));
        continue;
      }
      if (!rest_.empty()) return refused(here, "not a folder", "");
      return next;
    }
    return std::move(folders_.back());
  }

  [[nodiscard]] std::string text() const {
    std::string joined;
    for (const auto& name : names_) joined.append("/").append(name);
    return joined;
  }

  // Ownership and mode of one thing. `on_the_way`: a folder that only leads to what is trusted.
  [[nodiscard]] Result<void> check(const std::string& path, const struct stat& status, bool on_the_way) const {
    AUTHHOST_CHECK(check_owner(path, status));
    const bool sticky = on_the_way && (status.st_mode & S_ISVTX) != 0 && status.st_uid == 0;
    if (sticky || (status.st_mode & (S_IWGRP | S_IWOTH)) == 0) return {};
    if ((status.st_mode & S_IWOTH) == 0 && rules_.installation && is_private_group(status.st_gid, status.st_uid)) return {};
    return refused(path, (status.st_mode & S_IWOTH) != 0 ? "everybody may write to it" : "its group may write to it",
                   fmt::format("chmod go-w {}", path));
  }

 private:
  [[nodiscard]] Result<void> check_owner(const std::string& path, const struct stat& status) const {
    if (status.st_uid == 0 || status.st_uid == ::geteuid()) return {};
    if (rules_.installation && status.st_uid == installation_owner()) return {};
    return refused(path, fmt::format("it belongs to user {}, neither to root nor to you", status.st_uid),
                   "install the plugin as yourself or as root");
  }

  Result<void> restart() {
    folders_.clear();
    names_.clear();
    Fd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    struct stat status{};
    if (!root || ::fstat(root.get(), &status) != 0) return failed("/");
    AUTHHOST_CHECK(check("/", status, true));
    folders_.push_back(std::move(root));
    return {};
  }

  void push_front(std::string_view path) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= path.size();) {
      const auto end = std::min(path.find('/', begin), path.size());
      parts.emplace_back(path.substr(begin, end - begin));
      begin = end + 1;
    }
    rest_.insert(rest_.begin(), parts.begin(), parts.end());
  }

  static Result<std::string> read_link(int fd, const std::string& path) {
    std::array<char, 4096> buffer{};
    const auto size = ::readlinkat(fd, "", buffer.data(), buffer.size());
    if (size <= 0 || static_cast<std::size_t>(size) == buffer.size()) return failed(path);
    return std::string(buffer.data(), static_cast<std::size_t>(size));
  }

  TrustRules rules_;
  std::vector<Fd> folders_;   // from the root down to where we are
  std::vector<std::string> names_;  // their names
  std::deque<std::string> rest_;    // what is still to be walked
};

Result<std::string> sha256_of(int fd, const std::string& path, std::uint64_t size) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) {
    return Error{Status::internal, "SHA-256 is not available", ""};
  }
  std::vector<unsigned char> buffer(1 << 16);
  std::uint64_t offset = 0;
  while (offset < size) {
    const auto wanted = std::min<std::uint64_t>(buffer.size(), size - offset);
    const auto got = ::pread(fd, buffer.data(), wanted, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(path);
    if (got == 0) return refused(path, "it changed while it was read", "try again");
    EVP_DigestUpdate(context.get(), buffer.data(), static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  std::array<unsigned char, 32> digest{};
  if (EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) {
    return Error{Status::internal, "SHA-256 failed", ""};
  }
  return crypto::hex(digest.data(), digest.size());
}

}  // namespace

Result<TrustedFile> open_trusted(const std::string& path, TrustRules rules, std::uint64_t size_limit) {
  Walk walk(rules);
  AUTHHOST_TRY(found, walk.open(path));
  const std::string real = walk.text();
  struct stat status{};
  if (::fstat(found.get(), &status) != 0) return failed(real);
  if (!S_ISREG(status.st_mode)) return refused(real, "not a regular file", "name the file itself");
  AUTHHOST_CHECK(walk.check(real, status, false));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > size_limit) {
    return refused(real, fmt::format("{} bytes are more than the {} that are read", size, size_limit), "");
  }

  // Opened again through the descriptor that was judged: the same inode, whatever the name means by now.
  TrustedFile file;
  file.fd = Fd(::open(fmt::format("/proc/self/fd/{}", found.get()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.fd) return failed(real);
  AUTHHOST_TRY(digest, sha256_of(file.fd.get(), real, size));
  file.path = real;
  file.sha256 = std::move(digest);
  file.device = status.st_dev;
  file.inode = status.st_ino;
  file.size = size;
  return file;
}

Result<std::string> check_trusted_folder(const std::string& path, TrustRules rules) {
  Walk walk(rules);
  AUTHHOST_TRY(found, walk.open(path));
  const std::string real = walk.text().empty() ? "/" : walk.text();
  struct stat status{};
  if (::fstat(found.get(), &status) != 0) return failed(real);
  if (!S_ISDIR(status.st_mode)) return refused(real, "not a folder", "");
  AUTHHOST_CHECK(walk.check(real, status, false));
  return real;
}

Result<std::string> read_all(const TrustedFile& file) {
  std::string text(file.size, '\0');
  std::size_t offset = 0;
  while (offset < text.size()) {
    const auto got = ::pread(file.fd.get(), text.data() + offset, text.size() - offset, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(file.path);
    if (got == 0) break;
    offset += static_cast<std::size_t>(got);
  }
  text.resize(offset);
  return text;
}

}  // namespace authhost::plugins
