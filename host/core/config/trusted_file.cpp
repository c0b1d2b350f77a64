#include "core/config/trusted_file.hpp"

#include "core/services/fd.hpp"
#include "core/services/trusted_path.hpp"

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

Error not_regular(const std::string& path, const struct stat& status) {
  return refused(path, S_ISDIR(status.st_mode) ? "is a directory" : "is not a regular file", "name a regular file");
}

// What the walk found on the way to the file.
Error error_of(const PathFault& fault) {
  using Why = PathFault::Why;
  switch (fault.why) {
    case Why::relative: return refused(fault.path, "not an absolute path", "name the file from / on");
    case Why::owner:
      if (S_ISLNK(fault.status.st_mode)) {
        return refused(fault.path, "the symbolic link belongs to another user, who could turn it elsewhere",
                       "remove it if you do not know it, or use a link of your own");
      }
      return refused(fault.path, "the folder belongs to another user, who could replace the file in it",
                     "move the configuration into a folder of your own");
    case Why::group_writes:
    case Why::everybody_writes:
      return refused(fault.path, "other users may write to the folder, so they could replace the file in it",
                     "run: chmod go-w " + fault.path);
    case Why::failed:
    case Why::not_folder:
    case Why::link: break;
  }
  return failed(fault.path, fault.error);
}

Result<void> check_file(const std::string& path, const struct stat& status) {
  const auto fault = judge_path(path, status, {}, false);
  if (!fault) return {};
  if (fault->why == PathFault::Why::owner) {
    return refused(path, "the file belongs to another user", "use a file of your own, or of root");
  }
  return refused(path, "other users may write to the file", "run: chmod go-w " + path);
}

Result<std::string> read_all(int fd, const std::string& path, const struct stat& status, std::size_t limit) {
  if (!S_ISREG(status.st_mode)) return not_regular(path, status);
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
  // Whether there is one at all: a folder that others may write does no harm as long as there is no file in it.
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (absent(errno)) return std::optional<std::string>{};
    return failed(path, errno);
  }
  FoundPath found;
  if (const auto fault = walk_path(path, {}, found)) {
    if (absent(fault->error)) return std::optional<std::string>{};  // it went meanwhile
    return error_of(*fault);
  }
  if (!S_ISREG(found.status.st_mode)) return not_regular(path, found.status);  // before open(2): that can have effects of its own
  const std::string name = found.path.substr(found.path.rfind('/') + 1);
  const Fd fd(::openat(found.folder.get(), name.c_str(), kReadFlags | O_NOFOLLOW));
  if (fd.get() < 0) {
    if (absent(errno)) return std::optional<std::string>{};
    return failed(path, errno);
  }
  if (::fstat(fd.get(), &status) != 0) return failed(path, errno);
  AUTHHOST_CHECK(check_file(path, status));
  AUTHHOST_TRY(bytes, read_all(fd.get(), path, status, limit));
  return std::optional<std::string>(std::move(bytes));
}

Result<std::string> read_plain_file(const std::string& path, std::size_t limit) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return failed(path, errno);
  if (!S_ISREG(status.st_mode)) return not_regular(path, status);
  const Fd fd(::open(path.c_str(), kReadFlags));
  if (fd.get() < 0) return failed(path, errno);
  if (::fstat(fd.get(), &status) != 0) return failed(path, errno);
  return read_all(fd.get(), path, status, limit);
}

}  // namespace authhost::config
