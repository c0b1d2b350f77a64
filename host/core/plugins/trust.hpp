// Trust: whether a file may tell this process what to do. Judged on descriptors, never twice on a name.
#pragma once

#include "core/services/fd.hpp"

#include <authhost/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace authhost::plugins {

// Bytes that are read of either.
inline constexpr std::uint64_t kMaxManifest = 64 * 1024;
inline constexpr std::uint64_t kMaxPlugin = std::uint64_t{256} << 20;

// Who may own what is trusted. Root and the effective user always may.
struct TrustRules {
  // The installation's own files may also belong to whoever owns the installation (the library that contains this very
  // function: its owner could replace us anyway), and its folders may be writable by the owner's private group, as a
  // umask of 002 makes them.
  bool installation = false;
  // What to do where there is no such file.
  const char* missing = "has it been built, and is its path in the manifest right?";
};

// A regular file that is open for reading, and that nobody but its trusted owner can exchange or change.
struct TrustedFile {
  Fd fd;
  std::string path;    // without symbolic links
  std::string sha256;  // lower-case hex; of the bytes behind `fd`
  dev_t device = 0;
  ino_t inode = 0;
  std::uint64_t size = 0;
};

// Walks to the file folder by folder through descriptors, following symbolic links by hand: every folder on the way, every
// link and the file itself have to be owned by root or us and not writable by others (root's sticky folders are acceptable
// on the way). O78. PLUGIN names the part that is not trusted.
Result<TrustedFile> open_trusted(const std::string& path, TrustRules rules, std::uint64_t size_limit);

// The same for a folder, which may not be sticky and writable itself. The path without symbolic links.
Result<std::string> check_trusted_folder(const std::string& path, TrustRules rules);

// Why the system does not read it (an errno): PLUGIN where the file is at fault, INTERNAL where the system has no room at the moment.
// `missing`: what to do where there is no such file.
Error unreadable(std::string_view path, int error, const char* missing);

// Everything in the file, read through the descriptor.
Result<std::string> read_all(const TrustedFile& file);

}  // namespace authhost::plugins
