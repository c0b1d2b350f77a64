// What the keyring's tests share: a private folder that goes away, children that are reaped.
#pragma once

#include "core/config/session_key.hpp"
#include "core/keyring/store.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

namespace authhost::keyring {

class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "authhost-test-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// An environment variable for the length of a scope.
class Variable {
 public:
  Variable(std::string name, const char* value) : name_(std::move(name)) {
    if (const char* old = std::getenv(name_.c_str())) old_ = old;
    set(value);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { set(old_ ? old_->c_str() : nullptr); }

 private:
  void set(const char* value) const {
    if (value != nullptr) ::setenv(name_.c_str(), value, 1);
    else ::unsetenv(name_.c_str());
  }
  std::string name_;
  std::optional<std::string> old_;
};

class Umask {
 public:
  explicit Umask(mode_t mask) : old_(::umask(mask)) {}
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;
  ~Umask() { ::umask(old_); }

 private:
  mode_t old_;
};

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void spill(const std::string& path, std::string_view bytes, mode_t mode = 0600) {
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  ::chmod(path.c_str(), mode);
}
inline mode_t mode_of(const std::string& path) {
  struct stat st {};
  REQUIRE(::lstat(path.c_str(), &st) == 0);
  return st.st_mode & 07777;
}
inline std::size_t entries(const std::string& path) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
}

// Runs `work` in a child process; its result is the exit status.
inline pid_t spawn(const std::function<int()>& work) {
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    int status = 99;
    try {
      status = work();
    } catch (...) {
    }
    ::_exit(status);
  }
  return pid;
}
inline int reap(pid_t pid) {
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
// Makes another user the owner; false where we lack the right to.
inline bool give_away(const std::string& path) {
  const uid_t stranger = ::geteuid() == 65534 ? 65533 : 65534;
  return ::lchown(path.c_str(), stranger, stranger) == 0;
}

inline config::SessionKey test_key(const std::string& digit = "0") {
  config::SessionKey key;
  key.text = "endpoint=dns:///flyte.example.com\n";
  key.digest = std::string(31, 'a') + digit;
  key.service = "flyte.example.com";
  return key;
}
inline StoredItem test_item(const std::string& suffix = "1") {
  StoredItem item;
  item.credentials.access_token = Secret("access-token-" + suffix);
  item.credentials.refresh_token = Secret("refresh-token-" + suffix);
  item.credentials.scopes = {"openid", "offline_access"};
  item.credentials.for_endpoint = "dns:///flyte.example.com";
  item.credentials.id = "0123";
  item.credentials.expires_at = WallTime(Milliseconds(1'800'000'000'123));
  item.obtained_at = WallTime(Milliseconds(1'799'999'000'000));
  item.fence = 7;
  item.extras.emplace("dpop", Secret(std::string_view("\0\xff key", 6)));
  return item;
}

}  // namespace authhost::keyring
