#include "core/keyring/table_store.hpp"

#include "core/keyring/store_caller.hpp"
#include "core/services/redact.hpp"

#include <map>
#include <mutex>
#include <utility>

namespace authhost::keyring {
namespace {

// The store's own words about one item, without what the item holds.
Error without_secrets(Error error, const StoredItem& item) {
  Redactor redactor;
  const auto& credentials = item.credentials;
  for (const auto* secret : {&credentials.access_token, &credentials.refresh_token, &credentials.id_token}) redactor.add(secret->reveal());
  for (const auto& [name, value] : item.extras) redactor.add(value.reveal());
  error.message = redactor.apply(std::move(error.message));
  error.hint = redactor.apply(std::move(error.hint));
  return error;
}

// What Store promises of its errors, whatever the table's are.
Error as_store_error(Error error) {
  if (error.status != Status::deadline && error.status != Status::cancelled) error.status = Status::store_failed;
  return error;
}

class TableStore final : public Store {
 public:
  explicit TableStore(std::unique_ptr<StoreCaller> table) : table_(std::move(table)) {}
  [[nodiscard]] std::string_view name() const override { return table_->short_name(); }

  Result<void> probe(const Call& call) override {
    auto done = table_->probe(call);
    if (!done) return as_store_error(std::move(done).error());
    return {};
  }

  Result<std::optional<StoredItem>> get(const config::SessionKey& key, const Call& call) override {
    forget(key);
    auto entry = table_->get(key.digest, call);
    if (!entry) return as_store_error(std::move(entry).error());
    remember(key, *entry ? (*entry)->version : "");
    if (!*entry) return std::optional<StoredItem>{};
    auto item = deserialize((*entry)->bytes.reveal());
    if (!item) return std::move(item).error().in("cannot open what " + table_->short_name() + " has");
    return std::optional<StoredItem>(std::move(*item));
  }

  // Over what was read here last. If that changed meanwhile, the item that was obtained later stays, as everywhere.
  Result<void> put(const config::SessionKey& key, const StoredItem& item, const Call& call) override {
    const Secret bytes = serialize(item);
    std::optional<std::string> seen = seen_version(key);
    for (int round = 0; round < kRounds; ++round) {
      auto written = table_->put_if(key.digest, seen ? draft::Expected(*seen) : std::nullopt, bytes.reveal(), 0, call);
      if (!written) return as_store_error(without_secrets(std::move(written).error(), item));
      if (*written) {
        remember(key, **written);
        return {};
      }
      auto theirs = table_->get(key.digest, call);
      // What cannot be looked at, or not yet be read, may be the only login that works: it is not written over.
      if (!theirs) return as_store_error(without_secrets(std::move(theirs).error(), item));
      seen = *theirs ? (*theirs)->version : "";
      if (!*theirs) continue;
      const auto read = deserialize((*theirs)->bytes.reveal());
      if (!read) return Error(read.error()).in("cannot open what others have written to " + table_->short_name());
      if (read->newer_than(item)) {
        remember(key, *seen);
        return {};
      }
    }
    return Error{Status::store_failed, "others keep writing the same credentials to " + table_->short_name(), "try again"};
  }

  // Whatever is there, readable or not: a logout is a logout.
  Result<void> drop(const config::SessionKey& key, const Call& call) override {
    forget(key);
    auto dropped = table_->drop_if(key.digest, std::nullopt, 0, call);
    if (!dropped) return as_store_error(std::move(dropped).error());
    if (!*dropped) return Error{Status::store_failed, table_->short_name() + " did not remove the credentials", "run: authhost logout"};
    return {};
  }

 private:
  static constexpr int kRounds = 16;

  std::optional<std::string> seen_version(const config::SessionKey& key) {
    const std::lock_guard lock(mutex_);
    const auto found = seen_.find(key.digest);
    return found != seen_.end() ? std::optional(found->second) : std::nullopt;
  }
  void remember(const config::SessionKey& key, std::string version) {
    const std::lock_guard lock(mutex_);
    seen_[key.digest] = std::move(version);
  }
  void forget(const config::SessionKey& key) {
    const std::lock_guard lock(mutex_);
    seen_.erase(key.digest);
  }

  const std::unique_ptr<StoreCaller> table_;
  std::mutex mutex_;  // guards what follows
  std::map<std::string, std::string> seen_;  // the version of each key that was read or written here last; "": nothing was there
};

}  // namespace

Result<std::shared_ptr<Store>> make_table_store(const authhost_credential_store& table, const std::string& location, const Call& call) {
  AUTHHOST_TRY(caller, StoreCaller::open(table, location, call));
  return std::shared_ptr<Store>(std::make_shared<TableStore>(std::move(caller)));
}

}  // namespace authhost::keyring
