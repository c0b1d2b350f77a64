// AutoStore: the Secret Service and the file as one, so that no login is lost when the keyring comes or goes.
#pragma once

#include "core/keyring/store.hpp"

#include <atomic>

namespace authhost::keyring {

// Writes to `first`; what rests in `second` (stored while the first was not to be had) is found all the same. Where both
// hold an item, the one that was obtained later counts.
class AutoStore final : public Store {
 public:
  AutoStore(std::shared_ptr<Store> first, std::shared_ptr<Store> second);

  // Where the last item was found or kept.
  [[nodiscard]] std::string_view name() const override;
  Result<void> probe(const Call& call) override;
  Result<std::optional<StoredItem>> get(const config::SessionKey& key, const Call& call) override;
  Result<void> put(const config::SessionKey& key, const StoredItem& item, const Call& call) override;
  Result<void> drop(const config::SessionKey& key, const Call& call) override;

 private:
  std::shared_ptr<Store> first_;
  std::shared_ptr<Store> second_;
  std::atomic<const Store*> place_;
};

}  // namespace authhost::keyring
