// The runtime cache with its places and its clock as arguments: for tests.
#pragma once

#include "core/keyring/runtime_cache.hpp"

namespace authhost::keyring {

struct CachePlaces {
  std::string state_folder;                 // keeps the id that binds entries to this HOME
  std::optional<std::string> file_folder;   // $XDG_RUNTIME_DIR/authhost; none: no file
  bool kernel = true;                       // false: as where the kernel refuses
  std::int64_t now_ms = 0;                  // Unix epoch

  // Where the environment says, now. none: there is no state folder to speak of.
  static std::optional<CachePlaces> current();
};

std::optional<CachedToken> cache_get(const config::SessionKey& key, const CachePlaces& places);
void cache_put(const config::SessionKey& key, const CachedToken& token, const CachePlaces& places);
void cache_drop(const config::SessionKey& key, const CachePlaces& places);

}  // namespace authhost::keyring
