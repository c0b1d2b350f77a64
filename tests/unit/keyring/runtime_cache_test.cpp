#include "core/keyring/runtime_cache_places.hpp"

#include "scratch.hpp"

#include <keyutils.h>

#include <iostream>

using namespace authhost;
using namespace authhost::keyring;

namespace {

constexpr std::int64_t kNow = 1'800'000'000'000;

CachedToken token(const std::string& suffix = "1") {
  CachedToken made;
  made.access_token = Secret("cached-token-" + suffix);
  made.token_type = "Bearer";
  made.header_key = "authorization";
  made.id = "abc";
  made.scopes = {"openid", "offline_access"};
  made.refresh_at_ms = kNow + 40'000;
  made.expires_at_ms = kNow + 60'000;
  return made;
}

struct Fixture {
  Scratch scratch;
  CachePlaces places;
  explicit Fixture(bool kernel) {
    REQUIRE(made());
    places.state_folder = scratch / "state";
    places.file_folder = scratch / "run/authhost";
    places.kernel = kernel;
    places.now_ms = kNow;
  }
  ~Fixture() { cache_drop(test_key(), places); }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  [[nodiscard]] bool made() const {
    return ::mkdir((scratch / "state").c_str(), 0700) == 0 && ::mkdir((scratch / "run").c_str(), 0700) == 0;
  }
  void put(const CachedToken& value) const { cache_put(test_key(), value, places); }
  [[nodiscard]] std::string got() const {
    const auto found = cache_get(test_key(), places);
    return found ? std::string(found->access_token.reveal()) : "none";
  }
  [[nodiscard]] std::string file() const {
    return *places.file_folder + "/" + slurp(scratch / "state/cache-id") + "-" + test_key().digest + ".token";
  }
  [[nodiscard]] bool in_kernel() const {
    const std::string name = "authhost:" + slurp(scratch / "state/cache-id") + ":" + test_key().digest;
    return ::keyctl_search(KEY_SPEC_USER_KEYRING, "user", name.c_str(), 0) >= 0;
  }
};

// Whether this kernel, here, gives keys to programs; where it does not (some containers) the file is the only place.
bool kernel_has_keys() {
  const auto serial = ::add_key("user", "authhost-test", "x", 1, KEY_SPEC_THREAD_KEYRING);
  return serial >= 0 && ::keyctl_unlink(serial, KEY_SPEC_THREAD_KEYRING) == 0;
}

}  // namespace

TEST_CASE("a cached token is found again with all that belongs to it, until it expires or is dropped") {
  for (const bool kernel : {true, false}) {
    Fixture f(kernel);
    CHECK(f.got() == "none");
    f.put(token("1"));
    f.put(token("2"));
    const auto found = cache_get(test_key(), f.places);
    REQUIRE(found);
    CHECK(found->access_token.reveal() == "cached-token-2");
    CHECK(found->token_type == "Bearer");
    CHECK(found->header_key == "authorization");
    CHECK(found->id == "abc");
    CHECK(found->scopes == std::vector<std::string>{"openid", "offline_access"});
    CHECK(found->refresh_at_ms == kNow + 40'000);
    CHECK(found->expires_at_ms == kNow + 60'000);
    CHECK(!cache_get(test_key("1"), f.places));
    f.places.now_ms = kNow + 60'000;
    CHECK(f.got() == "none");
    f.places.now_ms = kNow;
    cache_drop(test_key(), f.places);
    CHECK(f.got() == "none");
  }
}

TEST_CASE("a token lies in the kernel and in no file: where the kernel refuses, in one private file") {
  {
    Fixture f(false);
    const Umask umask(0);
    f.put(token());
    CHECK(mode_of(f.file()) == 0600);
    CHECK(mode_of(*f.places.file_folder) == 0700);
    CHECK(mode_of(f.scratch / "state/cache-id") == 0600);
    CHECK(!f.in_kernel());
  }
  Fixture f(true);
  f.put(token());
  CHECK(f.in_kernel() == kernel_has_keys());
  CHECK(std::filesystem::exists(f.file()) == !kernel_has_keys());
}

TEST_CASE("the kernel's copy takes the place of a file's, and dropping removes both") {
  Fixture f(false);
  f.put(token("file"));
  f.places.kernel = true;
  CHECK(f.got() == "cached-token-file");
  f.put(token("new"));
  CHECK(f.got() == "cached-token-new");
  CHECK(std::filesystem::exists(f.file()) == !kernel_has_keys());
  cache_drop(test_key(), f.places);
  CHECK(!f.in_kernel());
  CHECK(!std::filesystem::exists(f.file()));
}

TEST_CASE("another process of ours finds the token, with or without the session's keyring") {
  Fixture f(true);
  const int status = reap(spawn([&] {
    ::keyctl_join_session_keyring(nullptr);  // an empty one, that does not lead to the user keyring
    cache_put(test_key(), token(), f.places);
    return 0;
  }));
  CHECK(status == 0);
  CHECK(f.got() == "cached-token-1");
  CHECK(reap(spawn([&] {
          ::keyctl_join_session_keyring(nullptr);
          return f.got() == "cached-token-1" ? 0 : 1;
        })) == 0);
}

TEST_CASE("another state folder never sees the entry") {
  for (const bool kernel : {true, false}) {
    Fixture f(kernel);
    f.put(token());
    Fixture other(kernel);
    other.put(token("other"));
    auto places = f.places;
    places.state_folder = other.places.state_folder;
    CHECK(cache_get(test_key(), places)->access_token.reveal() != "cached-token-1");
    std::filesystem::remove(f.scratch / "state/cache-id");
    CHECK(f.got() == "none");
  }
}

TEST_CASE("looking for a token creates nothing") {
  for (const bool kernel : {true, false}) {
    Fixture f(kernel);
    CHECK(f.got() == "none");
    cache_drop(test_key(), f.places);
    CHECK(entries(f.places.state_folder) == 0);
    CHECK(entries(f.scratch / "run") == 0);
  }
}

TEST_CASE("nothing is cached without a safe state folder, nor in a runtime folder that is missing or open to others") {
  for (const bool kernel : {true, false}) {
    Fixture f(kernel);
    ::chmod(f.places.state_folder.c_str(), 0777);
    f.put(token());
    CHECK(entries(f.places.state_folder) == 0);
    CHECK(entries(f.scratch / "run") == 0);
    ::chmod(f.places.state_folder.c_str(), 0700);
    f.put(token());
    CHECK(f.got() == "cached-token-1");
    ::chmod(f.places.state_folder.c_str(), 0777);
    CHECK(f.got() == "none");
    ::chmod(f.places.state_folder.c_str(), 0700);
    f.places.state_folder = f.scratch / "nowhere";
    f.put(token());
    CHECK(!std::filesystem::exists(f.scratch / "nowhere"));
    f.places.state_folder = f.scratch / "state";
  }
  Fixture f(false);
  ::chmod((f.scratch / "run").c_str(), 0777);
  f.put(token());
  CHECK(entries(f.scratch / "run") == 0);
  std::filesystem::remove(f.scratch / "run");
  f.put(token());
  CHECK(!std::filesystem::exists(f.scratch / "run"));
  f.places.file_folder.reset();
  f.put(token());
  CHECK(f.got() == "none");
}

TEST_CASE("O35 what could not go into a header is neither cached nor believed") {
  for (const bool kernel : {true, false}) {
    Fixture f(kernel);
    for (const char* bad : {"", "a b", "a\r\nx: y", "t\xc3\xa9", "a\tb"}) {
      f.put(token());
      auto odd = token();
      odd.access_token = Secret(std::string_view(bad));
      f.put(odd);
      CHECK(f.got() == "none");
      odd = token();
      odd.scopes = {bad};
      f.put(odd);
      CHECK(f.got() == "none");
    }
    auto large = token();
    large.access_token = Secret(std::string(40'000, 'x'));
    f.put(large);
    CHECK(f.got() == "none");
    auto expired = token();
    expired.expires_at_ms = kNow;
    f.put(token());
    f.put(expired);
    f.places.now_ms = 0;
    CHECK(f.got() == "none");
  }
}

TEST_CASE("a damaged or widened cache file is no cache") {
  Fixture f(false);
  f.put(token());
  const auto good = slurp(f.file());
  for (std::size_t size = 0; size + 14 < good.size(); ++size) {  // the token itself, last, carries no checksum
    spill(f.file(), good.substr(0, size));
    CHECK(f.got() == "none");
  }
  spill(f.file(), good + "\n");
  CHECK(f.got() == "none");
  spill(f.file(), good, 0644);
  CHECK(f.got() == "none");
  spill(f.file(), good);
  CHECK(f.got() == "cached-token-1");
  spill(f.scratch / "state/cache-id", "../../../../../../../../etc/passw");
  CHECK(f.got() == "none");
}

TEST_CASE("the cached path: how long a look takes") {
  for (const bool kernel : {true, false}) {
    Fixture f(kernel);
    f.put(token());
    constexpr int kRounds = 2000;
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < kRounds; ++i) CHECK_FALSE(!cache_get(test_key(), f.places));
    const auto took = std::chrono::steady_clock::now() - begin;
    std::cout << "runtime cache, " << (kernel ? "kernel keyring: " : "file: ")
              << std::chrono::duration_cast<std::chrono::microseconds>(took).count() / kRounds << " us a look\n";
  }
}
