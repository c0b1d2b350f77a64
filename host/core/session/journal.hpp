// Journal: what a process was doing with a key when it was last heard of. Read and written only under the key's lock.
#pragma once

#include "core/keyring/safe_file.hpp"
#include "core/services/call.hpp"

#include <authhost/result.hpp>

#include <optional>
#include <string>

namespace authhost {

struct JournalEntry {
  // refreshing: written before a refresh token is spent; found later, the process that wrote it was killed and the token may
  // be spent already. failed: how the last refresh ended, for those who waited for it.
  enum class Kind { refreshing, failed } kind = Kind::refreshing;
  WallTime at{};
  std::string token_digest;     // of the refresh token, never the token
  std::optional<Error> error;   // failed only
  std::size_t reserve = 0;      // bytes to take up on the disk, so that there is room for what the refresh brings back
};

class Journal {
 public:
  Journal(const keyring::PrivateFolder& folder, const std::string& key_digest)
      : folder_(folder), name_(key_digest + ".journal") {}

  // A damaged or foreign entry counts as none: it only ever adds knowledge.
  [[nodiscard]] std::optional<JournalEntry> read() const;
  [[nodiscard]] Result<void> write(const JournalEntry& entry) const;
  void clear() const;

 private:
  const keyring::PrivateFolder& folder_;
  std::string name_;
};

// Names a token without showing it.
std::string token_digest(std::string_view token);

}  // namespace authhost
