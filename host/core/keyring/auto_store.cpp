#include "core/keyring/auto_store.hpp"

#include <tuple>

namespace authhost::keyring {
namespace {

bool is_newer(const StoredItem& a, const StoredItem& b) {
  return std::tie(a.obtained_at, a.fence) > std::tie(b.obtained_at, b.fence);
}

// The caller gave up: no reason to try elsewhere.
bool is_over(const Error& error) { return error.status == Status::cancelled || error.status == Status::deadline; }

}  // namespace

AutoStore::AutoStore(std::shared_ptr<Store> first, std::shared_ptr<Store> second)
    : first_(std::move(first)), second_(std::move(second)), place_(first_.get()) {}

std::string_view AutoStore::name() const { return place_.load()->name(); }

Result<void> AutoStore::probe(const Call& call) {
  auto first = first_->probe(call);
  if (first || is_over(first.error())) return first;
  return second_->probe(call);
}

Result<std::optional<StoredItem>> AutoStore::get(const config::SessionKey& key, const Call& call) {
  auto first = first_->get(key, call);
  if (!first && is_over(first.error())) return first;
  auto second = second_->get(key, call);
  const bool first_has = first && first->has_value();
  const bool second_has = second && second->has_value();
  if (second_has && (!first_has || is_newer(**second, **first))) {
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
  auto first = first_->put(key, item, call);
  if (first) {
    place_ = first_.get();
    (void)second_->drop(key, call);  // an older copy; if it stays, it is the older one still
    return {};
  }
  if (is_over(first.error())) return first;
  if (!second_->put(key, item, call)) return first;
  place_ = second_.get();
  return {};
}

Result<void> AutoStore::drop(const config::SessionKey& key, const Call& call) {
  auto first = first_->drop(key, call);
  auto second = second_->drop(key, call);
  return first ? std::move(second) : std::move(first);
}

}  // namespace authhost::keyring
