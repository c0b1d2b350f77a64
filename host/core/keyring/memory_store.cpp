#include "core/keyring/store.hpp"

#include <mutex>

namespace authhost::keyring {
namespace {

// For storage = "memory", and for tests: gone with the process.
class MemoryStore final : public Store {
 public:
  [[nodiscard]] std::string_view name() const override { return "memory"; }
  Result<void> probe(const Call& call) override { return call.check(); }
  Result<std::optional<StoredItem>> get(const config::SessionKey& key, const Call&) override {
    const std::lock_guard lock(mutex_);
    const auto found = items_.find(key.digest);
    if (found == items_.end()) return std::optional<StoredItem>{};
    return std::optional<StoredItem>(found->second.clone());
  }
  Result<void> put(const config::SessionKey& key, const StoredItem& item, const Call&) override {
    const std::lock_guard lock(mutex_);
    items_.insert_or_assign(key.digest, item.clone());
    return {};
  }
  Result<void> drop(const config::SessionKey& key, const Call&) override {
    const std::lock_guard lock(mutex_);
    items_.erase(key.digest);
    return {};
  }

 private:
  std::mutex mutex_;
  std::map<std::string, StoredItem> items_;
};

}  // namespace

std::shared_ptr<Store> make_memory_store() { return std::make_shared<MemoryStore>(); }

}  // namespace authhost::keyring
