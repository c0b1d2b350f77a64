// Sessions on the encrypted file, as they have it and through the table of a credential store: the same story both ways.
#include "fakes.hpp"

#include "core/keyring/table_store.hpp"

#include <catch2/catch.hpp>

using namespace authhost;
using namespace authhost::test;
using std::chrono::seconds;

namespace {

// Each session opens the store for itself, as a process does.
struct FileWorld : World {
  explicit FileWorld(bool by_table) {
    profile.storage = config::Storage::file;
    open_store = [this, by_table]() -> std::shared_ptr<keyring::Store> {
      if (!by_table) return keyring::make_file_store(state.authhost());
      return *keyring::make_table_store(keyring::file_table(), state.authhost(), {});
    };
  }
  [[nodiscard]] std::string kept() {
    const auto found = open_store()->get(session()->key(), call());
    if (!found) return "error: " + found.error().message;
    return *found ? std::string((*found)->credentials.refresh_token.reveal()) : "none";
  }
};

}  // namespace

TEST_CASE("20 sessions that share an encrypted file make one request, as 20 processes would") {
  FileWorld world(GENERATE(false, true));
  CHECK(good_of_20_sessions(world) == 20);
  CHECK(world.script.asked == 1);
}

TEST_CASE("what one session keeps in an encrypted file the next one finds, and refreshes when it is due") {
  FileWorld world(GENERATE(false, true));
  CHECK(token_of(world.session()->token({}, world.call())) == "token-1");
  CHECK(token_of(world.session()->token({}, world.call())) == "token-1");
  CHECK(world.script.asked == 1);
  world.clock.advance(seconds{2000});
  const auto session = world.session();
  CHECK(token_of(session->token({}, world.call())) == "token-2");
  CHECK(world.kept() == "refresh-2");
  CHECK(session->store_name() == "file");
  CHECK(world.state.files(".cred").size() == 1);
  CHECK(world.state.files(".journal").empty());
}

TEST_CASE("a refresh token that was refused is forgotten in the encrypted file, and never sent again") {
  FileWorld world(GENERATE(false, true));
  REQUIRE(world.session()->token({}, world.call()).ok());
  world.script.capabilities = AUTHHOST_CAP_INTERACTIVE;
  world.script.answer = [&](const auto&, const auto&) -> Result<Credentials> { return Error{Status::invalid_grant, "token revoked", ""}; };
  world.clock.advance(seconds{2000});
  CHECK(world.session()->token({}, world.call()).status() == Status::invalid_grant);
  CHECK(world.kept() == "none");
  CHECK(world.session()->token({}, world.call()).status() == Status::interaction_required);
  CHECK(world.script.asked == 2);
}

TEST_CASE("a logout removes the encrypted file, a damaged one too") {
  FileWorld world(GENERATE(false, true));
  REQUIRE(world.session()->token({}, world.call()).ok());
  REQUIRE(world.session()->logout(world.call()).ok());
  CHECK(world.state.files(".cred").empty());
  REQUIRE(world.session()->token({}, world.call()).ok());
  const auto files = world.state.files(".cred");
  REQUIRE(files.size() == 1);
  std::filesystem::resize_file(files[0], 40);
  CHECK(world.session()->token({}, world.call()).status() == Status::store_failed);
  REQUIRE(world.session()->logout(world.call()).ok());
  CHECK(world.state.files(".cred").empty());
  CHECK(token_of(world.session()->token({}, world.call())) == "token-3");
}

TEST_CASE("what a refresh gets while somebody logs out is not kept in the encrypted file") {
  FileWorld world(GENERATE(false, true));
  const auto session = world.session();
  REQUIRE(session->token({}, world.call()).ok());
  world.clock.advance(seconds{2000});
  world.script.answer = [&](const auto&, const auto&) -> Result<Credentials> {
    CHECK(world.open_store()->drop(session->key(), world.call()).ok());  // a logout in another process
    return make_credentials("token-b", world.clock, seconds{1000}, "refresh-b");
  };
  CHECK(session->token({}, world.call()).status() == Status::interaction_required);
  CHECK(world.kept() == "none");
}

TEST_CASE("a login is not begun where the encrypted file could not be written") {
  FileWorld world(GENERATE(false, true));
  world.script.capabilities = AUTHHOST_CAP_INTERACTIVE;
  REQUIRE(world.session()->login(false, [&] {
    Call call = world.call();
    call.may_interact = true;
    return call;
  }()).ok());
  std::filesystem::resize_file(world.state.authhost() / "store.key", 5);
  REQUIRE(std::filesystem::remove(world.state.files(".cred").at(0)));
  Call call = world.call();
  call.may_interact = true;
  CHECK(world.session()->login(true, call).status() == Status::store_failed);
  CHECK(world.script.asked == 1);
}
