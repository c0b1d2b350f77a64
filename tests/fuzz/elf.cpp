// A file that claims to be a plugin: its symbol is looked for before any of it is loaded.
#include "core/plugins/elf.hpp"

#include <authhost/abi.h>

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int fd = ::memfd_create("plugin", MFD_CLOEXEC);
  if (fd < 0 || ::write(fd, data, size) != static_cast<ssize_t>(size)) return 0;
  static_cast<void>(authhost::plugins::exported_object_size(fd, size, "plugin.so", AUTHHOST_PLUGIN_SYMBOL));
  ::close(fd);
  return 0;
}
