// A logout leaves nothing, whatever goes on meanwhile.
#include "fakes.hpp"

#include "core/keyring/runtime_cache.hpp"

#include <catch2/catch.hpp>

#include <thread>

using namespace authhost;
using namespace authhost::test;
using std::chrono::seconds;

TEST_CASE("logout revokes, deletes locally whatever the server says, and leaves nothing to refresh") {
  World world;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  std::string revoked;
  world.script.revoke = [&](const auto& request) -> Result<void> {
    revoked = std::string(request.previous->refresh_token.reveal());
    return Error{Status::unavailable, "connection refused", ""};
  };
  const auto report = session->logout(world.call());
  REQUIRE(report.ok());
  CHECK(report->had_credentials);
  CHECK(revoked == "refresh-1");
  REQUIRE(report->revoke_failure);
  CHECK_FALSE((*world.store->get(session->key(), world.call())).has_value());
  CHECK_FALSE(session->credentials().has_value());
  CHECK(session->auth_metadata().value.empty());
}

TEST_CASE("a logout that meets a failing refresh logs out all the same") {
  World world;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  world.clock.advance(seconds{2000});
  Gate refreshing;
  Gate failing;
  world.script.answer = [&](const auto&, const auto&) -> Result<Credentials> {
    refreshing.open();
    failing.wait();
    return Error{Status::unavailable, "connection refused", ""};
  };
  Status callers = Status::ok;
  bool logged_out = false;
  std::thread caller([&] { callers = session->token({}, world.call()).status(); });
  refreshing.wait();
  std::atomic<bool> asking{false};
  std::thread person([&] {
    asking = true;
    const auto report = session->logout(world.call());
    logged_out = report.ok() && report->had_credentials;
  });
  while (!asking) std::this_thread::yield();
  failing.open();
  caller.join();
  person.join();
  CHECK(callers == Status::unavailable);
  CHECK(logged_out);
  CHECK_FALSE((*world.store->get(session->key(), world.call())).has_value());
}

TEST_CASE("a refresh that a logout did not wait for does not bring the login back") {
  World world;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  world.clock.advance(seconds{2000});
  world.script.answer = [&](const auto&, const auto&) -> Result<Credentials> {
    REQUIRE(world.store->drop(session->key(), world.call()).ok());  // as a logout that gave up waiting for the lock
    return make_credentials("token-b", world.clock, seconds{1000}, "refresh-b");
  };
  const auto refreshed = session->token({}, world.call());
  CHECK(refreshed.status() == Status::interaction_required);
  CHECK(token_of(refreshed).find("logged out meanwhile") != std::string::npos);
  CHECK_FALSE((*world.store->get(session->key(), world.call())).has_value());
  CHECK_FALSE(session->credentials().has_value());
  CHECK(world.state.files(".journal").empty());
}

TEST_CASE("a token that was found just before a logout elsewhere is not put back into the runtime cache") {
  World world;
  world.profile.runtime_cache = true;
  REQUIRE(world.session()->token({}, world.call()).ok());
  const auto session = world.session();
  keyring::RuntimeCache::drop(session->key());
  world.store->after_get = [&] {
    world.store->after_get = nullptr;
    REQUIRE(world.store->drop(session->key(), world.call()).ok());
    keyring::RuntimeCache::drop(session->key());
  };
  world.script.answer = [](const auto&, const auto&) -> Result<Credentials> {
    return Error{Status::unavailable, "connection refused", ""};
  };
  CHECK(session->token({}, world.call()).status() == Status::unavailable);
  CHECK(world.state.files(".token").empty());
  CHECK(session->auth_metadata().value.empty());
}

TEST_CASE("a login that cannot be read is deleted all the same, and the server is said not to know") {
  World world;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  world.store->unreadable = true;
  const auto report = session->logout(world.call());
  REQUIRE(report.ok());
  CHECK(report->had_credentials);
  REQUIRE(report->revoke_failure);
  world.store->unreadable = false;
  CHECK_FALSE((*world.store->get(session->key(), world.call())).has_value());
}
