// Files that hold or guard secrets: obligation by obligation the same rules, in one place.
#pragma once

#include "core/services/call.hpp"
#include "core/services/fd.hpp"

#include <authhost/result.hpp>
#include <authhost/secret.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace authhost::keyring {

inline constexpr std::size_t kMaxFile = (1 << 20) + 4096;  // bytes: no file of ours is longer; 1 MiB that is sealed

// A private folder, held open: 0700, ours, no symbolic link, no parent that others may write (root's sticky folders are
// acceptable). All file work goes through its descriptor. Errors: STORE_FAILED with path, what and what to do.
class PrivateFolder {
 public:
  // Creates it and missing parents (mode 0700, whatever the umask) if `create`; otherwise none means: does not exist.
  static Result<std::optional<PrivateFolder>> open(const std::string& path, bool create);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] int fd() const { return fd_.get(); }

  // none: no such file. Refuses a file of another owner, readable by others, a symbolic link, over `limit` bytes.
  [[nodiscard]] Result<std::optional<Secret>> read(const std::string& name, std::size_t limit = kMaxFile) const;
  // Temporary file O_EXCL|O_NOFOLLOW|O_CLOEXEC 0600, fsync, rename, fsync of the folder: old or new, never a mix.
  [[nodiscard]] Result<void> write(const std::string& name, std::string_view bytes) const;
  // The same, but never over an existing file: false if there is one already, whoever made it.
  [[nodiscard]] Result<bool> write_new(const std::string& name, std::string_view bytes) const;
  // Gone afterwards; OK if it was not there.
  [[nodiscard]] Result<void> remove(const std::string& name) const;

 private:
  PrivateFolder(std::string path, Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  Fd fd_;
};

// A file that a person names, anywhere: its parents as safe as a private folder's, itself root's or ours and without
// group or other bits. STORE_FAILED, also if there is none.
Result<Secret> read_private_file(const std::string& path, std::size_t limit = kMaxFile);

// STORE_FAILED for a system call that failed: "<doing> <path>: <cause>" and what to do about that cause.
Error store_error(std::string_view doing, const std::string& path, int error_number);

// 128 random bits in lower-case hex.
Result<std::string> random_hex();

// A kernel lock on one file, held while this object lives; released by the kernel if the process dies. The file is never
// unlinked and holds nothing. Fair enough for a hundred waiters; a waiter looks again every few milliseconds.
class KeyLock {
 public:
  // DEADLINE, CANCELLED, or STORE_FAILED. Where the file system cannot lock (ENOLCK), a lock is returned that does not
  // exclude other processes and says so in warning().
  static Result<KeyLock> acquire(const PrivateFolder& folder, const std::string& name, const Call& call);
  // The same without waiting: none if somebody else holds it.
  static Result<std::optional<KeyLock>> try_acquire(const PrivateFolder& folder, const std::string& name);
  KeyLock(KeyLock&&) noexcept = default;
  KeyLock& operator=(KeyLock&& other) noexcept;
  ~KeyLock();
  [[nodiscard]] const std::string& warning() const { return warning_; }
  // A number greater than any that a holder of this lock was given before, whatever the clock did since. It is the time of the lock
  // file, moved forward: the file stays empty.
  [[nodiscard]] Result<std::uint64_t> fence() const;

 private:
  void unlock() noexcept;
  // Takes the lock of the open file, or opens the one that has its name by now. none: somebody else holds it.
  static Result<std::optional<KeyLock>> attempt(Fd& fd, const PrivateFolder& folder, const std::string& name);

  explicit KeyLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
  std::string warning_;
};

}  // namespace authhost::keyring
