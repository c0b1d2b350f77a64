#include "core/keyring/safe_file.hpp"

#include "core/services/trusted_path.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

namespace authhost::keyring {

namespace {

constexpr mode_t kGroupOrOther = S_IRWXG | S_IRWXO;
constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;
constexpr char kTemporary[] = ".tmp-";
constexpr std::time_t kLeftoverAge = 600;  // seconds: no writer takes that long between creation and rename

Error refused(const std::string& path, std::string_view why, std::string hint) {
  return {Status::store_failed, "refusing " + path + ": " + std::string(why), std::move(hint)};
}

bool is_ours(const struct stat& st) { return st.st_uid == ::geteuid(); }
bool is_trusted(const struct stat& st) { return is_ours(st) || st.st_uid == 0; }

// The folder that holds secrets itself. One of ours that others may only read is made private instead of refused.
Result<void> check_private(const std::string& path, int fd) {
  struct stat st {};
  if (::fstat(fd, &st) != 0) return store_error("cannot inspect", path, errno);
  if (!is_ours(st)) return refused(path, "the folder belongs to another user", "remove it, or point XDG_STATE_HOME elsewhere");
  if ((st.st_mode & kOthersWrite) != 0) {
    return refused(path, "others may write this folder",
                   "check what lies in it, then run: chmod 700 " + path);
  }
  if ((st.st_mode & kGroupOrOther) != 0 && ::fchmod(fd, S_IRWXU) != 0) {
    return store_error("cannot make private", path, errno);
  }
  return {};
}

// What every file that holds or guards secrets must be. `owner_root` admits root's files as well.
Result<void> check_file(const std::string& path, const struct stat& st, bool owner_root) {
  const std::string remove_it = "remove the file if you did not make it";
  if (S_ISLNK(st.st_mode)) return refused(path, "it is a symbolic link", remove_it);
  if (!S_ISREG(st.st_mode)) return refused(path, "it is not a regular file", remove_it);
  if (!(owner_root ? is_trusted(st) : is_ours(st))) return refused(path, "the file belongs to another user", remove_it);
  if ((st.st_mode & kGroupOrOther) != 0) {
    return refused(path, "others may read or write it", "if you trust its content, run: chmod 600 " + path);
  }
  if (st.st_nlink > 1) return refused(path, "it has a second name (hard link)", remove_it);
  return {};
}

Result<void> check_name(const std::string& name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos ||
      name.find('\0') != std::string::npos) {
    return Error{Status::internal, "not a file name: " + name, ""};
  }
  return {};
}

Error error_of(const PathFault& fault) {
  using Why = PathFault::Why;
  switch (fault.why) {
    case Why::relative:
      return {Status::store_failed, "not an absolute path: '" + fault.path + "'", "name the folder from / on"};
    case Why::link: return refused(fault.path, "it is a symbolic link", "name the folder itself");
    case Why::owner:
      if (S_ISLNK(fault.status.st_mode)) {
        return refused(fault.path, "the symbolic link belongs to another user", "remove it if you do not know it");
      }
      return refused(fault.path, "the folder belongs to another user", "use a folder whose parents belong to you or to root");
    case Why::group_writes:
    case Why::everybody_writes: return refused(fault.path, "others may write this folder", "run: chmod go-w " + fault.path);
    case Why::failed:
    case Why::not_folder: break;
  }
  return store_error(fault.doing, fault.path, fault.error);
}

// O_PATH descriptor of a folder. none: it does not exist, and the rules do not have it made.
Result<std::optional<Fd>> find_folder(const std::string& path, const PathRules& rules) {
  FoundPath found;
  if (const auto fault = walk_path(path, rules, found)) {
    if (fault->error == ENOENT && !rules.create) return std::optional<Fd>{};
    return error_of(*fault);
  }
  if (!S_ISDIR(found.status.st_mode)) return store_error("cannot enter", path, ENOTDIR);
  return std::optional<Fd>(std::move(found.fd));
}

Result<Secret> read_all(int fd, const std::string& path, std::size_t limit) {
  Secret content;
  char buffer[16 * 1024];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int cause = errno;
      wipe(buffer, sizeof buffer);
      return store_error("cannot read", path, cause);
    }
    if (got == 0) break;
    content.append({buffer, static_cast<std::size_t>(got)});
    if (content.size() > limit) break;
  }
  wipe(buffer, sizeof buffer);
  if (content.size() > limit) {
    return refused(path, "it is larger than " + std::to_string(limit) + " bytes", "remove it and log in again");
  }
  return content;
}

Result<std::optional<Secret>> read_at(int folder, const std::string& name, const std::string& path, std::size_t limit,
                                      bool owner_root) {
  for (int attempt = 0;; ++attempt) {
    const Fd fd(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) {
      if (errno == ENOENT) return std::optional<Secret>{};
      if (errno == ELOOP) return refused(path, "it is a symbolic link", "remove the file if you did not make it");
      return store_error("cannot read", path, errno);
    }
    struct stat st {};
    if (::fstat(fd.get(), &st) != 0) return store_error("cannot inspect", path, errno);
    // write_new on a file system without RENAME_NOREPLACE: two names for a moment.
    if (S_ISREG(st.st_mode) && st.st_nlink > 1 && attempt < 20) {
      const struct timespec pause {0, 1'000'000};
      ::nanosleep(&pause, nullptr);
      continue;
    }
    AUTHHOST_CHECK(check_file(path, st, owner_root));
    auto content = read_all(fd.get(), path, limit);
    if (!content) return std::move(content).error();
    return std::optional<Secret>(std::move(*content));
  }
}

// What a killed writer left behind. Best effort: whoever may not remove it leaves it.
void remove_leftovers(int folder) {
  const int fd = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);  // an offset of its own
  if (fd < 0) return;
  DIR* entries = ::fdopendir(fd);
  if (entries == nullptr) {
    ::close(fd);
    return;
  }
  const std::time_t now = std::time(nullptr);
  while (const dirent* entry = ::readdir(entries)) {
    if (std::strncmp(entry->d_name, kTemporary, sizeof kTemporary - 1) != 0) continue;
    struct stat st {};
    if (::fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) || !is_ours(st)) continue;
    if (now - st.st_mtime > kLeftoverAge) ::unlinkat(folder, entry->d_name, 0);
  }
  ::closedir(entries);
}

// A temporary file that disappears unless it got its name.
class Temporary {
 public:
  explicit Temporary(int folder) : folder_(folder) {}
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (!name_.empty()) ::unlinkat(folder_, name_.c_str(), 0);
  }

  Result<void> fill(std::string_view bytes, const std::string& path) {
    AUTHHOST_TRY(random, random_hex());
    std::string name = kTemporary + random;
    const Fd fd(::openat(folder_, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (!fd) return store_error("cannot write", path, errno);
    name_ = std::move(name);
    if (::fchmod(fd.get(), S_IRUSR | S_IWUSR) != 0) return store_error("cannot make private", path, errno);
    while (!bytes.empty()) {
      const ssize_t put = ::write(fd.get(), bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return store_error("cannot write", path, errno);
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    if (::fsync(fd.get()) != 0) return store_error("cannot write", path, errno);
    return {};
  }

  Result<void> rename_over(const std::string& target, const std::string& path) {
    if (::renameat(folder_, name_.c_str(), folder_, target.c_str()) != 0) return store_error("cannot write", path, errno);
    name_.clear();
    return {};
  }

  // false: there is one already.
  Result<bool> rename_new(const std::string& target, const std::string& path) {
    if (::syscall(SYS_renameat2, folder_, name_.c_str(), folder_, target.c_str(), RENAME_NOREPLACE) == 0) {
      name_.clear();
      return true;
    }
    // NFS and others: a second name, then the first one goes (in the destructor).
    if ((errno == EINVAL || errno == ENOSYS) && ::linkat(folder_, name_.c_str(), folder_, target.c_str(), 0) == 0) return true;
    if (errno == EEXIST) return false;
    return store_error("cannot write", path, errno);
  }

 private:
  int folder_;
  std::string name_;
};

}  // namespace

Error store_error(std::string_view doing, const std::string& path, int error_number) {
  char text[128] = "";
  Error error{Status::store_failed, std::string(doing) + " " + path + ": ", ""};
  error.message += ::strerror_r(error_number, text, sizeof text);
  switch (error_number) {
    case ENOSPC: error.hint = "free some space on that file system"; break;
    case EDQUOT: error.hint = "your disk quota is used up: free some space"; break;
    case EFBIG: error.hint = "a limit on file sizes is in force: see ulimit -f"; break;
    case EROFS: error.hint = "the file system is read-only: point XDG_STATE_HOME at a folder that can be written"; break;
    case EACCES:
    case EPERM: error.hint = "you may not do that there: check the owner and the mode, or point XDG_STATE_HOME elsewhere"; break;
    case EMFILE:
    case ENFILE: error.hint = "too many files are open: see ulimit -n"; break;
    default: error.hint = "check that path, or point XDG_STATE_HOME at another folder"; break;
  }
  return error;
}

Result<std::string> random_hex() {
  unsigned char random[16];
  std::size_t have = 0;
  while (have < sizeof random) {
    const ssize_t got = ::getrandom(random + have, sizeof random - have, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{Status::internal, "no randomness from the kernel", ""};
    have += static_cast<std::size_t>(got);
  }
  std::string name;
  for (const unsigned char byte : random) {
    name += "0123456789abcdef"[byte >> 4];
    name += "0123456789abcdef"[byte & 15];
  }
  return name;
}

Result<std::optional<PrivateFolder>> PrivateFolder::open(const std::string& path, bool create) {
  auto found = find_folder(path, {.follow_last = false, .create = create});
  if (!found) return std::move(found).error();
  if (!*found) return std::optional<PrivateFolder>{};
  // From the O_PATH descriptor to a real one of the same folder: "." cannot be swapped.
  Fd fd(::openat((*found)->get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return store_error("cannot open", path, errno);
  AUTHHOST_CHECK(check_private(path, fd.get()));
  return std::optional<PrivateFolder>(PrivateFolder(path, std::move(fd)));
}

Result<std::optional<Secret>> PrivateFolder::read(const std::string& name, std::size_t limit) const {
  AUTHHOST_CHECK(check_name(name));
  return read_at(fd(), name, path_ + "/" + name, limit, false);
}

Result<void> PrivateFolder::write(const std::string& name, std::string_view bytes) const {
  AUTHHOST_CHECK(check_name(name));
  const std::string path = path_ + "/" + name;
  if (bytes.size() > kMaxFile) {  // what could not be read again must not take the place of what can
    return Error{Status::store_failed, "refusing to write " + path + ": more than " + std::to_string(kMaxFile) + " bytes", "nothing was changed"};
  }
  struct stat st {};
  if (::fstatat(fd(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0 && (!S_ISREG(st.st_mode) || !is_ours(st))) {
    AUTHHOST_CHECK(check_file(path, st, false));  // says which
  }
  remove_leftovers(fd());
  Temporary temporary(fd());
  AUTHHOST_CHECK(temporary.fill(bytes, path));
  AUTHHOST_CHECK(temporary.rename_over(name, path));
  if (::fsync(fd()) != 0 && errno != EINVAL) return store_error("cannot write", path, errno);
  return {};
}

Result<bool> PrivateFolder::write_new(const std::string& name, std::string_view bytes) const {
  AUTHHOST_CHECK(check_name(name));
  const std::string path = path_ + "/" + name;
  Result<bool> made = false;
  {
    Temporary temporary(fd());
    AUTHHOST_CHECK(temporary.fill(bytes, path));
    made = temporary.rename_new(name, path);
  }
  if (!made) return made;
  if (::fsync(fd()) != 0 && errno != EINVAL) return store_error("cannot write", path, errno);
  return made;
}

Result<void> PrivateFolder::remove(const std::string& name) const {
  AUTHHOST_CHECK(check_name(name));
  if (::unlinkat(fd(), name.c_str(), 0) != 0) {
    if (errno == ENOENT) return {};
    return store_error("cannot remove", path_ + "/" + name, errno);
  }
  if (::fsync(fd()) != 0 && errno != EINVAL) return store_error("cannot remove", path_ + "/" + name, errno);
  return {};
}

Result<Secret> read_private_file(const std::string& path, std::size_t limit) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos || slash + 1 == path.size()) {
    return Error{Status::store_failed, "not an absolute path of a file: '" + path + "'", "name the file from / on"};
  }
  auto folder = find_folder(path.substr(0, slash + 1), {.judge_last = true});
  if (!folder) return std::move(folder).error();
  if (!*folder) return store_error("cannot read", path, ENOENT);
  auto content = read_at((*folder)->get(), path.substr(slash + 1), path, limit, true);
  if (!content) return std::move(content).error();
  if (!*content) return store_error("cannot read", path, ENOENT);
  return std::move(**content);
}

}  // namespace authhost::keyring
