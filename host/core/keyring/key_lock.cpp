#include "core/keyring/safe_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <ctime>

namespace authhost::keyring {
namespace {

Result<Fd> open_lock_file(const PrivateFolder& folder, const std::string& name, const std::string& path) {
  constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  constexpr mode_t kMode = S_IRUSR | S_IWUSR;
  Fd fd(::openat(folder.fd(), name.c_str(), kFlags | O_CREAT | O_EXCL, kMode));
  if (fd) {
    if (::fchmod(fd.get(), kMode) != 0) return store_error("cannot make private", path, errno);
  } else if (errno == EEXIST) {
    fd = Fd(::openat(folder.fd(), name.c_str(), kFlags | O_CREAT, kMode));
  }
  if (!fd) return store_error("cannot open the lock", path, errno);
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) return store_error("cannot inspect", path, errno);
  // Whoever else may open it could hold it for ever.
  if (!S_ISREG(st.st_mode) || st.st_uid != ::geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0 || st.st_nlink > 1) {
    return Error{Status::store_failed, "refusing the lock " + path + ": it is not a private file of yours",
                 "remove it if you did not make it"};
  }
  return fd;
}

// Whether the name still leads to the file that is locked: a person may have removed it, and then others lock a new one.
bool is_still_named(int fd, const PrivateFolder& folder, const std::string& name) {
  struct stat held {};
  struct stat named {};
  return ::fstat(fd, &held) == 0 && ::fstatat(folder.fd(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

// 2 to 9 ms: short beside a token request, and waiters do not march in step.
Milliseconds pause() {
  thread_local std::uint32_t state = static_cast<std::uint32_t>(::getpid()) * 2654435761U ^
                                     static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(&state));
  state = state * 1664525U + 1013904223U;
  return Milliseconds{2 + (state >> 29)};
}

}  // namespace

KeyLock::~KeyLock() { unlock(); }

KeyLock& KeyLock::operator=(KeyLock&& other) noexcept {
  if (this != &other) {
    unlock();
    fd_ = std::move(other.fd_);
    warning_ = std::move(other.warning_);
  }
  return *this;
}

// Closing is not enough: a program of which ours is a part may have forked meanwhile, and the child's copy of the descriptor
// would hold the lock for as long as the child lives.
void KeyLock::unlock() noexcept {
  if (!fd_) return;
  struct flock whole {};
  whole.l_type = F_UNLCK;
  whole.l_whence = SEEK_SET;
  ::fcntl(fd_.get(), F_OFD_SETLK, &whole);
  fd_.reset();
}

// An open-file-description lock: unlike a process's record lock it excludes the other threads of this process too, and
// closing another descriptor of the same file does not drop it.
Result<std::optional<KeyLock>> KeyLock::attempt(Fd& fd, const PrivateFolder& folder, const std::string& name) {
  const std::string path = folder.path() + "/" + name;
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(fd.get(), F_OFD_SETLK, &whole) == 0) {
    if (is_still_named(fd.get(), folder, name)) return std::optional<KeyLock>(KeyLock(std::move(fd)));
    auto again = open_lock_file(folder, name, path);
    if (!again) return std::move(again).error();
    fd = std::move(*again);
  } else if (errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL) {
    char text[128] = "";
    KeyLock lock{Fd()};
    lock.warning_ = "the file system of " + path + " cannot lock (" + ::strerror_r(errno, text, sizeof text) +
                    "): two processes may refresh at once";
    return std::optional<KeyLock>(std::move(lock));
  } else if (errno != EAGAIN && errno != EACCES && errno != EINTR) {
    return store_error("cannot lock", path, errno);
  }
  return std::optional<KeyLock>{};
}

Result<KeyLock> KeyLock::acquire(const PrivateFolder& folder, const std::string& name, const Call& call) {
  const std::string path = folder.path() + "/" + name;
  AUTHHOST_CHECK(call.check());
  AUTHHOST_TRY(fd, open_lock_file(folder, name, path));
  for (;;) {
    AUTHHOST_TRY(lock, attempt(fd, folder, name));
    if (lock) return std::move(*lock);
    auto waited = call.wait_fd(-1, 0, pause());
    if (!waited) return std::move(waited).error().in("waiting for the lock " + path);
  }
}

Result<std::optional<KeyLock>> KeyLock::try_acquire(const PrivateFolder& folder, const std::string& name) {
  AUTHHOST_TRY(fd, open_lock_file(folder, name, folder.path() + "/" + name));
  return attempt(fd, folder, name);
}

Result<std::uint64_t> KeyLock::fence() const {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const auto in_ns = [](const timespec& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * kSecond + static_cast<std::uint64_t>(time.tv_nsec);
  };
  struct stat st {};
  if (::fstat(fd_.get(), &st) != 0) return store_error("cannot inspect", "the lock", errno);
  const std::uint64_t last = in_ns(st.st_mtim);
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  // A clock that was set back does not count; two seconds are the coarsest time that a file system keeps.
  for (const std::uint64_t next : {std::max(in_ns(now), last + 1), last + 2 * kSecond}) {
    const timespec time{static_cast<time_t>(next / kSecond), static_cast<long>(next % kSecond)};
    const timespec both[2] = {time, time};
    if (::futimens(fd_.get(), both) != 0 || ::fstat(fd_.get(), &st) != 0) return store_error("cannot number", "the lock", errno);
    if (in_ns(st.st_mtim) > last) return in_ns(st.st_mtim);
  }
  return Error{Status::store_failed, "cannot number the lock: its file system keeps no times", "put the state folder on another one"};
}

}  // namespace authhost::keyring
