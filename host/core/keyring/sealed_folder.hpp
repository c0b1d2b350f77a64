// SealedFolder: a private folder of encrypted files, one a name. What the file store is made of.
#pragma once

#include "core/keyring/safe_file.hpp"

#include <authhost/draft/credential_store.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace authhost::keyring {

// Thread-safe. Errors: STORE_FAILED with path, what and what to do; DEADLINE, CANCELLED.
class SealedFolder {
 public:
  explicit SealedFolder(std::string path);

  // Whether it could be written now, without making anything.
  [[nodiscard]] Result<void> probe() const;
  // none: nothing there. What cannot be opened is an error. The version is a digest of the sealed bytes: no two writes are sealed alike.
  [[nodiscard]] Result<std::optional<draft::Entry>> get(const std::string& name) const;
  // Whatever is there. The old or the new, never a mix.
  [[nodiscard]] Result<void> put(const std::string& name, std::string_view plain) const;
  // Gone afterwards; OK if it was not there.
  [[nodiscard]] Result<void> drop(const std::string& name) const;

  // The same if what is there is as expected, in one step among all who come this way: the folder is locked meanwhile. none, and
  // false: it is not. STORE_FAILED where the file system cannot lock a folder.
  [[nodiscard]] Result<std::optional<std::string>> put_if(const std::string& name, draft::Expected expected, std::string_view plain,
                                                          const Call& call) const;
  [[nodiscard]] Result<bool> drop_if(const std::string& name, draft::Expected expected, const Call& call) const;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string path_of(const std::string& name) const;

 private:
  [[nodiscard]] Result<void> probe_parent() const;
  std::string path_;
};

}  // namespace authhost::keyring
