// The encrypted file: one file a key (sealed_folder.hpp).
#include "core/keyring/sealed_folder.hpp"
#include "core/keyring/store.hpp"

namespace authhost::keyring {
namespace {

class FileStore final : public Store {
 public:
  explicit FileStore(std::string folder) : folder_(std::move(folder)) {}
  [[nodiscard]] std::string_view name() const override { return "file"; }

  Result<void> probe(const Call& call) override {
    AUTHHOST_CHECK(call.check());
    return folder_.probe();
  }

  Result<std::optional<StoredItem>> get(const config::SessionKey& key, const Call& call) override {
    AUTHHOST_CHECK(call.check());
    AUTHHOST_TRY(entry, folder_.get(key.digest));
    if (!entry) return std::optional<StoredItem>{};
    auto item = deserialize(entry->bytes.reveal());
    if (!item) return std::move(item).error().in("cannot open " + folder_.path_of(key.digest));
    return std::optional<StoredItem>(std::move(*item));
  }

  Result<void> put(const config::SessionKey& key, const StoredItem& item, const Call& call) override {
    AUTHHOST_CHECK(call.check());
    return folder_.put(key.digest, serialize(item).reveal());
  }

  Result<void> drop(const config::SessionKey& key, const Call& call) override {
    AUTHHOST_CHECK(call.check());
    return folder_.drop(key.digest);
  }

 private:
  SealedFolder folder_;
};

}  // namespace

std::shared_ptr<Store> make_file_store(std::string folder) { return std::make_shared<FileStore>(std::move(folder)); }

}  // namespace authhost::keyring
