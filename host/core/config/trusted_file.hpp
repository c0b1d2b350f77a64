// Files that decide what runs: read only where nobody but us and root could have written them.
#pragma once

#include <authhost/result.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace authhost::config {

inline constexpr std::size_t kConfigLimit = 1 << 20;  // bytes

// The file's bytes; none if it, or the folder it lies in, does not exist. INVALID_CONFIG: not a regular file,
// unreadable, larger than `limit`; or the file or its folder is of another owner than root and us, or writable by
// others. A folder that is root's and sticky, such as /tmp, is acceptable. Symbolic links are followed and both ends
// checked. Never blocks.
Result<std::optional<std::string>> read_trusted_file(const std::string& path, std::size_t limit = kConfigLimit);

// The bytes of a regular file, without the checks of who may write it: for `${file:…}`. INVALID_CONFIG.
Result<std::string> read_plain_file(const std::string& path, std::size_t limit);

}  // namespace authhost::config
