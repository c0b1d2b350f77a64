// LiveSession: one key's credentials in this process. live_session.cpp is what callers ask; refresh.cpp is how credentials
// come to be, from top to bottom.
#pragma once

#include "core/session/ahead.hpp"
#include "core/session/backoff.hpp"
#include "core/session/flight.hpp"
#include "core/session/journal.hpp"
#include "core/session/need.hpp"
#include "core/session/session_impl.hpp"
#include "core/session/snapshot.hpp"

#include "core/keyring/safe_file.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace authhost {

class LiveSession final : public Session::Impl {
 public:
  LiveSession(SessionParts parts, std::unique_ptr<plugins::Authenticator> authenticator, std::shared_ptr<Impl> proxy);

  Result<SessionReport> login(bool force, const Call& call) override;
  Result<SessionReport> token(const TokenRequest& request, const Call& call) override;
  Result<LogoutReport> logout(const Call& call) override;
  Result<SessionState> peek(const Call& call) override;
  Result<Identity> identify(const Call& call) override;
  Result<void> reject(std::string_view rejected_id, const Call& call) override;

  [[nodiscard]] std::optional<Credentials> credentials() const override;
  [[nodiscard]] const AuthMetadata& auth_metadata() override;
  [[nodiscard]] const config::Profile& profile() const override { return parts_.profile; }
  [[nodiscard]] const config::SessionKey& key() const override { return key_; }
  [[nodiscard]] std::string store_name() const override;
  [[nodiscard]] bool may_interact() const override { return parts_.may_interact; }
  [[nodiscard]] std::shared_ptr<Impl> proxy() const override { return proxy_; }

 private:
  // The folder with the locks and journals, and this key's lock in it.
  struct Guard {
    std::optional<keyring::PrivateFolder> folder;
    std::optional<keyring::KeyLock> lock;
  };

  // refresh.cpp, in the order of the story
  Result<void> ensure(const Need& need, const Call& call);
  Result<void> refresh(const Need& need, const Call& caller);
  Result<void> refresh(const Need& need, const Call& caller, std::optional<keyring::StoredItem>& kept);
  Result<Guard> enter(const Call& call);
  Result<void> renew(const Need& need, std::optional<keyring::StoredItem> item, const Guard& guard, const Call& call);
  [[nodiscard]] std::optional<Error> stranger(const keyring::StoredItem& item, const std::vector<std::string>& urls) const;
  Result<plugins::RefreshOutcome> spend(Reason reason, keyring::StoredItem& item, const Guard& guard,
                                        const Call& call);
  Result<plugins::RefreshOutcome> ask(Reason reason, const Credentials* previous,
                                      std::map<std::string, Secret>& extras, const Call& call);
  Result<std::optional<keyring::StoredItem>> after_refusal(keyring::StoredItem item, const Call& call);
  Result<void> keep(plugins::RefreshOutcome outcome, keyring::StoredItem item, const Guard& guard, const Call& call);
  Result<void> fall_back(const Need& need, const std::optional<keyring::StoredItem>& item, Error error);

  // identify.cpp
  Result<ClientConfig> known_config(const Call& call);
  Result<std::optional<Identity>> ask_who(const SessionReport& report, const ClientConfig& config, std::string& rejected,
                                          const Call& call);

  // live_session.cpp
  Result<std::shared_ptr<keyring::Store>> store(const Call& call);
  Result<std::shared_ptr<keyring::Store>> reopen_store(const Call& call);
  Result<ClientConfig> client_config(const Call& call);
  Result<Call> time_of_login(const Call& call);
  bool can_revoke(const Call& call);  // once there is a client_config()
  Result<std::optional<keyring::StoredItem>> read(const Call& call);
  void publish(const keyring::StoredItem& item);
  void forget();
  std::optional<Monotonic> run_ahead(const Call& call);
  Result<SessionReport> report(const Need& need);
  void warn(std::string sentence);
  // For what must be written down even if the caller has lost patience meanwhile.
  [[nodiscard]] static Call patience(const Call& call);
  [[nodiscard]] Offer offer(const keyring::StoredItem& item) const;
  [[nodiscard]] Offer offer(const Snapshot& snapshot) const;
  [[nodiscard]] bool met(const Need& need) const;
  [[nodiscard]] WallTime refresh_time(WallTime obtained, WallTime expires) const;
  // What does not describe itself may want a person, too: it is asked without one where none may be.
  [[nodiscard]] bool may_want_person() const { return interactive() || !authenticator_->info().described; }
  [[nodiscard]] bool interactive() const { return (authenticator_->info().capabilities & AUTHHOST_CAP_INTERACTIVE) != 0; }
  [[nodiscard]] const Clock& clock() const { return *parts_.services.clock; }

  SessionParts parts_;
  const config::SessionKey key_;
  const std::unique_ptr<plugins::Authenticator> authenticator_;  // used only by who leads the flight
  const std::shared_ptr<Impl> proxy_;                            // kept alive for the HTTP requests

  SnapshotCell cell_;
  SingleFlight flights_;
  std::atomic<bool> used_{false};  // a header was read since the last publication: worth refreshing ahead

  Backoff backoff_;

  // Only who leads the flight touches these.
  std::optional<ClientConfig> client_config_;
  std::optional<keyring::StoredItem> unsaved_;  // newer than what the store has, because it could not be written

  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<keyring::Store> store_;
  std::string store_note_;
  std::optional<Error> store_failure_;
  std::vector<std::string> warnings_;

  std::unique_ptr<Ahead> ahead_;  // last: its thread uses all of the above
};

}  // namespace authhost
