// A manifest: whatever the file holds, it is one or an error that names the file.
#include "core/plugins/manifest.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto manifest = authhost::plugins::parse_manifest({reinterpret_cast<const char*>(data), size}, "/etc/authhost/plugins.d/m.toml");
  if (!manifest && manifest.error().message.find("m.toml") == std::string::npos) __builtin_trap();
  return 0;
}
