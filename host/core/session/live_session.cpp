#include "core/session/live_session.hpp"

#include "core/config/endpoint.hpp"
#include "core/discovery/discovery.hpp"
#include "core/keyring/runtime_cache.hpp"
#include "core/services/log.hpp"

#include <unistd.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace authhost {

namespace {

using keyring::StoredItem;

// Differs between keys and between processes: a thousand clients do not come back in the same second.
std::uint64_t jitter_seed(const config::SessionKey& key) {
  return std::hash<std::string>{}(key.digest) * 31 + static_cast<std::uint64_t>(::getpid()) * 0x9e3779b97f4a7c15ULL;
}

std::int64_t to_ms(WallTime time) {
  return std::chrono::duration_cast<Milliseconds>(time.time_since_epoch()).count();
}

Milliseconds between(WallTime from, WallTime to) { return std::chrono::duration_cast<Milliseconds>(to - from); }

// What goes to the proxy of the second role; null without one.
std::function<Result<Secret>(const Call&)> proxy_authorization(const std::shared_ptr<Session::Impl>& proxy) {
  if (!proxy) return {};
  return [proxy](const Call& call) -> Result<Secret> {
    AUTHHOST_TRY(report, proxy->token({}, call));
    Secret value("Bearer ");
    value.append(report.credentials.access_token.reveal());
    return value;
  };
}

HttpOptions http_options(const config::Profile& profile, const std::shared_ptr<Session::Impl>& proxy) {
  HttpOptions options;
  options.ca_cert_file = profile.ca_cert_file;
  options.http_proxy = profile.http_proxy;
  options.allow_insecure_http = profile.allow_insecure_http;
  options.insecure_skip_verify = profile.insecure_skip_verify;
  if (proxy) {
    if (const auto endpoint = config::parse_endpoint(profile.endpoint, profile.insecure); endpoint.ok()) {
      const std::string host = endpoint->host.find(':') == std::string::npos ? endpoint->host : "[" + endpoint->host + "]";
      options.guarded_origin = (endpoint->secure ? "https://" : "http://") + host + ":" + std::to_string(endpoint->port);
    }
    options.proxy_authorization = proxy_authorization(proxy);
  }
  return options;
}

}  // namespace

Result<std::shared_ptr<Session::Impl>> Session::Impl::make(SessionParts parts, const Call& call) {
  if (parts.profile.authenticator.empty()) {
    const std::string& name = parts.profile.name;
    return Error{Status::invalid_config, name.empty() ? "no authenticator is named" : "profile '" + name + "' names no authenticator",
                 "add authenticator = \"pkce\" (or another one; see: authhost plugin list)"};
  }
  AUTHHOST_TRY(authenticator, parts.registry->create(parts.profile.authenticator, call));
  AUTHHOST_CHECK(authenticator->check(parts.profile.settings, call));

  std::shared_ptr<Impl> proxy;
  if (parts.profile.proxy_authenticator) {
    SessionParts second;
    second.profile = *parts.profile.proxy_authenticator;
    second.role = config::Role::proxy;
    second.registry = parts.registry;
    second.services = parts.services;
    second.store = parts.store;
    second.background_refresh = false;
    auto made = make(std::move(second), call);
    if (!made) return std::move(made).error().in("proxy_authenticator");
    proxy = *std::move(made);
  }
  if (!parts.services.http) parts.services.http = make_http(http_options(parts.profile, proxy));
  if (!parts.services.browser) parts.services.browser = make_system_browser();
  if (!parts.services.prompt) parts.services.prompt = make_silent_prompt();
  if (!parts.services.loopback) parts.services.loopback = make_loopback();
  if (!parts.services.process) parts.services.process = make_process();
  if (!parts.flyte_rpc && parts.profile.discovery == config::Discovery::flyte) {
    parts.flyte_rpc =
        make_flyte_rpc(parts.profile, *parts.services.http, *parts.services.process, proxy_authorization(proxy));
  }
  return std::shared_ptr<Impl>(
      std::make_shared<LiveSession>(std::move(parts), std::move(authenticator), std::move(proxy)));
}

LiveSession::LiveSession(SessionParts parts, std::unique_ptr<plugins::Authenticator> authenticator,
                         std::shared_ptr<Impl> proxy)
    : parts_(std::move(parts)),
      key_(config::session_key(parts_.profile, parts_.role)),
      authenticator_(std::move(authenticator)),
      proxy_(std::move(proxy)),
      backoff_(jitter_seed(key_)),
      store_(parts_.store) {
  if (parts_.background_refresh) {
    ahead_ = std::make_unique<Ahead>([this](const Call& call) { return run_ahead(call); });
  }
}

// ---- what callers ask ----

Result<SessionReport> LiveSession::login(bool force, const Call& call) {
  Need need;
  need.started = clock().wall();
  need.forced = need.login = force;
  need.lasting = true;
  AUTHHOST_CHECK(ensure(need, call));
  return report(need);
}

Result<SessionReport> LiveSession::token(const TokenRequest& request, const Call& call) {
  Need need;
  need.started = clock().wall();
  need.min_ttl = request.min_ttl;
  need.forced = request.force;
  AUTHHOST_CHECK(ensure(need, call));
  if (const auto current = cell_.load(); current && offer(*current).left < request.min_ttl) {
    warn("the token ends sooner than was asked for: the server gives none that lives so long");
  }
  return report(need);
}

Result<void> LiveSession::reject(std::string_view rejected_id, const Call& call) {
  Need need;
  need.started = clock().wall();
  need.rejected_id = rejected_id;
  AUTHHOST_CHECK(ensure(need, call));
  const auto current = cell_.load();
  if (!rejected_id.empty() && current && current->header->creds_id == rejected_id) {
    return Error{Status::denied, "the server rejected the token, and the authenticator got the same one again",
                 "check that the authenticator's account may use '" + parts_.profile.endpoint + "'"};
  }
  return {};
}

Result<LogoutReport> LiveSession::logout(const Call& call) {
  LogoutReport report;
  // A flight of its own, because the authenticator is never called twice at once.
  const auto work = [&]() -> Result<void> {
    const Call polite = call.within(std::chrono::seconds{proxy_ ? 20 : 30});
    auto opened = reopen_store(polite);
    if (!opened && opened.status() == Status::cancelled) return std::move(opened).error();
    auto guard = enter(polite.within(std::chrono::seconds{10}));  // without the lock is better than not at all
    if (!guard && guard.status() == Status::cancelled) return std::move(guard).error();
    auto item = read(polite);
    if (!item) {
      report.had_credentials = true;  // who knows
      report.revoke_failure = std::move(item).error().in("reading the token to revoke it at the server");
      item = std::optional<StoredItem>{};
    }
    if (*item) {
      report.had_credentials = true;
      auto config = client_config(polite);
      Result<void> told = config ? Result<void>{} : Result<void>(std::move(config).error());
      if (told) {
        if (auto other = stranger(**item, {client_config_->revocation_endpoint})) told = std::move(*other);
      }
      if (told) {
        plugins::RefreshRequest request;
        request.endpoint = parts_.profile.endpoint;
        request.previous = &(*item)->credentials;
        request.client_config = &*client_config_;
        request.settings = &parts_.profile.settings;
        request.extras = &(*item)->extras;
        request.services = parts_.services;
        request.allow_insecure_http = parts_.profile.allow_insecure_http;
        told = authenticator_->revoke(request, polite);
        report.revoked = told.ok() && can_revoke(polite);
      }
      if (!told) report.revoke_failure = std::move(told).error().in("revoking the token at the server");
    }
    // Locally it is deleted whatever happened. The store first: whoever still finds the item there publishes it again.
    const Call patient = patience(call);
    auto where = store(patient);
    Result<void> dropped = where ? (*where)->drop(key_, patient) : Result<void>(std::move(where).error());
    forget();
    if (guard && guard->folder) Journal(*guard->folder, key_.digest).clear();
    return dropped;
  };
  auto done = flights_.fly_alone(call, work);
  if (proxy_) {  // after the revocation, which needed it
    auto also = proxy_->logout(call.within(std::chrono::seconds{3}));
    if (!also && done) done = std::move(also).error().in("proxy_authenticator");
    if (also && also->revoke_failure && !report.revoke_failure) report.revoke_failure = std::move(also->revoke_failure);
    if (also && also->had_credentials) report.had_credentials = true;
  }
  if (!done) return std::move(done).error();
  return report;
}

Result<SessionState> LiveSession::peek(const Call& call) {
  SessionState state;
  auto where = store(call);
  auto item = where ? (*where)->get(key_, call) : Result<std::optional<StoredItem>>(std::move(where).error());
  state.store = store_name();
  if (!item) {
    state.store_failure = std::move(item).error();
    return state;
  }
  if (!*item) return state;
  const StoredItem& kept = **item;
  state.expires_at = kept.credentials.expires_at;
  state.id = kept.credentials.id;
  state.scopes = kept.credentials.scopes;
  state.kind = offer(kept).left > Milliseconds{0}           ? SessionState::Kind::valid
               : kept.credentials.refresh_token.empty()     ? SessionState::Kind::expired
                                                            : SessionState::Kind::refreshable;
  return state;
}

std::optional<Credentials> LiveSession::credentials() const {
  const auto current = cell_.load();
  if (!current) return std::nullopt;
  return current->credentials.clone();
}

const AuthMetadata& LiveSession::auth_metadata() {
  if (!used_.load(std::memory_order_relaxed)) used_.store(true, std::memory_order_relaxed);
  return cell_.read();
}

std::string LiveSession::store_name() const {
  const std::lock_guard lock(mutex_);
  return store_ ? std::string(store_->name()) : "";
}

// ---- what the story in refresh.cpp stands on ----

Result<std::shared_ptr<keyring::Store>> LiveSession::store(const Call& call) {
  const std::lock_guard lock(mutex_);
  if (!store_) {
    store_note_.clear();
    auto opened = keyring::open_store(parts_.profile.storage, call, &store_note_);
    if (!opened) return std::move(opened).error();
    store_ = *std::move(opened);
  }
  return store_;
}

// Where `auto` had to make do with the file, the keyring may be there by now, and another process have moved the login to it.
Result<std::shared_ptr<keyring::Store>> LiveSession::reopen_store(const Call& call) {
  {
    const std::lock_guard lock(mutex_);
    if (!store_note_.empty()) store_.reset();
  }
  return store(call);
}

Result<ClientConfig> LiveSession::client_config(const Call& call) {
  if (!client_config_) {
    AUTHHOST_TRY(what, authenticator_->prepare(parts_.profile.settings, call));
    if ((what->capabilities & AUTHHOST_CAP_OAUTH) != 0) {
      AUTHHOST_TRY(resolved, resolve_client_config(parts_.profile, *parts_.services.http, call, parts_.flyte_rpc.get()));
      client_config_ = std::move(resolved);
    } else {
      client_config_ = parts_.profile.client;  // nobody to discover
    }
    if (client_config_->header_key.empty()) client_config_->header_key = "authorization";
  }
  return *client_config_;
}

// Whether there is somebody to be told: OAuth's flows need an endpoint for that.
bool LiveSession::can_revoke(const Call& call) {
  const auto what = authenticator_->prepare(parts_.profile.settings, call);
  if (!what || !(*what)->can_revoke) return false;
  return ((*what)->capabilities & AUTHHOST_CAP_OAUTH) == 0 || !client_config_->revocation_endpoint.empty();
}

// What the store has, or what could not be written to it.
Result<std::optional<StoredItem>> LiveSession::read(const Call& call) {
  AUTHHOST_TRY(where, store(call));
  AUTHHOST_TRY(item, where->get(key_, call));
  if (unsaved_ && (!item || unsaved_->newer_than(*item))) return std::optional{unsaved_->clone()};
  return item;
}

WallTime LiveSession::refresh_time(WallTime obtained, WallTime expires) const {
  const auto life = expires - obtained;
  // 80 %, give or take 5.
  const double share = 0.75 + 0.1 * static_cast<double>(jitter_seed(key_) % 1000) / 1000.0;
  return obtained + std::chrono::duration_cast<WallTime::duration>(life * share);
}

Offer LiveSession::offer(const StoredItem& item) const {
  const WallTime now = clock().wall();
  const WallTime expires = item.credentials.expires_at.value_or(item.obtained_at);
  Offer offer;
  offer.id = item.credentials.id;
  offer.obtained_at = item.obtained_at;
  offer.lifetime = between(item.obtained_at, expires);
  // Got in the future: the clock was set back since, and the expiry means nothing any more.
  const bool clock_was_set_back = item.obtained_at > now + std::chrono::minutes{1};
  offer.left = clock_was_set_back ? Milliseconds{0} : std::max(Milliseconds{0}, between(now, expires));
  offer.refresh_due = now >= refresh_time(item.obtained_at, expires);
  offer.login_due = item.grant_refused;
  return offer;
}

Offer LiveSession::offer(const Snapshot& snapshot) const {
  const Monotonic now = clock().monotonic();
  Offer offer;
  offer.id = snapshot.credentials.id;
  offer.obtained_at = snapshot.obtained_at;
  offer.lifetime = between(snapshot.obtained_at, snapshot.credentials.expires_at.value_or(snapshot.obtained_at));
  offer.left = std::max(Milliseconds{0}, std::chrono::duration_cast<Milliseconds>(snapshot.expires - now));
  offer.refresh_due = now >= snapshot.refresh_at;
  offer.login_due = snapshot.grant_refused;
  return offer;
}

bool LiveSession::met(const Need& need) const {
  const auto current = cell_.load();
  return current && need.met_by(offer(*current));
}

void LiveSession::publish(const StoredItem& item) {
  const WallTime now = clock().wall();
  const Monotonic monotonic = clock().monotonic();
  const WallTime expires = item.credentials.expires_at.value_or(now);
  const WallTime refresh_at = refresh_time(item.obtained_at, expires);

  auto next = std::make_shared<Snapshot>();
  next->credentials = item.credentials.clone();
  auto header = std::make_shared<Header>();
  header->creds_id = item.credentials.id;
  header->header_key = !parts_.profile.client.header_key.empty() ? parts_.profile.client.header_key
                       : !item.header_key.empty()                ? item.header_key
                                                                 : "authorization";
  header->value.reserve(7 + item.credentials.access_token.size());
  header->value.append("Bearer ").append(item.credentials.access_token.reveal());
  next->header = header;
  next->obtained_at = item.obtained_at;
  next->grant_refused = item.grant_refused;
  next->expires = monotonic + (expires - now);
  next->refresh_at = monotonic + (refresh_at - now);

  // `memory` means that nothing leaves this process.
  if (parts_.profile.runtime_cache && parts_.profile.storage != config::Storage::memory) {
    keyring::CachedToken cached;
    cached.access_token = item.credentials.access_token.clone();
    cached.token_type = item.credentials.token_type;
    cached.header_key = header->header_key;
    cached.id = item.credentials.id;
    cached.scopes = item.credentials.scopes;
    cached.refresh_at_ms = to_ms(refresh_at);
    cached.expires_at_ms = to_ms(expires);
    keyring::RuntimeCache::put(key_, cached);
  }
  const Monotonic due = next->refresh_at;
  used_.store(false, std::memory_order_relaxed);
  cell_.publish(std::move(next));
  if (ahead_) ahead_->set_due(due);
}

// Whatever of the credentials is in this process or in the runtime cache.
void LiveSession::forget() {
  keyring::RuntimeCache::drop(key_);
  cell_.publish(nullptr);
  unsaved_.reset();
}

// On the background thread: refreshes what is in use and due, and takes an expired token out of circulation.
std::optional<Monotonic> LiveSession::run_ahead(const Call& call) {
  const auto current = cell_.load();
  if (!current) return std::nullopt;
  const Monotonic now = clock().monotonic();
  if (now >= current->expires) {
    auto expired = std::make_shared<Snapshot>();
    expired->credentials = current->credentials.clone();
    auto header = std::make_shared<Header>();  // without a value
    header->creds_id = current->header->creds_id;
    header->header_key = current->header->header_key;
    expired->header = std::move(header);
    expired->obtained_at = current->obtained_at;
    expired->grant_refused = current->grant_refused;
    expired->expires = expired->refresh_at = current->expires;
    cell_.replace(current, std::move(expired));  // never over what somebody has got meanwhile
    return std::nullopt;
  }
  if (!used_.load(std::memory_order_relaxed)) {  // look again soon: it may come into use
    return std::min(current->expires, now + std::max<Monotonic::duration>((current->expires - now) / 8, Milliseconds{100}));
  }
  Need need;
  need.started = clock().wall();
  if (auto refreshed = ensure(need, call); !refreshed) log::write(log::Level::info, refreshed.error().message);
  const auto after = cell_.load();
  if (!after) return std::nullopt;
  const Monotonic later = clock().monotonic();
  if (after->refresh_at > later) return after->refresh_at;
  return std::min(after->expires, std::max(backoff_.until(), later + std::chrono::seconds{1}));
}

Result<SessionReport> LiveSession::report(const Need& need) {
  const auto current = cell_.load();
  if (!current) return Error{Status::interaction_required, "logged out meanwhile", "log in again"};
  SessionReport report;
  report.credentials = current->credentials.clone();
  report.header_key = current->header->header_key;
  report.refreshed = current->obtained_at >= need.started;
  const std::lock_guard lock(mutex_);
  report.store = store_ ? std::string(store_->name()) : "";
  report.store_note = store_note_;
  report.store_failure = store_failure_;
  report.warnings = std::exchange(warnings_, {});
  return report;
}

Call LiveSession::patience(const Call& call) {
  Call own;
  own.clock = call.clock;
  return own.within(std::chrono::seconds{10});
}

void LiveSession::warn(std::string sentence) {
  log::write(log::Level::info, sentence);
  const std::lock_guard lock(mutex_);
  if (std::ranges::find(warnings_, sentence) == warnings_.end() && warnings_.size() < 16) {
    warnings_.push_back(std::move(sentence));
  }
}

}  // namespace authhost
