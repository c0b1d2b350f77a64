// How credentials come to be. One story, top to bottom:
//
//   ensure    whoever asks: one flight in this process, shared by all
//   refresh   one process at a time; then the store is read again, and a sibling's token is adopted
//   renew     what to ask the authenticator for: a refresh, or a login
//   spend     a refresh token is sent only with a journal entry on the disk
//   keep      store, publish, clear the journal; the lock ends with the story
//
// and what happens when it does not go well: fall_back (the old token while it lives), after_refusal (invalid_grant).
#include "core/session/live_session.hpp"

#include "core/config/paths.hpp"
#include "core/keyring/runtime_cache.hpp"
#include "core/services/http_url.hpp"
#include "core/services/log.hpp"
#include "core/services/redact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace authhost {

namespace {

using keyring::StoredItem;
using plugins::RefreshOutcome;

constexpr std::size_t kRoomForNewItem = 8 << 10;
constexpr std::chrono::minutes kLongestWait{15};  // for the lock: a login in another process takes its time, but not for ever
constexpr std::chrono::seconds kShortWait{5};
constexpr std::chrono::seconds kSilentWait{1};  // then the person is told what is waited for
constexpr std::chrono::seconds kGrace{10};  // for the answer to a refresh token that was sent, after a cancellation

// Whether asking the same server again at once is pointless.
bool is_servers(Status status) {
  return status == Status::unavailable || status == Status::protocol || status == Status::deadline ||
         status == Status::denied;
}

Reason reason_of(const Need& need, bool have_credentials) {
  if (need.login || !have_credentials) return Reason::login;
  if (!need.rejected_id.empty()) return Reason::rejected;
  return need.forced ? Reason::forced : Reason::expired;
}

// What a person knows it by: a program's own session has no name.
const std::string& who(const config::Profile& profile) { return profile.name.empty() ? profile.endpoint : profile.name; }

std::string log_in_again(const config::Profile& profile, std::string_view option = "") {
  constexpr const char* kProgram =
      "let the program ask (may_interact), or run `authhost login` with a profile that says the same";
  return profile.name.empty() ? kProgram : fmt::format("run: authhost --profile {} login{}", profile.name, option);
}

Error interaction_required(const config::Profile& profile, const std::optional<StoredItem>& item) {
  return {Status::interaction_required,
          item && !item->grant_refused
              ? fmt::format("the login of '{}' came without a refresh token: for a new one a person has to log in", who(profile))
              : fmt::format("no credentials for '{}': a person has to log in", who(profile)),
          log_in_again(profile)};
}

std::vector<std::string> servers_of(const std::vector<std::string>& urls) {
  std::vector<std::string> servers;
  for (const auto& text : urls) {
    if (const auto url = parse_http_url("the endpoint", text); url.ok()) servers.push_back(url->origin);
  }
  return servers;
}

}  // namespace

// A refresh token goes to the servers that were known when it came, and to no other, whatever the service or the
// configuration names by now.
std::optional<Error> LiveSession::stranger(const StoredItem& item, const std::vector<std::string>& urls) const {
  if (item.servers.empty()) return std::nullopt;
  for (const auto& server : servers_of(urls)) {
    if (std::ranges::find(item.servers, server) != item.servers.end()) continue;
    return Error{Status::interaction_required,
                 fmt::format("the login of '{}' came from {}, and now {} asks for its refresh token", who(parts_.profile),
                             safe_text(item.servers.front(), 200), safe_text(server, 200)),
                 "if that is right, " + log_in_again(parts_.profile, " --force")};
  }
  return std::nullopt;
}

Result<void> LiveSession::ensure(const Need& need, const Call& call) {
  auto led = flights_.fly(call, [&] { return met(need); }, [&] { return refresh(need, call); });
  if (!led) return std::move(led).error();
  return {};
}

Result<void> LiveSession::refresh(const Need& need, const Call& caller) {
  std::optional<StoredItem> kept;
  auto done = refresh(need, caller, kept);
  if (done) return done;
  return fall_back(need, kept, std::move(done).error());
}

// `kept`: what the store was found to have, to fall back on.
Result<void> LiveSession::refresh(const Need& need, const Call& caller, std::optional<StoredItem>& kept) {
  const bool may_ask = caller.may_interact && may_want_person();
  // A person may take their time; everything else has refresh_timeout.
  const Call call = may_ask ? caller : caller.within(parts_.profile.refresh_timeout);

  if (auto held = backoff_.holding(clock().monotonic()); held && !need.login) return *std::move(held);
  AUTHHOST_TRY(where, reopen_store(call));
  // A named keyring that cannot be reached ends it here: nothing is left elsewhere, not even a lock file.
  if (parts_.profile.storage == config::Storage::secret_service) AUTHHOST_CHECK(where->probe(call));
  AUTHHOST_TRY(found, read(call));
  kept = std::move(found);
  if (kept && need.met_by(offer(*kept))) {
    publish(*kept);
    // Read without the lock: a logout in another process may have ended just before the runtime cache was written.
    AUTHHOST_TRY(still, read(call));
    if (still) return {};
    forget();
    kept.reset();
  }
  // Whoever holds the lock for long is with a person, or stopped. With a token that lives there is no need to wait for that.
  const auto current = cell_.load();
  const bool pressing = !(current && need.usable(offer(*current))) && !(kept && need.usable(offer(*kept)));
  AUTHHOST_TRY(guard, enter(call.within(pressing ? kLongestWait : kShortWait)));
  AUTHHOST_TRY(item, read(call));  // again: a sibling may have been at work while this one waited
  kept = item ? std::optional{item->clone()} : std::nullopt;
  if (kept && need.met_by(offer(*kept))) {
    publish(*kept);
    return {};
  }
  std::optional<Journal> journal;
  if (guard.folder) {
    journal.emplace(*guard.folder, key_.digest);
    // While this caller waited for the lock, a sibling asked for the same and failed: that answers this caller too.
    if (const auto entry = journal->read(); entry && entry->error && entry->at >= need.started && !may_ask) {
      return *entry->error;
    }
  }
  // Before a person is bothered, not after: can the result be kept where it was asked to be?
  if (may_ask && parts_.profile.storage == config::Storage::file) AUTHHOST_CHECK(where->probe(call));

  auto renewed = renew(need, std::move(item), guard, call);
  if (renewed) {
    backoff_.succeeded();
    if (caller.cancelled()) return caller.check();  // kept, but nobody waits for it any more
    return {};
  }
  Error error = std::move(renewed).error();
  if (error.status == Status::invalid_grant) {  // the refresh token is gone since `kept` was read
    auto left = read(patience(call));
    kept = left ? *std::move(left) : std::nullopt;
  }
  if (error.status == Status::deadline && error.hint.empty() && !may_ask && caller.check().ok()) {
    error.hint = "the server is slow; a longer `refresh_timeout` in the profile gives it more time";
  }
  // A caller that was in a hurry says nothing about the server.
  if (is_servers(error.status) && (error.status != Status::deadline || caller.check())) {
    backoff_.failed(error, clock().monotonic());
    if (journal) {
      const auto before = journal->read();  // the token that it names may be spent: the server was asked, and did not answer
      const std::string token = before ? before->token_digest : "";
      if (auto written = journal->write({JournalEntry::Kind::failed, clock().wall(), token, error, 0}); !written) {
        log::write(log::Level::debug, written.error().message);  // siblings will ask for themselves
      }
    }
  }
  return error;
}

// The lock of this key among processes. Credentials that never leave this process need none. Where the state folder cannot be
// had, the runtime folder holds the lock, unless credentials are to rest in the state folder anyway.
Result<LiveSession::Guard> LiveSession::enter(const Call& call) {
  Guard guard;
  if (parts_.profile.storage == config::Storage::memory) return guard;
  auto place = paths::state_home();
  auto folder = place ? keyring::PrivateFolder::open(*place, true)
                      : Result<std::optional<keyring::PrivateFolder>>(std::move(place).error());
  if (!folder) {
    if (parts_.profile.storage == config::Storage::file) return std::move(folder).error();
    const auto runtime = paths::runtime_dir();
    auto second = runtime ? keyring::PrivateFolder::open(*runtime, true) : std::move(folder);
    if (!second) {
      warn("no lock between processes: " + second.error().message);
      return guard;
    }
    folder = std::move(second);
  }
  guard.folder = *std::move(*folder);
  const std::string name = key_.digest + ".lock";
  auto lock = keyring::KeyLock::acquire(*guard.folder, name, call.within(kSilentWait));
  if (!lock && lock.status() == Status::deadline && call.check()) {
    if (call.may_interact) {
      parts_.services.prompt->notice("Waiting for another process that gets the same credentials …");
    }
    lock = keyring::KeyLock::acquire(*guard.folder, name, call);
  }
  if (!lock) return std::move(lock).error().in("waiting for another process that refreshes the same credentials");
  if (!lock->warning().empty()) warn(lock->warning());
  guard.lock = *std::move(lock);
  return guard;
}

Result<void> LiveSession::renew(const Need& need, std::optional<StoredItem> item, const Guard& guard, const Call& call) {
  const bool may_ask = call.may_interact && may_want_person();
  const Reason reason = reason_of(need, item.has_value());
  bool can_refresh = reason != Reason::login && !item->credentials.refresh_token.empty();
  std::optional<Error> moved;
  if (can_refresh) {
    AUTHHOST_TRY(config, client_config(call));  // asks the plugin what it is, if need be: what fails before spend() has sent nothing
    moved = stranger(*item, {config.token_endpoint});
    can_refresh = !moved;
  }

  if (can_refresh) {
    auto outcome = spend(reason, *item, guard, may_ask ? call.within(parts_.profile.refresh_timeout) : call);
    if (outcome) return keep(*std::move(outcome), *std::move(item), guard, call);
    Error error = std::move(outcome).error().in(fmt::format("refreshing '{}'", who(parts_.profile)));
    if (error.status != Status::invalid_grant) return error;

    AUTHHOST_TRY(left, after_refusal(*std::move(item), call));
    if (left && need.met_by(offer(*left))) {
      publish(*left);
      return {};
    }
    if (left && !left->credentials.refresh_token.empty()) {  // somebody else's newer one, not good enough: once more
      return renew(need, std::move(left), guard, call);
    }
    if (interactive() && !may_ask) return error;
    item = std::move(left);
  } else if (interactive() && !may_ask) {
    return moved ? std::move(*moved) : interaction_required(parts_.profile, item);
  }

  const Reason fresh = interactive() ? Reason::login : reason_of(need, item.has_value());
  StoredItem next;
  if (item) next.fence = item->fence, next.extras = std::move(item->extras);
  AUTHHOST_TRY(time, time_of_login(call));
  auto outcome = ask(fresh, item ? &item->credentials : nullptr, next.extras, time);
  if (!outcome) return std::move(outcome).error().in(fmt::format("logging in to '{}'", who(parts_.profile)));
  return keep(*std::move(outcome), std::move(next), guard, call);
}

// A person may take their time, unless the plugin says, once it is asked, that it wants none.
Result<Call> LiveSession::time_of_login(const Call& call) {
  if (!call.may_interact || interactive()) return call;
  AUTHHOST_TRY(info, authenticator_->prepare(parts_.profile.settings, call));
  const bool person = !info->described || (info->capabilities & AUTHHOST_CAP_INTERACTIVE) != 0;
  return person ? call : call.within(parts_.profile.refresh_timeout);
}

Result<RefreshOutcome> LiveSession::spend(Reason reason, StoredItem& item, const Guard& guard, const Call& call) {
  if (!guard.folder) return ask(reason, &item.credentials, item.extras, call);
  const Journal journal(*guard.folder, key_.digest);
  const std::string digest = token_digest(item.credentials.refresh_token.reveal());
  const auto before = journal.read();
  const bool interrupted = before && before->token_digest == digest;  // it was sent, and no answer was kept
  // The server may replace the refresh token with this request. If there is no room to write down that it was sent, there is
  // none to keep its successor either: better not to spend it. The entry also holds that room until then.
  const std::size_t room = kRoomForNewItem + 2 * (item.credentials.access_token.size() + item.credentials.id_token.size());
  AUTHHOST_CHECK(journal.write({JournalEntry::Kind::refreshing, clock().wall(), digest, std::nullopt, room}));
  // From here on the answer is waited for: whoever walks away now may walk away from the only successor there is.
  Call to_the_end = call;
  to_the_end.grace = kGrace;
  auto outcome = ask(reason, &item.credentials, item.extras, to_the_end);
  if (!outcome && outcome.status() == Status::invalid_grant) {
    journal.clear();
    if (interrupted) {
      Error error = std::move(outcome).error();
      error.message += "; an earlier refresh was interrupted after it had sent this refresh token";
      return error;
    }
  }
  return outcome;  // any other failure leaves the entry: nobody knows whether the server took the token
}

// `extras` is what the plugin keeps for itself: it changes them.
Result<RefreshOutcome> LiveSession::ask(Reason reason, const Credentials* previous, std::map<std::string, Secret>& extras,
                                        const Call& call) {
  AUTHHOST_TRY(config, client_config(call));
  plugins::RefreshRequest request;
  request.reason = reason;
  request.endpoint = parts_.profile.endpoint;
  request.previous = previous;
  request.client_config = &config;
  request.settings = &parts_.profile.settings;
  request.extras = &extras;
  request.services = parts_.services;
  request.allow_insecure_http = parts_.profile.allow_insecure_http;
  return authenticator_->refresh(request, call);
}

// The server refused the refresh token. If the store has another one by now, that is what counts; if it is the same, it is
// forgotten, and nothing else: a still valid access token may serve on.
Result<std::optional<StoredItem>> LiveSession::after_refusal(StoredItem item, const Call& call) {
  // Whatever the caller's time is: what is not written down now would be sent again by the next process.
  const Call own = patience(call);
  auto current = read(own);
  if (current && *current && !(*current)->credentials.refresh_token.empty() &&
      !((*current)->credentials.refresh_token == item.credentials.refresh_token)) {
    return current;
  }
  unsaved_.reset();
  AUTHHOST_TRY(where, store(own));
  item.credentials.refresh_token.clear();
  item.grant_refused = true;
  ++item.fence;
  Result<void> written = offer(item).left > Milliseconds{0} ? where->put(key_, item, own) : where->drop(key_, own);
  if (!written) {
    warn(written.error().message);
    unsaved_ = item.clone();  // in this process at least it is never sent again
  }
  if (offer(item).left <= Milliseconds{0}) {
    keyring::RuntimeCache::drop(key_);
    return std::optional<StoredItem>{};
  }
  return std::optional<StoredItem>{std::move(item)};
}

Result<void> LiveSession::keep(RefreshOutcome outcome, StoredItem item, const Guard& guard, const Call& call) {
  Credentials& fresh = outcome.credentials;
  Credentials& old = item.credentials;
  const bool refreshed = !old.refresh_token.empty();  // and not logged in anew
  if (fresh.refresh_token.empty()) fresh.refresh_token = std::move(old.refresh_token);  // RFC 6749, section 6
  if (fresh.id_token.empty()) fresh.id_token = std::move(old.id_token);
  if (fresh.scopes.empty()) fresh.scopes = old.scopes.empty() ? client_config_->scopes : old.scopes;
  fresh.for_endpoint = parts_.profile.endpoint;
  item.credentials = std::move(fresh);
  item.header_key = client_config_->header_key;
  item.servers = servers_of({client_config_->token_endpoint, client_config_->revocation_endpoint});
  item.grant_refused = false;
  item.obtained_at = clock().wall();
  ++item.fence;
  for (auto& sentence : outcome.warnings) warn(std::move(sentence));

  const Call patient = patience(call);
  const std::optional<Journal> journal =
      guard.folder ? std::optional<Journal>(std::in_place, *guard.folder, key_.digest) : std::nullopt;
  auto where = store(patient);
  // What was refreshed and is gone from the store was logged out of, by a process that would not wait for this one.
  if (refreshed && where && !unsaved_) {
    if (const auto left = (*where)->get(key_, patient); left && !*left) {
      if (journal) journal->clear();
      forget();
      return Error{Status::interaction_required, fmt::format("'{}' was logged out meanwhile", who(parts_.profile)),
                   log_in_again(parts_.profile)};
    }
  }
  Result<void> written = where ? (*where)->put(key_, item, patient) : Result<void>(std::move(where).error());
  if (!written && journal && where) {
    journal->clear();  // gives back the room that the entry was holding
    written = (*where)->put(key_, item, patient);
  }
  {
    const std::lock_guard lock(mutex_);
    store_failure_ = written ? std::nullopt : std::optional{written.error()};
  }
  unsaved_ = written ? std::nullopt : std::optional{item.clone()};
  publish(item);
  if (journal) journal->clear();
  // Kept all the same, for the sake of its refresh token; but nobody could use it, and who waits would ask for another at once.
  if (offer(item).left <= Milliseconds{0}) {
    return Error{Status::protocol, fmt::format("'{}' got a token that has expired already", who(parts_.profile)),
                 "check this machine's clock, and what the authenticator returns"};
  }

  LoopbackOutcome page{written.ok(), "You are logged in", "The login for " + parts_.profile.endpoint + " is complete."};
  if (!written) {
    page.title = "Logged in, but not kept";
    page.detail = "The login works for now, but it could not be kept: " + written.error().message;
  }
  for (const auto& listener : outcome.pages) listener->finish(page);
  return {};
}

// A refresh that failed is no reason to stop using a token that lives.
Result<void> LiveSession::fall_back(const Need& need, const std::optional<StoredItem>& item, Error error) {
  if (error.status == Status::cancelled) return error;
  if (const auto current = cell_.load(); current && need.usable(offer(*current))) {
    warn("using the old token while it lives: " + error.message);
    return {};
  }
  if (item && need.usable(offer(*item))) {
    publish(*item);
    warn("using the old token while it lives: " + error.message);
    return {};
  }
  return error;
}

}  // namespace authhost
