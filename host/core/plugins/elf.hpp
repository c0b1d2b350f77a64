// Elf: looks into a shared object without loading it, so that a stranger's constructors do not run.
#pragma once

#include <authhost/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace authhost::plugins {

// Size in bytes of the data object `symbol` that the 64-bit shared object behind `fd` exports. PLUGIN says why there is
// none: not ELF, another machine's, stripped of its section table, no such symbol, or a function of that name. Reads only
// through `fd`; every offset in the file is checked against `file_size`.
Result<std::uint64_t> exported_object_size(int fd, std::uint64_t file_size, const std::string& path,
                                           std::string_view symbol);

}  // namespace authhost::plugins
