// What becomes of a refresh token: kept, replaced, written down before it is sent, refused.
#include "fakes.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace authhost;
using namespace authhost::test;
using std::chrono::seconds;

TEST_CASE("O57 keeps the old refresh token when the answer has none, and replaces it when it has") {
  World world;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  world.script.answer = [&](const auto& request, const auto&) -> Result<Credentials> {
    CHECK(request.previous->refresh_token.reveal() == "refresh-1");
    return make_credentials("token-b", world.clock, seconds{1000});
  };
  world.clock.advance(seconds{2000});
  CHECK(token_of(session->token({}, world.call())) == "token-b");
  CHECK((*world.store->get(session->key(), world.call()))->credentials.refresh_token.reveal() == "refresh-1");
  world.script.answer = [&](const auto&, const auto&) -> Result<Credentials> {
    return make_credentials("token-c", world.clock, seconds{1000}, "refresh-c");
  };
  world.clock.advance(seconds{2000});
  CHECK(token_of(session->token({}, world.call())) == "token-c");
  CHECK((*world.store->get(session->key(), world.call()))->credentials.refresh_token.reveal() == "refresh-c");
}

TEST_CASE("O58 a refresh token is spent only with a journal entry on the disk, and the entry names it without showing it") {
  World world;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  CHECK(world.state.files(".journal").empty());
  world.script.answer = [&](const auto&, const auto&) -> Result<Credentials> {
    const auto journals = world.state.files(".journal");
    REQUIRE(journals.size() == 1);
    std::ifstream in(journals[0]);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    CHECK(text.find("refreshing") != std::string::npos);
    CHECK(text.find("refresh-1") == std::string::npos);
    return make_credentials("token-b", world.clock, seconds{1000}, "refresh-b");
  };
  world.clock.advance(seconds{2000});
  CHECK(token_of(session->token({}, world.call())) == "token-b");
  CHECK(world.state.files(".journal").empty());
}

TEST_CASE("O58 without room for the journal entry the refresh token is not spent") {
  World world;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  world.clock.advance(seconds{2000});
  std::filesystem::create_directories(world.state.authhost() / (session->key().digest + ".journal") / "in-the-way");
  CHECK(session->token({}, world.call()).status() == Status::store_failed);
  CHECK(world.script.asked == 1);
  CHECK((*world.store->get(session->key(), world.call()))->credentials.refresh_token.reveal() == "refresh-1");
}

TEST_CASE("invalid_grant deletes the refresh token that was refused and ends with 10 where nobody may be asked") {
  World world;
  world.script.capabilities = AUTHHOST_CAP_INTERACTIVE;
  const auto session = world.session();
  Call person = world.call();
  person.may_interact = true;
  REQUIRE(session->login(false, person).ok());
  world.clock.advance(seconds{2000});
  world.script.answer = [](const auto&, const auto&) -> Result<Credentials> {
    return Error{Status::invalid_grant, "the refresh token expired", "log in again"};
  };
  const auto refused = session->token({}, world.call());
  CHECK(refused.status() == Status::invalid_grant);
  CHECK(refused.error().message.find("the refresh token expired") != std::string::npos);
  CHECK_FALSE((*world.store->get(session->key(), world.call())).has_value());
  CHECK(session->token({}, world.call()).status() == Status::interaction_required);
  CHECK(world.script.asked == 2);
}

TEST_CASE("invalid_grant adopts a newer refresh token that somebody else has stored meanwhile") {
  World world;
  world.script.capabilities = AUTHHOST_CAP_INTERACTIVE;
  const auto session = world.session();
  Call person = world.call();
  person.may_interact = true;
  REQUIRE(session->login(false, person).ok());
  world.clock.advance(seconds{2000});
  world.script.answer = [&](const auto&, const auto&) -> Result<Credentials> {
    keyring::StoredItem newer;
    newer.credentials = make_credentials("from-elsewhere", world.clock, seconds{1000}, "refresh-elsewhere");
    newer.obtained_at = world.clock.wall();
    newer.fence = 9;
    CHECK(world.store->put(session->key(), newer, world.call()).ok());
    return Error{Status::invalid_grant, "already used", ""};
  };
  CHECK(token_of(session->token({}, world.call())) == "from-elsewhere");
  CHECK((*world.store->get(session->key(), world.call()))->credentials.refresh_token.reveal() == "refresh-elsewhere");
}

TEST_CASE("invalid_grant leads to a login where a person may be asked") {
  World world;
  world.script.capabilities = AUTHHOST_CAP_INTERACTIVE;
  const auto session = world.session();
  Call person = world.call();
  person.may_interact = true;
  REQUIRE(session->login(false, person).ok());
  world.clock.advance(seconds{2000});
  std::vector<Reason> reasons;
  world.script.answer = [&](const auto& request, const auto&) -> Result<Credentials> {
    reasons.push_back(request.reason);
    if (request.reason != Reason::login) return Error{Status::invalid_grant, "gone", ""};
    return make_credentials("new-login", world.clock, seconds{1000});
  };
  CHECK(token_of(session->token({}, person)) == "new-login");
  CHECK(reasons == std::vector{Reason::expired, Reason::login});
}

TEST_CASE("a refresh token that got invalid_grant is never sent again, even if the store cannot be written") {
  World world;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  world.clock.advance(seconds{2000});
  world.store->fails = true;
  int sent = 0;
  world.script.answer = [&](const auto& request, const auto&) -> Result<Credentials> {
    if (request.reason != Reason::login && request.previous && !request.previous->refresh_token.empty()) ++sent;
    return Error{Status::invalid_grant, "gone", ""};
  };
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(session->token({}, world.call()).ok());
    world.clock.advance(seconds{120});
  }
  CHECK(sent == 1);
}

TEST_CASE("while the access token lives, a refused refresh token takes nothing else away") {
  World world;
  world.script.capabilities = AUTHHOST_CAP_INTERACTIVE;
  const auto session = world.session();
  Call person = world.call();
  person.may_interact = true;
  REQUIRE(session->login(false, person).ok());
  world.clock.advance(seconds{900});
  world.script.answer = [](const auto&, const auto&) -> Result<Credentials> {
    return Error{Status::invalid_grant, "gone", ""};
  };
  CHECK(token_of(session->token({}, world.call())) == "token-1");
  CHECK((*world.store->get(session->key(), world.call()))->credentials.refresh_token.empty());
}

TEST_CASE("after a refused refresh token, a login is a login, although the access token still lives") {
  World world;
  world.script.capabilities = AUTHHOST_CAP_INTERACTIVE;
  const auto session = world.session();
  Call person = world.call();
  person.may_interact = true;
  REQUIRE(session->login(false, person).ok());
  const auto good = world.script.answer;
  world.script.answer = [](const auto&, const auto&) -> Result<Credentials> {
    return Error{Status::invalid_grant, "gone", ""};
  };
  world.clock.advance(seconds{1});
  CHECK(session->token({.force = true}, world.call()).status() == Status::invalid_grant);
  world.script.answer = good;
  CHECK(token_of(world.session()->token({}, world.call())) == "token-1");
  CHECK(token_of(world.session()->login(false, person)) == "token-3");
}

TEST_CASE("a refresh token that got invalid_grant is forgotten even if the caller's time is over by then") {
  World world;
  REQUIRE(world.session()->token({}, world.call()).ok());
  world.clock.advance(seconds{2000});
  world.script.answer = [&](const auto&, const auto&) -> Result<Credentials> {
    world.clock.advance(seconds{120});
    return Error{Status::invalid_grant, "refused", ""};
  };
  world.script.capabilities = AUTHHOST_CAP_INTERACTIVE;
  world.store->obeys_deadlines = true;
  const auto session = world.session();
  CHECK(session->token({}, world.call()).status() == Status::invalid_grant);
  CHECK_FALSE((*world.store->get(session->key(), world.call())).has_value());
}

TEST_CASE("what could not be kept is not given up for an older item that another process has written to since") {
  World world;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  std::optional<keyring::StoredItem> old = *world.store->get(session->key(), world.call());
  world.clock.advance(seconds{2000});
  world.store->fails = true;
  REQUIRE(token_of(session->token({}, world.call())) == "token-2");
  world.store->fails = false;
  // A sibling has spent the old refresh token in vain meanwhile, and noted it.
  old->credentials.refresh_token.clear();
  old->grant_refused = true;
  ++old->fence;
  REQUIRE(world.store->put(session->key(), *old, world.call()).ok());
  world.clock.advance(seconds{2000});
  world.script.answer = [&](const auto& request, const auto&) -> Result<Credentials> {
    CHECK(request.previous->refresh_token.reveal() == "refresh-2");
    return make_credentials("token-c", world.clock, seconds{1000});
  };
  CHECK(token_of(session->token({}, world.call())) == "token-c");
}

TEST_CASE("a login that is due is not passed off as done with the token that still lives") {
  World world;
  world.script.capabilities = AUTHHOST_CAP_INTERACTIVE;
  Call person = world.call();
  person.may_interact = true;
  REQUIRE(world.session()->login(false, person).ok());
  world.clock.advance(seconds{100});
  world.script.answer = [&](const auto& request, const auto&) -> Result<Credentials> {
    if (request.reason != Reason::login) return Error{Status::invalid_grant, "refused", ""};
    return Error{Status::denied, "the person said no", ""};
  };
  CHECK(world.session()->token({.force = true}, world.call()).status() == Status::invalid_grant);
  CHECK(world.session()->login(false, person).status() == Status::denied);
}

TEST_CASE("O58 a plugin that cannot even be asked was sent no refresh token") {
  World world;
  REQUIRE(world.session()->token({}, world.call()).ok());
  world.clock.advance(seconds{2000});
  world.script.not_prepared = Error{Status::plugin, "it does not say what it is", ""};
  CHECK(world.session()->token({}, world.call()).status() == Status::plugin);
  CHECK(world.state.files(".journal").empty());
}

TEST_CASE("O58 a refresh that got no answer is told apart when its refresh token is refused later") {
  World world;
  world.script.capabilities = AUTHHOST_CAP_INTERACTIVE;
  REQUIRE(world.session()->token({}, [&] { auto call = world.call(); call.may_interact = true; return call; }()).ok());
  world.clock.advance(seconds{2000});
  world.script.answer = [&](const auto&, const auto&) -> Result<Credentials> {
    return Error{Status::unavailable, "the connection was cut", ""};
  };
  CHECK(world.session()->token({}, world.call()).status() == Status::unavailable);
  CHECK(world.state.files(".journal").size() == 1);
  world.script.answer = [&](const auto&, const auto&) -> Result<Credentials> {
    return Error{Status::invalid_grant, "unknown token", ""};
  };
  world.clock.advance(seconds{100});
  const auto refused = world.session()->token({}, world.call());
  CHECK(refused.status() == Status::invalid_grant);
  CHECK(token_of(refused).find("interrupted after it had sent") != std::string::npos);
}

TEST_CASE("a refresh token goes to no other server than those that were known when it came") {
  World world;
  world.script.capabilities = AUTHHOST_CAP_INTERACTIVE;
  world.profile.issuer = "https://idp.example";
  world.profile.client.token_endpoint = "https://idp.example/token";
  Call person = world.call();
  person.may_interact = true;
  REQUIRE(world.session()->token({}, person).ok());
  world.clock.advance(seconds{2000});
  world.profile.client.token_endpoint = "https://idp.example/v2/token";  // the same server
  CHECK(token_of(world.session()->token({}, world.call())) == "token-2");
  CHECK(world.script.asked == 2);
  world.clock.advance(seconds{2000});
  world.profile.client.token_endpoint = "https://evil.example/token";
  const auto moved = world.session()->token({}, world.call());
  CHECK(moved.status() == Status::interaction_required);
  CHECK(token_of(moved).find("https://evil.example asks for its refresh token") != std::string::npos);
  world.profile.client.revocation_endpoint = "https://evil.example/revoke";
  bool told = false;
  world.script.revoke = [&](const auto&) -> Result<void> {
    told = true;
    return {};
  };
  const auto out = world.session()->logout(world.call());
  REQUIRE(out.ok());
  CHECK_FALSE(told);
  CHECK(out->revoke_failure);
  CHECK(world.script.asked == 2);
}

TEST_CASE("a refresh that was sent is waited for and kept although its caller has gone") {
  World world;
  REQUIRE(world.session()->token({}, world.call()).ok());
  world.clock.advance(seconds{2000});
  const auto cancellation = std::make_shared<Cancellation>();
  world.script.answer = [&](const auto&, const Call& call) -> Result<Credentials> {
    cancellation->cancel();
    AUTHHOST_CHECK(call.check());
    return make_credentials("token-b", world.clock, seconds{1000}, "refresh-b");
  };
  Call call = world.call();
  call.cancellation = cancellation;
  const auto session = world.session();
  CHECK(session->token({}, call).status() == Status::cancelled);
  CHECK((*world.store->get(session->key(), world.call()))->credentials.refresh_token.reveal() == "refresh-b");
  CHECK(token_of(session->token({}, world.call())) == "token-b");
}
