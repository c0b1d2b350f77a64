// Store: where credentials rest between processes.
#pragma once

#include "core/config/profile.hpp"
#include "core/config/session_key.hpp"
#include "core/services/call.hpp"

#include <authhost/credentials.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace authhost::keyring {

// What one key keeps.
struct StoredItem {
  Credentials credentials;                // expires_at is absolute
  std::string header_key;                 // the header that the server's configuration asked for; "": not known
  std::vector<std::string> servers;       // origins that may see the refresh token; empty: not known
  bool grant_refused = false;             // the server took the grant back: the access token may live, a login is due
  WallTime obtained_at{};
  std::uint64_t fence = 0;                // grows by one with each write
  std::map<std::string, Secret> extras;   // the plugin's own small secrets (authhost.store/1)

  [[nodiscard]] StoredItem clone() const;
  // Of two items of one key, the one that was obtained later counts; of one token's, the one that was written later.
  [[nodiscard]] bool newer_than(const StoredItem& other) const;
};

// JSON, versioned, unknown members kept out. STORE_FAILED if `bytes` is not one of ours.
Secret serialize(const StoredItem& item);
Result<StoredItem> deserialize(std::string_view bytes);

// Thread-safe. Every error is STORE_FAILED (or DEADLINE, CANCELLED) with a sentence; "locked" and "absent" are errors of
// their own wording, never "nothing found".
class Store {
 public:
  virtual ~Store() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;  // "secret-service", "file", "memory"
  // Whether it could be written now, without writing and without prompting; within 3 s.
  virtual Result<void> probe(const Call& call) = 0;
  virtual Result<std::optional<StoredItem>> get(const config::SessionKey& key, const Call& call) = 0;
  virtual Result<void> put(const config::SessionKey& key, const StoredItem& item, const Call& call) = 0;
  virtual Result<void> drop(const config::SessionKey& key, const Call& call) = 0;
};

// `automatic` probes the Secret Service and falls back to the file when the bus is absent, the service is absent or its
// collection is locked; a named store is returned as it is and fails closed. `why` gets the reason of a fallback.
Result<std::shared_ptr<Store>> open_store(config::Storage storage, const Call& call, std::string* why);
std::shared_ptr<Store> make_file_store(std::string folder);  // encrypted; `folder` is made on first write
std::shared_ptr<Store> make_memory_store();
std::shared_ptr<Store> make_secret_service_store();          // loads its module when first used

}  // namespace authhost::keyring
