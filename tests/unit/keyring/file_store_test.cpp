// The encrypted file, both as the sessions have it and through the table of a credential store: the same promises.
#include "core/keyring/table_store.hpp"

#include "scratch.hpp"

#include <vector>

using namespace authhost;
using namespace authhost::keyring;

namespace {

enum class Way { direct, table };

std::shared_ptr<Store> open(Way way, const std::string& folder) {
  if (way == Way::direct) return make_file_store(folder);
  auto made = make_table_store(file_table(), folder, {});
  REQUIRE(made.ok());
  return *std::move(made);
}

// A file store of its own, with its folder.
struct Fixture {
  explicit Fixture(Way way) : store(open(way, folder)) {}
  Scratch scratch;
  Variable no_key_file{"AUTHHOST_FILE_KEY_FILE", nullptr};
  std::string folder = scratch / "state/authhost";
  std::shared_ptr<Store> store;
  std::string item = folder + "/" + test_key().digest + ".cred";

  void put(const std::string& suffix = "1") const { REQUIRE(store->put(test_key(), test_item(suffix), {}).ok()); }
  [[nodiscard]] std::string token() const {
    const auto found = store->get(test_key(), {});
    if (!found) FAIL(found.error().message);
    return *found ? std::string((*found)->credentials.refresh_token.reveal()) : "none";
  }
  void check_damaged(const std::string& why) const {
    const auto found = store->get(test_key(), {});
    REQUIRE(found.status() == Status::store_failed);
    CHECK_THAT(found.error().message, Catch::Contains(item) && Catch::Contains(why));
    CHECK_THAT(found.error().hint, Catch::Contains("authhost logout"));
  }
};

}  // namespace

TEST_CASE("the file store gives back what was put, and nothing of it lies in clear on disk") {
  const Fixture f(GENERATE(Way::direct, Way::table));
  CHECK(f.token() == "none");
  f.put("1");
  f.put("2");
  CHECK(f.token() == "refresh-token-2");
  CHECK(entries(f.folder) == 2);
  for (const auto& entry : std::filesystem::directory_iterator(f.folder)) {
    const auto bytes = slurp(entry.path());
    for (const char* clear : {"token-", "flyte", "YWNjZXNz"}) CHECK(bytes.find(clear) == std::string::npos);
    CHECK(mode_of(entry.path()) == 0600);
  }
  REQUIRE(f.store->drop(test_key(), {}).ok());
  CHECK(f.token() == "none");
  REQUIRE(f.store->drop(test_key(), {}).ok());
}

TEST_CASE("reading, probing and dropping create nothing") {
  const Fixture f(GENERATE(Way::direct, Way::table));
  CHECK(f.store->probe({}).ok());
  CHECK(f.token() == "none");
  CHECK(f.store->drop(test_key(), {}).ok());
  CHECK(entries(f.scratch.path()) == 0);
}

TEST_CASE("the same content is sealed differently each time") {
  const Fixture f(GENERATE(Way::direct, Way::table));
  f.put();
  const auto first = slurp(f.item);
  f.put();
  CHECK(slurp(f.item) != first);
}

TEST_CASE("any flipped bit and any truncation of a stored item is noticed") {
  const Fixture f(GENERATE(Way::direct, Way::table));
  f.put();
  const auto good = slurp(f.item);
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
    spill(f.item, bad);
    f.check_damaged("damaged");
  }
  for (std::size_t size = 0; size < good.size(); size += 7) {
    spill(f.item, good.substr(0, size));
    f.check_damaged("damaged");
  }
  spill(f.item, good + "x");
  f.check_damaged("damaged");
  REQUIRE(f.store->drop(test_key(), {}).ok());
  CHECK(f.token() == "none");
}

TEST_CASE("another key's file under this key's name is noticed") {
  const Fixture f(GENERATE(Way::direct, Way::table));
  f.put();
  REQUIRE(f.store->put(test_key("1"), test_item("other"), {}).ok());
  std::filesystem::rename(f.folder + "/" + test_key("1").digest + ".cred", f.item);
  f.check_damaged("damaged");
}

TEST_CASE("an item without its key, with a short key or with another key says so") {
  const Fixture f(GENERATE(Way::direct, Way::table));
  f.put();
  const std::string key = f.folder + "/store.key";
  const auto good = slurp(key);
  std::filesystem::remove(key);
  f.check_damaged("store.key, is gone");
  spill(key, "short");
  CHECK_THAT(f.store->get(test_key(), {}).error().message, Catch::Contains("fewer than 32 bytes"));
  CHECK(f.store->put(test_key(), test_item(), {}).status() == Status::store_failed);
  CHECK(f.store->probe({}).status() == Status::store_failed);
  spill(key, std::string(32, 'k'));
  f.check_damaged("another key");
  spill(key, good);
  CHECK(f.token() == "refresh-token-1");
}

TEST_CASE("AUTHHOST_FILE_KEY_FILE seals instead of a key of our own, and must be a safe file") {
  const Fixture f(GENERATE(Way::direct, Way::table));
  const std::string key = f.scratch / "key";
  const Variable named("AUTHHOST_FILE_KEY_FILE", key.c_str());
  CHECK_THAT(f.store->put(test_key(), test_item(), {}).error().message, Catch::Contains("AUTHHOST_FILE_KEY_FILE"));
  CHECK(f.store->probe({}).status() == Status::store_failed);
  CHECK(entries(f.scratch.path()) == 0);
  spill(key, std::string(100, 'k'));
  f.put();
  CHECK(entries(f.folder) == 1);
  CHECK(f.token() == "refresh-token-1");
  spill(key, std::string(100, 'x'));
  f.check_damaged("another key");
  spill(key, std::string(100, 'k'), 0644);
  CHECK_THAT(f.store->get(test_key(), {}).error().message, Catch::Contains("others may read"));
  CHECK(f.store->probe({}).status() == Status::store_failed);
}

TEST_CASE("O74 a store folder that must be refused gets nothing written") {
  const Fixture f(GENERATE(Way::direct, Way::table));
  std::filesystem::create_directories(f.folder);
  ::chmod(f.folder.c_str(), 0777);
  CHECK(f.store->probe({}).status() == Status::store_failed);
  CHECK(f.store->put(test_key(), test_item(), {}).status() == Status::store_failed);
  CHECK(f.store->get(test_key(), {}).status() == Status::store_failed);
  CHECK(entries(f.folder) == 0);
}

TEST_CASE("O74 of many processes that make the first key at once, all can read what each has stored") {
  const Way way = GENERATE(Way::direct, Way::table);
  for (int round = 0; round < 5; ++round) {
    const Fixture f(way);
    std::vector<pid_t> children;
    int gate[2];
    REQUIRE(::pipe(gate) == 0);
    for (int i = 0; i < 8; ++i) {
      children.push_back(spawn([&] {
        char byte = 0;
        ::close(gate[1]);
        (void)!::read(gate[0], &byte, 1);  // until all have been made
        return f.store->put(test_key(std::to_string(i)), test_item(std::to_string(i)), {}).ok() ? 0 : 1;
      }));
    }
    ::close(gate[0]);
    ::close(gate[1]);
    for (const pid_t child : children) CHECK(reap(child) == 0);
    for (int i = 0; i < 8; ++i) {
      const auto found = f.store->get(test_key(std::to_string(i)), {});
      REQUIRE(found.ok());
      CHECK((*found)->credentials.refresh_token.reveal() == "refresh-token-" + std::to_string(i));
    }
    CHECK(entries(f.folder) == 9);
  }
}

TEST_CASE("what one way wrote the other reads, and both are the file store") {
  const Scratch scratch;
  const auto direct = open(Way::direct, scratch / "state");
  const auto table = open(Way::table, scratch / "state");
  CHECK(direct->name() == "file");
  CHECK(table->name() == "file");
  REQUIRE(direct->put(test_key(), test_item("1"), {}).ok());
  CHECK((*table->get(test_key(), {}))->credentials.refresh_token.reveal() == "refresh-token-1");
  REQUIRE(table->put(test_key(), test_item("2"), {}).ok());
  CHECK((*direct->get(test_key(), {}))->credentials.refresh_token.reveal() == "refresh-token-2");
  REQUIRE(table->drop(test_key(), {}).ok());
  CHECK_FALSE(direct->get(test_key(), {})->has_value());
}

TEST_CASE("the memory store keeps copies, and knows its name") {
  const auto store = make_memory_store();
  CHECK(store->name() == "memory");
  CHECK(!store->get(test_key(), {})->has_value());
  REQUIRE(store->put(test_key(), test_item(), {}).ok());
  CHECK((*store->get(test_key(), {}))->fence == 7);
  REQUIRE(store->drop(test_key(), {}).ok());
  CHECK(!store->get(test_key(), {})->has_value());
}
