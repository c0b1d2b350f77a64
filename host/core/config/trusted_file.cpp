#include "core/config/trusted_file.hpp"

#include "core/services/fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

namespace authhost::config {
namespace {

Error refused(const std::string& path, std::string_view why, std::string hint) {
  return {Status::invalid_config, path + ": " + std::string(why), std::move(hint)};
}

Error failed(const std::string& path, int error) {
  const char* hint = error == EACCES ? "make it readable for the user that runs this" : "name a readable file";
  return refused(path, std::strerror(error), hint);
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool trusted_owner(const struct stat& status) { return status.st_uid == 0 || status.st_uid == ::geteuid(); }

Result<void> check_folder(const std::string& path, const struct stat& status) {
  if (!trusted_owner(status)) {
    return refused(path, "the folder belongs to another user, who could replace the file in it",
                   "move the configuration into a folder of your own");
  }
  const bool sticky_of_root = status.st_uid == 0 && (status.st_mode & S_ISVTX) != 0;
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky_of_root) {
    return refused(path, "other users may write to the folder, so they could replace the file in it",
                   "run: chmod go-w " + path);
  }
  return {};
}

Result<void> check_file(const std::string& path, const struct stat& status) {
  if (!trusted_owner(status)) {
    return refused(path, "the file belongs to another user", "use a file of your own, or of root");
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return refused(path, "other users may write to the file", "run: chmod go-w " + path);
  }
  return {};
}

// Where a descriptor's file really lies: the folder behind a symbolic link counts, too.
Result<void> check_real_folder(int fd, const std::string& said) {
  char real[4096];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), real, sizeof real);
  if (size <= 0 || size == static_cast<ssize_t>(sizeof real)) return {};  // no /proc: the folder named was checked
  const std::string path(real, static_cast<std::size_t>(size));
  if (path == said) return {};
  const std::string folder = folder_of(path);
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return failed(folder, errno);
  return check_folder(folder, status);
}

Result<std::string> read_all(int fd, const std::string& path, const struct stat& status, std::size_t limit) {
  if (!S_ISREG(status.st_mode)) {
    return refused(path, S_ISDIR(status.st_mode) ? "is a directory" : "is not a regular file", "name a regular file");
  }
  const Error too_large = refused(path, "is larger than " + std::to_string(limit / 1024) + " KiB",
                                  "name the right file: one that people write is never that large");
  if (status.st_size > static_cast<off_t>(limit)) return too_large;
  // One byte more than promised, so that a file that grows meanwhile is noticed. One allocation: a secret that is read
  // must not be left behind in a smaller buffer.
  std::string bytes(limit < 65'536 ? limit + 1 : static_cast<std::size_t>(status.st_size) + 1, '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::read(fd, bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(path, errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  if (filled > limit) return too_large;
  bytes.resize(filled);
  return bytes;
}

// O_NONBLOCK: a FIFO without a writer must not hang us. It does nothing to regular files.
constexpr int kReadFlags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;

bool absent(int error) { return error == ENOENT || error == ENOTDIR; }

}  // namespace

Result<std::optional<std::string>> read_trusted_file(const std::string& path, std::size_t limit) {
  const std::string folder = folder_of(path);
  const Fd folder_fd(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (folder_fd.get() < 0) {
    if (absent(errno)) return std::optional<std::string>{};
    return failed(folder, errno);
  }
  const std::string name = path.substr(path.rfind('/') + 1);
  struct stat status {};
  if (::fstatat(folder_fd.get(), name.c_str(), &status, 0) != 0) {
    if (absent(errno)) return std::optional<std::string>{};
    return failed(path, errno);
  }
  if (!S_ISREG(status.st_mode)) {  // before open(2): opening a device can have effects of its own
    return refused(path, S_ISDIR(status.st_mode) ? "is a directory" : "is not a regular file", "name a regular file");
  }
  struct stat folder_status {};
  if (::fstat(folder_fd.get(), &folder_status) != 0) return failed(folder, errno);
  AUTHHOST_CHECK(check_folder(folder, folder_status));
  const Fd fd(::openat(folder_fd.get(), name.c_str(), kReadFlags));
  if (fd.get() < 0) {
    if (absent(errno)) return std::optional<std::string>{};
    return failed(path, errno);
  }
  if (::fstat(fd.get(), &status) != 0) return failed(path, errno);
  AUTHHOST_CHECK(check_file(path, status));
  AUTHHOST_CHECK(check_real_folder(fd.get(), path));
  AUTHHOST_TRY(bytes, read_all(fd.get(), path, status, limit));
  return std::optional<std::string>(std::move(bytes));
}

Result<std::string> read_plain_file(const std::string& path, std::size_t limit) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return failed(path, errno);
  if (!S_ISREG(status.st_mode)) {
    return refused(path, S_ISDIR(status.st_mode) ? "is a directory" : "is not a regular file", "name a regular file");
  }
  const Fd fd(::open(path.c_str(), kReadFlags));
  if (fd.get() < 0) return failed(path, errno);
  if (::fstat(fd.get(), &status) != 0) return failed(path, errno);
  return read_all(fd.get(), path, status, limit);
}

}  // namespace authhost::config
