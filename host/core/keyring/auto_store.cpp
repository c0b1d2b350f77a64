#include "core/keyring/auto_store.hpp"

#include <algorithm>

namespace authhost::keyring {
namespace {

// A keyring that hangs must leave time for the file: a refresh token that was spent is lost if its successor is kept nowhere.
Call part_of(const Call& call) { return call.within(std::min<Milliseconds>(call.left() / 2, std::chrono::seconds{5})); }

}  // namespace

AutoStore::AutoStore(std::shared_ptr<Store> first, std::shared_ptr<Store> second)
    : first_(std::move(first)), second_(std::move(second)), place_(first_.get()) {}

std::string_view AutoStore::name() const { return place_.load()->name(); }

Result<void> AutoStore::probe(const Call& call) {
  auto first = first_->probe(part_of(call));
  if (first || !call.check()) return first;
  return second_->probe(call);
}

Result<std::optional<StoredItem>> AutoStore::get(const config::SessionKey& key, const Call& call) {
  auto first = first_->get(key, part_of(call));
  if (!first && !call.check()) return first;
  auto second = second_->get(key, call);
  const bool first_has = first && first->has_value();
  const bool second_has = second && second->has_value();
  if (second_has && (!first_has || (*second)->newer_than(**first))) {
    place_ = second_.get();
    return second;
  }
  if (first_has) {
    place_ = first_.get();
    return first;
  }
  // Neither has one; an error is not "nothing found".
  return first ? std::move(second) : std::move(first);
}

Result<void> AutoStore::put(const config::SessionKey& key, const StoredItem& item, const Call& call) {
  auto first = first_->put(key, item, part_of(call));
  if (first) {
    place_ = first_.get();
    (void)second_->drop(key, call);  // an older copy; if it stays, it is the older one still
    return {};
  }
  if (!call.check() || !second_->put(key, item, call)) return first;
  place_ = second_.get();
  return {};
}

Result<void> AutoStore::drop(const config::SessionKey& key, const Call& call) {
  auto first = first_->drop(key, part_of(call));
  auto second = second_->drop(key, call);
  return first ? std::move(second) : std::move(first);
}

}  // namespace authhost::keyring
