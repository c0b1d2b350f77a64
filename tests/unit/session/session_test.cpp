// How callers get a token. Nothing here is real but the session, its lock files and its journal.
#include "fakes.hpp"

#include "core/keyring/safe_file.hpp"

#include <catch2/catch.hpp>

#include <thread>

using namespace authhost;
using namespace authhost::test;
using std::chrono::seconds;

TEST_CASE("200 threads without credentials make one login and get the same token") {
  World world;
  const auto session = world.session();
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  Gate gate;
  for (int i = 0; i < 200; ++i) {
    threads.emplace_back([&] {
      gate.wait();
      if (token_of(session->token({}, world.call())) == "token-1") ++good;
    });
  }
  gate.open();
  for (auto& thread : threads) thread.join();
  CHECK(good == 200);
  CHECK(world.script.asked == 1);
}

TEST_CASE("20 sessions that share a store make one request, as 20 processes would") {
  World world;
  CHECK(good_of_20_sessions(world) == 20);
  CHECK(world.script.asked == 1);
}

TEST_CASE("a failing refresh wakes every waiter with the cause") {
  World world;
  const auto session = world.session();
  Gate gate;
  std::atomic<int> waiting{0};
  world.script.answer = [&](const auto&, const auto&) -> Result<Credentials> {
    gate.wait();
    return Error{Status::unavailable, "connection refused", "is the server up?"};
  };
  std::vector<std::thread> threads;
  std::atomic<int> told{0};
  for (int i = 0; i < 50; ++i) {
    threads.emplace_back([&] {
      ++waiting;
      const auto report = session->token({}, world.call());
      if (!report && report.error().message.find("connection refused") != std::string::npos) ++told;
    });
  }
  while (waiting < 50) std::this_thread::yield();
  gate.open();
  for (auto& thread : threads) thread.join();
  CHECK(told == 50);
  CHECK(world.script.asked == 1);
}

TEST_CASE("a sibling that waited for the lock while the refresh failed shares the cause without a request of its own") {
  World world;
  const auto first = world.session();
  const auto second = world.session();
  std::thread sibling;
  Status told = Status::ok;
  world.script.answer = [&](const auto&, const auto&) -> Result<Credentials> {
    if (!sibling.joinable()) {
      std::atomic<bool> started{false};
      sibling = std::thread([&] {
        started = true;
        told = second->token({}, world.call()).status();
      });
      while (!started) std::this_thread::yield();
      // The sibling's time is taken before this one's failure is written: the clock only stands still.
    }
    return Error{Status::unavailable, "connection refused", ""};
  };
  CHECK(first->token({}, world.call()).status() == Status::unavailable);
  sibling.join();
  CHECK(told == Status::unavailable);
  CHECK(world.script.asked <= 2);
}

TEST_CASE("a leader that is cancelled hands over: the others still get their token") {
  World world;
  const auto session = world.session();
  Gate leading;
  const auto cancellation = std::make_shared<Cancellation>();
  world.script.answer = [&](const auto&, const Call& call) -> Result<Credentials> {
    if (world.script.asked == 1) {
      leading.open();
      AUTHHOST_CHECK(call.wait_fd(-1, 0, Milliseconds::max()));
    }
    return make_credentials("token-2", world.clock, seconds{1000});
  };
  Status leaders = Status::ok;
  std::string others;
  std::thread leader([&] {
    Call call = world.call();
    call.cancellation = cancellation;
    leaders = session->token({}, call).status();
  });
  leading.wait();
  std::thread other([&] { others = token_of(session->token({}, world.call())); });
  cancellation->cancel();
  leader.join();
  other.join();
  CHECK(leaders == Status::cancelled);
  CHECK(others == "token-2");
}

TEST_CASE("a valid token is given out without asking anybody") {
  World world;
  const auto session = world.session();
  CHECK(token_of(session->token({}, world.call())) == "token-1");
  CHECK(token_of(session->token({}, world.call())) == "token-1");
  CHECK(token_of(world.session()->token({}, world.call())) == "token-1");
  CHECK(world.script.asked == 1);
}

TEST_CASE("past 80 % of its life a token is refreshed ahead, and the old one serves on when that fails") {
  World world;
  const auto session = world.session();
  CHECK(token_of(session->token({}, world.call())) == "token-1");
  world.clock.advance(seconds{700});
  CHECK(token_of(session->token({}, world.call())) == "token-1");
  CHECK(world.script.asked == 1);
  world.clock.advance(seconds{200});
  const auto good = world.script.answer;
  world.script.answer = [](const auto&, const auto&) -> Result<Credentials> {
    return Error{Status::unavailable, "connection refused", ""};
  };
  const auto report = session->token({}, world.call());
  CHECK(token_of(report) == "token-1");
  REQUIRE(report->warnings.size() == 1);
  CHECK(report->warnings[0].find("connection refused") != std::string::npos);
  world.clock.advance(seconds{60});
  world.script.answer = good;
  CHECK(token_of(session->token({}, world.call())) == "token-3");
}

TEST_CASE("a transient failure deletes nothing") {
  World world;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  world.clock.advance(seconds{2000});
  for (const Status status : {Status::unavailable, Status::deadline, Status::protocol}) {
    world.clock.advance(seconds{1});  // each comes after the other's failure, so each asks for itself
    world.script.answer = [status](const auto&, const auto&) -> Result<Credentials> { return Error{status, "no", ""}; };
    CHECK(world.session()->token({}, world.call()).status() == status);
    const auto item = world.store->get(session->key(), world.call());
    REQUIRE((item && *item));
    CHECK((*item)->credentials.refresh_token.reveal() == "refresh-1");
  }
}

TEST_CASE("O59 a rejection of a token that is no longer current asks nobody") {
  World world;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  const std::string first = session->auth_metadata().creds_id;
  REQUIRE(session->reject(first, world.call()).ok());
  CHECK(world.script.asked == 2);
  CHECK(session->auth_metadata().value == "Bearer token-2");
  REQUIRE(session->reject(first, world.call()).ok());
  CHECK(world.script.asked == 2);
}

TEST_CASE("O59 a hundred rejections of the same token make one request") {
  World world;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  const std::string first = session->auth_metadata().creds_id;
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 100; ++i) threads.emplace_back([&] { good += session->reject(first, world.call()).ok() ? 1 : 0; });
  for (auto& thread : threads) thread.join();
  CHECK(good == 100);
  CHECK(world.script.asked == 2);
}

TEST_CASE("a rejected token that comes back the same is an error, not a loop") {
  World world;
  world.script.answer = [&](const auto&, const auto&) -> Result<Credentials> {
    return make_credentials("always-the-same", world.clock, seconds{1000});
  };
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  CHECK(session->reject(session->auth_metadata().creds_id, world.call()).status() == Status::denied);
  CHECK(world.script.asked == 2);
}

TEST_CASE("callers are kept off a server that failed, and come back after the back-off") {
  World world;
  const auto session = world.session();
  world.script.answer = [](const auto&, const auto&) -> Result<Credentials> {
    return Error{Status::unavailable, "503", ""};
  };
  for (int i = 0; i < 5; ++i) CHECK(session->token({}, world.call()).status() == Status::unavailable);
  CHECK(world.script.asked == 1);
  world.clock.advance(seconds{1});
  CHECK(session->token({}, world.call()).status() == Status::unavailable);
  CHECK(world.script.asked == 2);
}

TEST_CASE("O69 Retry-After is obeyed where it is longer than the back-off") {
  World world;
  const auto session = world.session();
  world.script.answer = [](const auto&, const auto&) -> Result<Credentials> {
    return Error{Status::unavailable, "503", "", 45'000};
  };
  CHECK_FALSE(session->token({}, world.call()).ok());
  world.clock.advance(seconds{44});
  CHECK_FALSE(session->token({}, world.call()).ok());
  CHECK(world.script.asked == 1);
  world.clock.advance(seconds{2});
  CHECK_FALSE(session->token({}, world.call()).ok());
  CHECK(world.script.asked == 2);
}

TEST_CASE("a login that cannot be kept is still used, and says where it could not be kept") {
  World world;
  world.store->fails = true;
  const auto session = world.session();
  const auto report = session->token({}, world.call());
  CHECK(token_of(report) == "token-1");
  REQUIRE(report->store_failure);
  CHECK(report->store_failure->message == "the disk is full");
  CHECK(token_of(session->token({}, world.call())) == "token-1");
  world.store->fails = false;
  world.clock.advance(seconds{2000});
  world.script.answer = [&](const auto& request, const auto&) -> Result<Credentials> {
    CHECK(request.previous->refresh_token.reveal() == "refresh-1");
    return make_credentials("token-b", world.clock, seconds{1000}, "refresh-b");
  };
  CHECK(token_of(session->token({}, world.call())) == "token-b");
  CHECK((*world.store->get(session->key(), world.call()))->credentials.refresh_token.reveal() == "refresh-b");
}

TEST_CASE("a named store that cannot be written is found out before anybody is asked to log in") {
  World world;
  world.script.capabilities = AUTHHOST_CAP_INTERACTIVE;
  world.profile.storage = config::Storage::file;
  world.store->fails = true;
  Call person = world.call();
  person.may_interact = true;
  CHECK(world.session()->login(false, person).status() == Status::store_failed);
  CHECK(world.script.asked == 0);
}

TEST_CASE("a minimum life asks for a longer-lived token only if the one at hand is too short") {
  World world;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  world.clock.advance(seconds{500});
  CHECK(token_of(session->token({.min_ttl = seconds{400}}, world.call())) == "token-1");
  CHECK(token_of(session->token({.min_ttl = seconds{600}}, world.call())) == "token-2");
  // Longer than the server ever gives: the newest there is.
  world.clock.advance(seconds{1});
  CHECK(token_of(session->token({.min_ttl = seconds{5000}}, world.call())) == "token-3");
}

TEST_CASE("a forced refresh always asks the server") {
  World world;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  for (int i = 2; i < 5; ++i) {
    world.clock.advance(seconds{1});
    CHECK(token_of(session->token({.force = true}, world.call())) == "token-" + std::to_string(i));
  }
}

TEST_CASE("a forced login does not refresh") {
  World world;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  world.clock.advance(seconds{1});
  world.script.answer = [&](const auto& request, const auto&) -> Result<Credentials> {
    CHECK(request.reason == Reason::login);
    return make_credentials("second", world.clock, seconds{1000});
  };
  CHECK(token_of(session->login(true, world.call())) == "second");
  // A new login may be another person's: nothing of the old one survives.
  CHECK((*world.store->get(session->key(), world.call()))->credentials.refresh_token.empty());
}

TEST_CASE("O70 a clock that was set back an hour does not make a token live longer") {
  World world;
  REQUIRE(world.session()->token({}, world.call()).ok());
  world.clock.move(-seconds{3600}, Milliseconds{0});
  CHECK(token_of(world.session()->token({}, world.call())) == "token-2");
}

TEST_CASE("O70 within a process the wall clock may jump: lifetimes run on the monotonic clock") {
  World world;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  world.clock.move(seconds{3600}, Milliseconds{0});
  CHECK(token_of(session->token({}, world.call())) == "token-1");
}

TEST_CASE("an interactive flow without credentials ends with 4 and asks nobody, neither person nor server") {
  World world;
  world.script.capabilities = AUTHHOST_CAP_INTERACTIVE;
  const auto refused = world.session()->token({}, world.call());
  CHECK(refused.status() == Status::interaction_required);
  CHECK(refused.error().hint.find("login") != std::string::npos);
  CHECK(world.script.asked == 0);
}

TEST_CASE("the authenticator is never called twice at once") {
  World world;
  const auto session = world.session();
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 20; ++round) {
        if (i % 4 == 0) (void)session->logout(world.call()).ok();
        else (void)session->token({.force = i % 4 == 1}, world.call()).ok();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(world.script.most_at_once == 1);
}

TEST_CASE("status reads only") {
  World world;
  CHECK(world.session()->peek(world.call())->kind == SessionState::Kind::none);
  REQUIRE(world.session()->token({}, world.call()).ok());
  CHECK(world.session()->peek(world.call())->kind == SessionState::Kind::valid);
  world.clock.advance(seconds{2000});
  CHECK(world.session()->peek(world.call())->kind == SessionState::Kind::refreshable);
  CHECK(world.script.asked == 1);
}

TEST_CASE("what a plugin stores during the first login is there at the next refresh") {
  World world;
  const auto session = world.session();
  world.script.answer = [&](const auto& request, const auto&) -> Result<Credentials> {
    request.extras->insert_or_assign("dpop", Secret("key"));
    return make_credentials("token-a", world.clock, seconds{1000}, "refresh-a");
  };
  REQUIRE(session->token({}, world.call()).ok());
  world.clock.advance(seconds{2000});
  world.script.answer = [&](const auto& request, const auto&) -> Result<Credentials> {
    REQUIRE(request.extras->count("dpop") == 1);
    CHECK(request.extras->at("dpop").reveal() == "key");
    return make_credentials("token-b", world.clock, seconds{1000});
  };
  CHECK(token_of(session->token({}, world.call())) == "token-b");
}

TEST_CASE("a token that lives is used while the store cannot be read") {
  World world;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  world.clock.advance(seconds{900});
  world.store->unreadable = true;
  const auto report = session->token({}, world.call());
  CHECK(token_of(report) == "token-1");
  REQUIRE(report.ok());
  CHECK_FALSE(report->warnings.empty());
}

TEST_CASE("a token that lives is used while another process holds the lock for long") {
  World world;
  world.profile.storage = config::Storage::file;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  world.clock.advance(seconds{900});
  auto folder = keyring::PrivateFolder::open(world.state.authhost().string(), true);
  REQUIRE(folder.ok());
  const auto held = keyring::KeyLock::acquire(**folder, session->key().digest + ".lock", {});
  REQUIRE(held.ok());
  std::atomic<bool> done{false};
  std::thread time([&] {  // it passes quickly here
    while (!done) {
      world.clock.advance(Milliseconds{1});
      std::this_thread::yield();
    }
  });
  const auto report = session->token({}, world.call());
  done = true;
  time.join();
  CHECK(token_of(report) == "token-1");
  CHECK(world.script.asked == 1);
}

TEST_CASE("a caller that cancels gets its cancellation, not the old token") {
  World world;
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  world.clock.advance(seconds{900});
  world.script.answer = [&](const auto&, const auto&) -> Result<Credentials> { return Error{Status::cancelled, "cancelled", ""}; };
  CHECK(session->token({}, world.call()).status() == Status::cancelled);
}

TEST_CASE("a token that comes expired is an error that all share, and its refresh token is kept") {
  World world;
  const auto session = world.session();
  world.script.answer = [&](const auto&, const auto&) -> Result<Credentials> {
    return make_credentials("token-x", world.clock, seconds{-5}, "refresh-x");
  };
  CHECK(session->token({}, world.call()).status() == Status::protocol);
  CHECK(session->token({}, world.call()).status() == Status::protocol);
  CHECK(world.script.asked == 1);
  CHECK((*world.store->get(session->key(), world.call()))->credentials.refresh_token.reveal() == "refresh-x");
}

TEST_CASE("a token that ends sooner than was asked for is given out with a warning") {
  World world;
  const auto report = world.session()->token({.min_ttl = std::chrono::hours{10}}, world.call());
  REQUIRE(report.ok());
  REQUIRE(report->warnings.size() == 1);
  CHECK(report->warnings[0].find("sooner than was asked for") != std::string::npos);
}

TEST_CASE("a login without a refresh token is said to be one where a new token needs a person") {
  World world;
  world.script.capabilities = AUTHHOST_CAP_INTERACTIVE;
  world.script.answer = [&](const auto&, const auto&) -> Result<Credentials> {
    return make_credentials("token-a", world.clock, seconds{1000});
  };
  Call person = world.call();
  person.may_interact = true;
  REQUIRE(world.session()->token({}, person).ok());
  world.clock.advance(seconds{10});
  const auto forced = world.session()->token({.force = true}, world.call());
  CHECK(forced.status() == Status::interaction_required);
  CHECK(token_of(forced).find("came without a refresh token") != std::string::npos);
}
