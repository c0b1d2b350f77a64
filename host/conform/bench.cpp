#include "conform/bench.hpp"

#include <authhost/services.h>

#include <algorithm>
#include <utility>

namespace authhost::conform {

namespace {

Call call_in(World& world, bool may_interact) {
  Call call;
  call.clock = &world.clock;
  call.cancellation = world.cancellation;
  call.may_interact = may_interact;
  call.deadline = world.clock.monotonic() + std::chrono::minutes(30);
  return call;
}

void take_away(Services& services, std::string_view name) {
  if (name == AUTHHOST_SERVICE_HTTP) services.http.reset();
  if (name == AUTHHOST_SERVICE_BROWSER) services.browser.reset();
  if (name == AUTHHOST_SERVICE_PROMPT) services.prompt.reset();
  if (name == AUTHHOST_SERVICE_LOOPBACK) services.loopback.reset();
  if (name == AUTHHOST_SERVICE_PROCESS) services.process.reset();
}

}  // namespace

bool Bench::needs(std::string_view service) const {
  const auto& all = info().services_needed;
  return !info().described || std::find(all.begin(), all.end(), service) != all.end();
}

Result<std::unique_ptr<plugins::Authenticator>> Bench::make(World& world) {
  return subject_.make(index_, granted, other_host, call_in(world, false));
}

Result<std::unique_ptr<plugins::Authenticator>> Bench::make_ready(World& world, const Round& round) {
  AUTHHOST_TRY(authenticator, make(world));
  const auto settings = round.settings ? *round.settings : configured(world).settings;
  AUTHHOST_CHECK(authenticator->check(settings, Call{}));
  return authenticator;
}

Outcome Bench::run(plugins::Authenticator& authenticator, World& world, const Round& round) {
  const auto configured = this->configured(world);
  plugins::RefreshRequest request;
  request.reason = round.reason;
  request.endpoint = configured.endpoint;
  request.previous = round.previous;
  request.client_config = round.client ? &*round.client : &configured.client;
  request.settings = round.settings ? &*round.settings : &configured.settings;
  if (round.lacks != AUTHHOST_SERVICE_STORE) request.extras = &world.store;
  request.services = world.services();
  take_away(request.services, round.lacks);
  request.allow_insecure_http = true;

  Outcome out;
  const Call call = call_in(world, round.may_interact);
  const auto begin = std::chrono::steady_clock::now();
  record_here(&out.record);
  if (round.revoke) {
    if (auto revoked = authenticator.revoke(request, call); !revoked) out.error = std::move(revoked).error();
  } else if (auto refreshed = authenticator.refresh(request, call)) {
    out.credentials = std::move(refreshed->credentials);
  } else {
    out.error = std::move(refreshed).error();
  }
  record_here(nullptr);
  const auto since = world.gave_up ? world.gave_up_at : begin;
  out.took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - since);
  if (kind() == Kind::exec && out.credentials && !out.record.emissions.empty()) out.record.emissions.back().taken = true;
  return out;
}

Outcome Bench::once(World& world, const Round& round) {
  auto authenticator = make_ready(world, round);
  if (authenticator) return run(**authenticator, world, round);
  Outcome out;
  out.record.status = static_cast<std::int32_t>(authenticator.status());
  out.record.explained = !authenticator.error().message.empty();
  out.error = std::move(authenticator).error();
  return out;
}

Credentials Bench::previous(const World& world) {
  Credentials out;
  out.access_token = Secret("conform-previous-access-" + world.tag);
  out.refresh_token = Secret("conform-previous-refresh-" + world.tag);
  out.token_type = "Bearer";
  out.expires_at = world.clock.wall() - std::chrono::minutes(1);
  out.scopes = {"openid"};
  out.id = "0123456789abcdef0123456789abcdef";
  return out;
}

}  // namespace authhost::conform
