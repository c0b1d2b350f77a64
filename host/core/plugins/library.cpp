#include "core/plugins/library.hpp"

#include "core/plugins/descriptor.hpp"
#include "core/plugins/elf.hpp"
#include "core/plugins/native_call.hpp"
#include "core/services/redact.hpp"

#include <boost/dll/shared_library.hpp>
#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <utility>

namespace authhost::plugins {
namespace {

// What the dynamic linker said, out of the sentence that Boost wraps around it.
std::string linker_reason(std::string_view what) {
  constexpr std::string_view kBefore = "dlerror system message: ";
  if (const auto at = what.find(kBefore); at != std::string_view::npos) what.remove_prefix(at + kBefore.size());
  if (const auto at = what.rfind("): "); at != std::string_view::npos) what = what.substr(0, at);
  if (what.rfind("/proc/self/fd/", 0) == 0) {
    if (const auto at = what.find(": "); at != std::string_view::npos) what.remove_prefix(at + 2);
  }
  return safe_text(what, 300);
}

// A loaded file and everything that has to stay with it.
struct Loaded {
  TrustedFile file;
  boost::dll::shared_library library;
  NativeLibrary native;
  Result<void> verdict;
};

Result<void> read_plugin(Loaded& loaded, std::uint64_t symbol_size) {
  const auto& plugin = loaded.library.get<const authhost_plugin>(AUTHHOST_PLUGIN_SYMBOL);
  AUTHHOST_CHECK(check_plugin(plugin, symbol_size));
  for (std::uint32_t i = 0; i < plugin.n_authenticators; ++i) {
    const auto* descriptor = plugin.authenticators[i];
    AUTHHOST_TRY(info, read_descriptor(descriptor));
    info.can_revoke = revoker(*descriptor) != nullptr;
    loaded.native.authenticators.push_back({descriptor, std::move(info)});
  }
  loaded.native.plugin = &plugin;
  return {};
}

}  // namespace

Result<const NativeLibrary*> load_native(TrustedFile file) {
  using Key = std::pair<dev_t, ino_t>;  // as the dynamic linker knows what it has loaded
  static std::mutex mutex;
  // On the heap and never freed: destructors at exit must not unload code that other threads may still run.
  static auto& known = *new std::map<Key, std::unique_ptr<Loaded>>;

  const std::lock_guard lock(mutex);
  auto& slot = known[Key(file.device, file.inode)];
  if (slot && slot->file.sha256 != file.sha256) {
    return Error{Status::plugin, fmt::format("{}: it was written over since this process has loaded it", file.path),
                 "start the program again; a new version is best moved to that name, not written into the old file"};
  }
  if (!slot) {
    const std::string path = file.path;
    auto symbol_size = exported_object_size(file.fd.get(), file.size, path, AUTHHOST_PLUGIN_SYMBOL);
    if (!symbol_size) return std::move(symbol_size).error();
    auto loaded = std::make_unique<Loaded>();
    // The linker opens it once more, and its words do not tell a lack of descriptors from a fault of the file's.
    if (const Fd room(::open("/dev/null", O_RDONLY | O_CLOEXEC)); !room) return unreadable(path, errno, "");
    try {
      const boost::dll::fs::path name(fmt::format("/proc/self/fd/{}", file.fd.get()));
      loaded->library = boost::dll::shared_library(
          name, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    } catch (const std::exception& error) {
      return Error{Status::plugin, fmt::format("{}: it cannot be loaded: {}", path, linker_reason(error.what())),
                   "install what the plugin needs, or build it for this system"};
    } catch (...) {
      return Error{Status::plugin, fmt::format("{}: it threw an exception while it was loaded", path), "tell the plugin's author"};
    }
    // From here on the code is in the process and its descriptor has to stay, whatever is found.
    loaded->file = std::move(file);
    slot = std::move(loaded);
    try {
      slot->verdict = read_plugin(*slot, *symbol_size);
    } catch (...) {
      slot->verdict = Error{Status::plugin, "it threw an exception while it was looked at", "tell the plugin's author"};
    }
    if (!slot->verdict) slot->verdict = std::move(slot->verdict.error()).in(path);
  }
  if (!slot->verdict) return slot->verdict.error();
  return &slot->native;
}

}  // namespace authhost::plugins
