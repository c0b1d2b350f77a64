// StoreCaller: a credential store's table (authhost/draft/credential_store.h) as the host calls it.
#pragma once

#include "core/services/call.hpp"

#include <authhost/draft/credential_store.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace authhost::keyring {

// Thread-safe: calls wait for one another, each no longer than its caller. What the store says is judged here: an answer that is none of
// the operation's, or none at all, is a PLUGIN error. Its own words are cleaned, but the caller knows which secrets to take out.
class StoreCaller {
 public:
  // PLUGIN: the table is of another draft, incomplete, or makes nothing. The table lives as long as the process.
  static Result<std::unique_ptr<StoreCaller>> open(const authhost_credential_store& table, const std::string& location, const Call& call);
  ~StoreCaller();
  StoreCaller(const StoreCaller&) = delete;
  StoreCaller& operator=(const StoreCaller&) = delete;

  [[nodiscard]] const std::string& short_name() const { return short_name_; }

  Result<void> probe(const Call& call);
  Result<std::optional<draft::Entry>> get(std::string_view key, const Call& call);
  Result<std::optional<std::string>> put_if(std::string_view key, draft::Expected version, std::string_view bytes, std::uint64_t fence,
                                            const Call& call);
  Result<bool> drop_if(std::string_view key, draft::Expected version, std::uint64_t fence, const Call& call);
  // For `time`, at most a day. Busy says how long to wait, between a millisecond and a minute.
  Result<draft::Lease> lease(std::string_view key, Milliseconds time, const Call& call);
  Result<void> release(std::string_view key, std::uint64_t fence, const Call& call);

 private:
  struct Answer;
  StoreCaller(const authhost_credential_store& table, authhost_store_instance* instance);
  template <class Body>
  Result<Answer> ask(const Call& call, std::initializer_list<std::int32_t> answers, Body&& body);

  const authhost_credential_store& table_;
  authhost_store_instance* instance_;
  std::string short_name_;
  std::mutex mutex_;  // one call into an instance at a time
};

}  // namespace authhost::keyring
