// The draft of credential stores: versions, leases and fences, with the encrypted file and with a store in C, and what the host
// makes of a store that misbehaves.
#include "core/keyring/safe_file.hpp"
#include "core/keyring/store_caller.hpp"
#include "core/keyring/table_store.hpp"

#include "scratch.hpp"

#include <sys/file.h>

#include <atomic>
#include <thread>
#include <vector>

using namespace authhost;
using namespace authhost::keyring;
using std::chrono::seconds;

namespace {

class SetClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override { return {}; }
  [[nodiscard]] Monotonic monotonic() const override { return now; }
  Result<void> sleep(Milliseconds, const Call&) const override { return {}; }
  Monotonic now{std::chrono::hours{1}};
};

// Two instances of one store, as two programs would have them.
struct Pair {
  explicit Pair(bool file) : table(file ? file_table() : authhost_credential_store_draft) {
    call.clock = &clock;
    one = make();
    other = make();
    key = test_key(std::to_string(++keys)).digest.substr(1);  // the shelf is one for the whole program
  }
  [[nodiscard]] std::unique_ptr<StoreCaller> make() const {
    auto made = StoreCaller::open(table, scratch / "state", call);
    REQUIRE(made.ok());
    return *std::move(made);
  }
  static inline int keys = 0;
  const authhost_credential_store& table;
  Scratch scratch;
  SetClock clock;
  Call call;
  std::string key;
  std::unique_ptr<StoreCaller> one;
  std::unique_ptr<StoreCaller> other;
};

std::string bytes_of(StoreCaller& store, const Pair& pair) {
  const auto found = store.get(pair.key, pair.call);
  REQUIRE(found.ok());
  return *found ? std::string((*found)->bytes.reveal()) : "none";
}

std::uint64_t fence_of(const Result<draft::Lease>& lease) {
  INFO((lease ? "" : lease.error().message));
  REQUIRE(lease.ok());
  const auto* leased = std::get_if<draft::Leased>(&*lease);
  return leased != nullptr ? leased->fence : 0;
}

bool is_busy(const Result<draft::Lease>& lease) {
  REQUIRE(lease.ok());
  const auto* busy = std::get_if<draft::Busy>(&*lease);
  return busy != nullptr && busy->wait > Milliseconds{0};
}

std::unique_ptr<StoreCaller> shelf(const std::string& location) {
  auto made = StoreCaller::open(authhost_credential_store_draft, location, {});
  REQUIRE(made.ok());
  return *std::move(made);
}

}  // namespace

TEST_CASE("a store writes over the version that was read and over no other") {
  Pair pair(GENERATE(true, false));
  auto& [table, scratch, clock, call, key, one, other] = pair;
  const auto first = one->put_if(key, "", "a", 0, call);
  REQUIRE(first.ok());
  REQUIRE(first->has_value());
  CHECK_FALSE(other->put_if(key, "", "b", 0, call)->has_value());  // there is something by now
  const auto second = other->put_if(key, **first, "b", 0, call);
  REQUIRE(second->has_value());
  CHECK(**second != **first);
  CHECK((*one->get(key, call))->version == **second);
  CHECK_FALSE(one->put_if(key, **first, "c", 0, call)->has_value());
  CHECK_FALSE(*one->drop_if(key, **first, 0, call));
  CHECK(bytes_of(*one, pair) == "b");
  CHECK(one->put_if(key, std::nullopt, "d", 0, call)->has_value());  // whatever is there
  CHECK_FALSE(*other->drop_if(key, **second, 0, call));
  CHECK(*other->drop_if(key, std::nullopt, 0, call));
  CHECK(bytes_of(*one, pair) == "none");
  CHECK(*other->drop_if(key, std::nullopt, 0, call));
  CHECK_FALSE(*other->drop_if(key, **second, 0, call));
  CHECK_FALSE(other->put_if(key, **second, "e", 0, call)->has_value());
}

TEST_CASE("the same bytes written twice are two versions") {
  Pair pair(GENERATE(true, false));
  const auto first = pair.one->put_if(pair.key, "", "a", 0, pair.call);
  const auto second = pair.one->put_if(pair.key, **first, "a", 0, pair.call);
  CHECK(**first != **second);
}

TEST_CASE("of many who write over one version at once, one does") {
  Pair pair(true);
  const auto first = pair.one->put_if(pair.key, "", "start", 0, {});
  REQUIRE(first->has_value());
  std::atomic<int> done{0};
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const auto store = StoreCaller::open(pair.table, pair.scratch / "state", {});
      const auto written = (*store)->put_if(pair.key, **first, std::to_string(i), 0, {});
      if (!written) ++failed;
      else if (*written) ++done;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(done == 1);
  CHECK(failed == 0);
}

TEST_CASE("of many processes that count with compare and swap none is lost") {
  const Scratch scratch;
  const std::string folder = scratch / "state";
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    children.push_back(spawn([&] {
      const auto store = StoreCaller::open(file_table(), folder, {});
      if (!store) return 1;
      for (int n = 0; n < 5;) {
        const auto found = (*store)->get("count", {});
        if (!found) return 2;
        const int count = *found ? std::stoi(std::string((*found)->bytes.reveal())) : 0;
        const std::string version = *found ? (*found)->version : "";
        const auto written = (*store)->put_if("count", version, std::to_string(count + 1), 0, {});
        if (!written) return 3;
        if (*written) ++n;
      }
      return 0;
    }));
  }
  for (const pid_t child : children) CHECK(reap(child) == 0);
  const auto store = StoreCaller::open(file_table(), folder, {});
  CHECK((*(*store)->get("count", {}))->bytes.reveal() == "40");
}

TEST_CASE("one at a time has the lease, a returned one goes to the next, and each fence is greater than all before") {
  Pair pair(GENERATE(true, false));
  auto& [table, scratch, clock, call, key, one, other] = pair;
  std::uint64_t last = 0;
  for (int round = 0; round < 3; ++round) {
    for (auto* store : {one.get(), other.get()}) {
      auto& rival = store == one.get() ? *other : *one;
      const auto fence = fence_of(store->lease(key, seconds{10}, call));
      CHECK(fence > last);
      last = fence;
      CHECK(is_busy(rival.lease(key, seconds{10}, call)));
      CHECK(is_busy(store->lease(key, seconds{10}, call)));  // two threads of one program are two, too
      CHECK(rival.release(key, fence - 1, call).ok());       // somebody else's
      CHECK(is_busy(rival.lease(key, seconds{10}, call)));
      REQUIRE(store->release(key, fence, call).ok());
      CHECK(store->release(key, fence, call).ok());
    }
  }
}

TEST_CASE("a writer whose lease has ended loses, even where nobody has written since") {
  Pair pair(GENERATE(true, false));
  auto& [table, scratch, clock, call, key, one, other] = pair;
  const auto version = **one->put_if(key, "", "start", 0, call);
  const auto late = fence_of(one->lease(key, seconds{10}, call));
  REQUIRE(late != 0);
  REQUIRE(one->release(key, late, call).ok());
  const auto fence = fence_of(other->lease(key, seconds{10}, call));
  REQUIRE(fence > late);
  CHECK_FALSE(one->put_if(key, version, "late", late, call)->has_value());
  CHECK_FALSE(*one->drop_if(key, version, late, call));
  CHECK(other->put_if(key, version, "in time", fence, call)->has_value());
  CHECK(bytes_of(*one, pair) == "in time");
}

TEST_CASE("a lease that was not given back ends with its time") {
  Pair pair(GENERATE(true, false));
  auto& [table, scratch, clock, call, key, one, other] = pair;
  const auto late = fence_of(one->lease(key, seconds{10}, call));
  clock.now += seconds{9};
  CHECK(one->put_if(key, "", "in time", late, call)->has_value());
  clock.now += seconds{2};
  CHECK(one->put_if(key, std::nullopt, "late, and nobody minds", late, call)->has_value());  // its fence is the greatest still
  const auto next = fence_of(one->lease(key, seconds{10}, call));  // this program's own: the file store keeps other programs out longer
  CHECK(next > late);
  CHECK_FALSE(one->put_if(key, std::nullopt, "late", late, call)->has_value());
}

TEST_CASE("a lease on the file is the lock that sessions take, and leaves it empty") {
  Pair pair(true);
  const auto folder = PrivateFolder::open(pair.scratch / "state", true);
  {
    const auto session = KeyLock::acquire(**folder, pair.key + ".lock", {});
    REQUIRE(session.ok());
    CHECK(is_busy(pair.one->lease(pair.key, seconds{1}, pair.call)));
  }
  REQUIRE(fence_of(pair.one->lease(pair.key, seconds{1}, pair.call)) != 0);
  CHECK_FALSE(KeyLock::try_acquire(**folder, pair.key + ".lock")->has_value());
  pair.one.reset();
  CHECK(KeyLock::try_acquire(**folder, pair.key + ".lock")->has_value());
  CHECK(slurp(pair.scratch / ("state/" + pair.key + ".lock")).empty());
}

TEST_CASE("the fence of a lock grows even where the clock was set back") {
  const Scratch scratch;
  const auto folder = PrivateFolder::open(scratch / "f", true);
  const auto lock = KeyLock::acquire(**folder, "lock", {});
  const auto first = lock->fence();
  REQUIRE(first.ok());
  const timespec future[2] = {{5'000'000'000, 7}, {5'000'000'000, 7}};
  REQUIRE(::utimensat(AT_FDCWD, (scratch / "f/lock").c_str(), future, 0) == 0);
  CHECK(*lock->fence() > 5'000'000'000'000'000'007U);
  CHECK(*lock->fence() > 5'000'000'000'000'000'008U);
}

TEST_CASE("a key that could be a path is refused by the file") {
  Pair pair(true);
  for (const auto& key : {std::string(), std::string("../x"), std::string("a/b"), std::string("A"), std::string("."), std::string(129, 'a')}) {
    CHECK(pair.one->get(key, pair.call).status() == Status::usage);
    CHECK(pair.one->put_if(key, "", "x", 0, pair.call).status() == Status::usage);
  }
  CHECK(entries(pair.scratch.path()) == 0);
}

TEST_CASE("a store without leases says so, and that is another answer than busy") {
  const auto store = shelf("no-leases");
  const auto lease = store->lease("key", seconds{1}, {});
  REQUIRE(lease.ok());
  CHECK(std::holds_alternative<draft::NoLeases>(*lease));
}

TEST_CASE("a table of another draft, or with something missing, is refused with a sentence") {
  auto table = authhost_credential_store_draft;
  const auto refusal = [&table] {
    const auto made = StoreCaller::open(table, "", {});
    REQUIRE(made.status() == Status::plugin);
    return made.error().message;
  };
  table.draft = 2;
  CHECK(refusal() == "it was built for draft 2 of the credential store; this host speaks 1");
  table = authhost_credential_store_draft;
  table.size = offsetof(authhost_credential_store, release);
  CHECK_THAT(refusal(), Catch::Contains("too small"));
  table = authhost_credential_store_draft;
  table.lease = nullptr;
  CHECK_THAT(refusal(), Catch::Contains("lacks a function"));
  table = authhost_credential_store_draft;
  table.size = offsetof(authhost_credential_store, probe);  // the last one may be missing
  REQUIRE(StoreCaller::open(table, "", {}).ok());
  CHECK((*StoreCaller::open(table, "", {}))->probe({}).ok());

  const auto refused = StoreCaller::open(authhost_credential_store_draft, "refuse", {});
  REQUIRE(refused.status() == Status::invalid_config);
  CHECK(refused.error().message == "no such shelf");
  CHECK(refused.error().hint == "name another");
}

TEST_CASE("an answer that makes no sense is the store's fault, and never nothing") {
  const std::pair<const char*, const char*> odd[] = {
      {"silent", "no answer that makes sense"}, {"odd", "no answer that makes sense"}, {"unknown", "unknown status 77"},
      {"huge", "more than there may be"},       {"small", "too small"},                {"unversioned", "without a version"},
  };
  for (const auto& [location, why] : odd) {
    const auto found = shelf(location)->get("odd", {});
    INFO(location);
    REQUIRE(found.status() == Status::plugin);
    CHECK_THAT(found.error().message, Catch::Contains(why));
  }
  const auto mute = shelf("mute")->get("odd", {});
  REQUIRE(mute.status() == Status::unavailable);
  CHECK_THAT(mute.error().message, Catch::Contains("did not say why"));
}

TEST_CASE("what a session is told of a store's failure is a store error without the secrets of the item") {
  const auto store = make_table_store(authhost_credential_store_draft, "leak", {});
  REQUIRE(store.ok());
  const auto written = (*store)->put(test_key(), test_item("1"), {});
  REQUIRE(written.status() == Status::store_failed);
  for (const auto* text : {&written.error().message, &written.error().hint}) {
    CHECK(text->find("token-1") == std::string::npos);
    CHECK_THAT(*text, Catch::Contains("re"));
  }
  const auto mute = make_table_store(authhost_credential_store_draft, "mute", {});
  CHECK((*mute)->get(test_key(), {}).status() == Status::store_failed);
}

TEST_CASE("a session's write meets another one: the later login stays, and an older one gives way") {
  const auto mine = make_table_store(authhost_credential_store_draft, "mine", {});
  const auto theirs = make_table_store(authhost_credential_store_draft, "theirs", {});
  const auto key = test_key("race");
  const auto kept = [&] { return std::string((*(*mine)->get(key, {}))->credentials.refresh_token.reveal()); };
  REQUIRE((*mine)->put(key, test_item("start"), {}).ok());

  auto later = test_item("later");
  later.obtained_at += seconds{5};
  REQUIRE((*theirs)->put(key, later, {}).ok());  // after mine had looked
  REQUIRE((*mine)->put(key, test_item("mine"), {}).ok());
  CHECK(kept() == "refresh-token-later");

  auto older = test_item("older");
  older.obtained_at -= seconds{5};
  REQUIRE((*theirs)->put(key, older, {}).ok());
  REQUIRE((*mine)->put(key, test_item("mine"), {}).ok());
  CHECK(kept() == "refresh-token-mine");

  const auto stubborn = make_table_store(authhost_credential_store_draft, "stubborn", {});
  const auto never = (*stubborn)->put(key, later, {});
  REQUIRE(never.status() == Status::store_failed);
  CHECK_THAT(never.error().message, Catch::Contains("others keep writing"));
}

TEST_CASE("what others wrote is not written over because it cannot be looked at now") {
  const auto flaky = make_table_store(authhost_credential_store_draft, "flaky", {});
  const auto theirs = make_table_store(authhost_credential_store_draft, "theirs", {});
  const auto key = test_key("flaky");
  REQUIRE((*flaky)->put(key, test_item("start"), {}).ok());
  auto later = test_item("later");
  later.obtained_at += seconds{5};
  REQUIRE((*theirs)->get(key, {}).ok());
  REQUIRE((*theirs)->put(key, later, {}).ok());
  CHECK((*flaky)->put(key, test_item("mine"), {}).status() == Status::store_failed);
  CHECK(std::string((*(*theirs)->get(key, {}))->credentials.refresh_token.reveal()) == "refresh-token-later");
}

TEST_CASE("a caller who gave up is not kept waiting, and is told so") {
  Pair pair(true);
  REQUIRE(pair.one->put_if(pair.key, "", "a", 0, {}).ok());
  const auto folder = PrivateFolder::open(pair.scratch / "state", false);
  REQUIRE(::flock((*folder)->fd(), LOCK_EX) == 0);  // somebody writes, and takes their time
  CHECK(pair.one->get(pair.key, {}).ok());          // readers do not care
  CHECK(pair.one->put_if(pair.key, std::nullopt, "b", 0, Call{}.within(Milliseconds{30})).status() == Status::deadline);
  const auto cancellation = std::make_shared<Cancellation>();
  Call call;
  call.cancellation = cancellation;
  std::thread later([&] { cancellation->cancel(); });
  CHECK(pair.one->put_if(pair.key, std::nullopt, "b", 0, call).status() == Status::cancelled);
  later.join();
  REQUIRE(::flock((*folder)->fd(), LOCK_UN) == 0);
  CHECK(pair.one->put_if(pair.key, std::nullopt, "b", 0, {}).ok());
}
