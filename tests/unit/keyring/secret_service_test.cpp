// Against gnome-keyring on a bus of its own; tests/support/with_keyring.sh gives that, and the tag says which mode.
#include "core/keyring/store.hpp"
#include "fake_secret_service.hpp"
#include "scratch.hpp"

#define SECRET_API_SUBJECT_TO_CHANGE
#include <libsecret/secret.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <thread>

using namespace authhost;
using namespace authhost::keyring;

namespace {

// The daemon was started a moment ago: until it owns its name (and, if asked, has its collection).
void wait_for_daemon(bool collection) {
  GDBusConnection* bus = g_bus_get_sync(G_BUS_TYPE_SESSION, nullptr, nullptr);
  REQUIRE(bus != nullptr);
  g_dbus_connection_set_exit_on_close(bus, FALSE);
  const Call call = Call{}.within(Milliseconds{20'000});
  for (;;) {
    GVariant* reply = g_dbus_connection_call_sync(bus, "org.freedesktop.secrets", "/org/freedesktop/secrets",
                                                  "org.freedesktop.Secret.Service", "ReadAlias", g_variant_new("(s)", "default"),
                                                  G_VARIANT_TYPE("(o)"), G_DBUS_CALL_FLAGS_NONE, -1, nullptr, nullptr);
    bool there = false;
    if (reply != nullptr) {
      const char* path = nullptr;
      g_variant_get(reply, "(&o)", &path);
      there = !collection || !g_str_equal(path, "/");
      g_variant_unref(reply);
    }
    if (there) break;
    REQUIRE(call.wait_fd(-1, 0, Milliseconds{10}).ok());
  }
  g_object_unref(bus);
}

void lock_collection() {
  GError* error = nullptr;
  SecretService* service = secret_service_get_sync(SECRET_SERVICE_NONE, nullptr, &error);
  REQUIRE(service != nullptr);
  const char* paths[] = {"/org/freedesktop/secrets/collection/login", nullptr};
  gchar** changed = nullptr;
  REQUIRE(secret_service_lock_dbus_paths_sync(service, paths, nullptr, &changed, &error) == 1);
  g_strfreev(changed);
  g_object_unref(service);
}

void check_fails(const Result<void>& result, const std::string& why) {
  REQUIRE(result.status() == Status::store_failed);
  CHECK_THAT(result.error().message, Catch::Contains(why));
  CHECK(!result.error().hint.empty());
}

// Every operation fails, and says why: never "nothing found", never a prompt, and no file is made instead.
void check_all_fail(const std::string& why, const Call& call = {}) {
  const auto store = make_secret_service_store();
  check_fails(store->probe(call), why);
  check_fails(store->put(test_key(), test_item(), call), why);
  check_fails(store->drop(test_key(), call), why);
  const auto got = store->get(test_key(), call);
  REQUIRE(got.status() == Status::store_failed);
  CHECK_THAT(got.error().message, Catch::Contains(why));
}

std::string text_of(const Result<std::optional<StoredItem>>& found) {
  if (!found) return found.error().message;
  return *found ? std::string((*found)->credentials.refresh_token.reveal()) : "none";
}

}  // namespace

TEST_CASE("an item in the Secret Service is one, with the agreed schema, attributes and label", "[unlocked]") {
  wait_for_daemon(true);
  const auto store = make_secret_service_store();
  CHECK(store->name() == "secret-service");
  REQUIRE(store->probe({}).ok());
  CHECK(text_of(store->get(test_key(), {})) == "none");
  REQUIRE(store->put(test_key(), test_item("1"), {}).ok());
  auto large = test_item("2");
  large.credentials.id_token = Secret(std::string(60'000, 'i'));
  REQUIRE(store->put(test_key(), large, {}).ok());
  REQUIRE(store->put(test_key("1"), test_item("other"), {}).ok());
  CHECK(text_of(store->get(test_key(), {})) == "refresh-token-2");

  GHashTable* attributes = g_hash_table_new(g_str_hash, g_str_equal);
  g_hash_table_insert(attributes, const_cast<char*>("application"), const_cast<char*>("authhost"));
  GList* items = secret_service_search_sync(nullptr, nullptr, attributes, SECRET_SEARCH_ALL, nullptr, nullptr);
  g_hash_table_unref(attributes);
  CHECK(g_list_length(items) == 2);
  for (GList* at = items; at != nullptr; at = at->next) {
    auto* item = static_cast<SecretItem*>(at->data);
    gchar* label = secret_item_get_label(item);
    CHECK(std::string(label) == "authhost: flyte.example.com");
    g_free(label);
    GHashTable* has = secret_item_get_attributes(item);
    const auto value = [&](const char* name) {
      const auto* text = static_cast<const char*>(g_hash_table_lookup(has, name));
      return std::string(text == nullptr ? "(none)" : text);
    };
    CHECK(value("xdg:schema") == "org.authhost.Credentials");
    CHECK(value("service") == "flyte.example.com");
    CHECK(value("account").empty());
    CHECK((value("key") == test_key().digest || value("key") == test_key("1").digest));
    g_hash_table_unref(has);
  }
  g_list_free_full(items, g_object_unref);

  REQUIRE(store->drop(test_key(), {}).ok());
  REQUIRE(store->drop(test_key(), {}).ok());
  CHECK(text_of(store->get(test_key(), {})) == "none");
  CHECK(text_of(store->get(test_key("1"), {})) == "refresh-token-other");
  REQUIRE(store->drop(test_key("1"), {}).ok());
}

TEST_CASE("the Secret Service may be used from many threads", "[unlocked]") {
  wait_for_daemon(true);
  const auto store = make_secret_service_store();
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      const auto key = test_key(std::to_string(i));
      for (int n = 0; n < 4; ++n) {
        if (!store->put(key, test_item(std::to_string(i)), {})) ++failures;
        if (text_of(store->get(key, {})) != "refresh-token-" + std::to_string(i)) ++failures;
        if (!store->drop(key, {})) ++failures;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failures == 0);
}

TEST_CASE("O76 storage auto finds a login wherever it rests, and keeps the newer one", "[unlocked]") {
  wait_for_daemon(true);
  std::string why;
  const auto opened = open_store(config::Storage::automatic, {}, &why);
  REQUIRE(opened.ok());
  const auto& store = *opened;
  CHECK(why.empty());
  CHECK(store->name() == "secret-service");
  const auto file = *open_store(config::Storage::file, {}, nullptr);
  const auto service = *open_store(config::Storage::secret_service, {}, nullptr);
  auto item = test_item("service");
  REQUIRE(service->put(test_key(), item, {}).ok());
  item = test_item("file");
  item.obtained_at += Milliseconds{1};
  REQUIRE(file->put(test_key(), item, {}).ok());
  CHECK(text_of(store->get(test_key(), {})) == "refresh-token-file");
  CHECK(store->name() == "file");
  item = test_item("new");
  item.obtained_at += Milliseconds{2};
  REQUIRE(store->put(test_key(), item, {}).ok());
  CHECK(store->name() == "secret-service");
  CHECK(text_of(file->get(test_key(), {})) == "none");
  CHECK(text_of(store->get(test_key(), {})) == "refresh-token-new");
  REQUIRE(file->put(test_key(), test_item("old"), {}).ok());
  CHECK(text_of(store->get(test_key(), {})) == "refresh-token-new");
  REQUIRE(store->drop(test_key(), {}).ok());
  CHECK(text_of(file->get(test_key(), {})) == "none");
  CHECK(text_of(service->get(test_key(), {})) == "none");
}

// The last of its mode: the collection stays locked.
TEST_CASE("O76 a locked collection is locked, not empty, and storage auto falls back to the file", "[unlocked]") {
  wait_for_daemon(true);
  REQUIRE(make_secret_service_store()->put(test_key(), test_item("service"), {}).ok());
  const auto before = *open_store(config::Storage::automatic, {}, nullptr);
  lock_collection();
  check_all_fail("the keyring is locked");
  REQUIRE(before->put(test_key(), test_item("auto"), {}).ok());
  CHECK(before->name() == "file");
  CHECK(text_of(before->get(test_key(), {})) == "refresh-token-auto");
  std::string why;
  const auto opened = open_store(config::Storage::automatic, {}, &why);
  REQUIRE(opened.ok());
  CHECK((*opened)->name() == "file");
  CHECK_THAT(why, Catch::Contains("locked"));
  REQUIRE((*opened)->drop(test_key(), {}).ok());
}

TEST_CASE("O76 a keyring without a default collection is told apart, and nobody is asked to make one", "[empty]") {
  wait_for_daemon(false);
  check_all_fail("no default collection");
}

TEST_CASE("O76 a bus without a Secret Service is told apart", "[absent]") {
  check_all_fail("no Secret Service runs");
  std::string why;
  CHECK((*open_store(config::Storage::automatic, {}, &why))->name() == "file");
  CHECK_THAT(why, Catch::Contains("no Secret Service runs"));
}

TEST_CASE("O76 a service that never answers is left after the limit, and may be cancelled before", "[absent]") {
  const FakeSecretService fake(FakeSecretService::Mode::silent);
  const auto store = make_secret_service_store();
  check_fails(store->probe({}), "does not answer in time");
  CHECK(store->put(test_key(), test_item(), Call{}.within(Milliseconds{50})).status() == Status::deadline);
  Call call;
  const auto cancellation = std::make_shared<Cancellation>();
  call.cancellation = cancellation;
  std::thread canceller([&] { cancellation->cancel(); });
  CHECK(store->get(test_key(), call).status() == Status::cancelled);
  canceller.join();
  CHECK(store->drop(test_key(), call).status() == Status::cancelled);
}

TEST_CASE("O76 a service that hangs in the middle of a store is left, and what it held back goes nowhere else", "[absent]") {
  const FakeSecretService fake(FakeSecretService::Mode::hangs_on_create);
  const auto store = make_secret_service_store();
  REQUIRE(store->probe({}).ok());
  CHECK(store->put(test_key(), test_item(), Call{}.within(Milliseconds{300})).status() == Status::deadline);
  const auto state = *open_store(config::Storage::file, {}, nullptr);
  CHECK(text_of(state->get(test_key(), {})) == "none");
}

TEST_CASE("O76 a service that wants to prompt is refused, and told so", "[absent]") {
  const FakeSecretService fake(FakeSecretService::Mode::prompts_on_create);
  check_fails(make_secret_service_store()->put(test_key(), test_item(), {}), "wants to ask for a password");
  CHECK(fake.prompts() == 0);
}

TEST_CASE("O76 without a bus the module is not even loaded", "[nobus]") {
  const Scratch scratch;
  const Variable runtime("XDG_RUNTIME_DIR", scratch.path().c_str());
  const Variable state("XDG_STATE_HOME", scratch.path().c_str());
  for (const char* address : {static_cast<const char*>(nullptr), "", "autolaunch:", "disabled", "unix:path=/nonexistent/bus,guid=00"}) {
    const Variable bus("DBUS_SESSION_BUS_ADDRESS", address);
    check_all_fail("no session bus answers");
    std::string why;
    CHECK((*open_store(config::Storage::automatic, {}, &why))->name() == "file");
    CHECK_THAT(why, Catch::Contains("no session bus"));
  }
  CHECK(slurp("/proc/self/maps").find("authhost-secret-service.so") == std::string::npos);
  CHECK(entries(scratch.path()) == 0);
}

TEST_CASE("O76 a bus that accepts and never answers is left after the limit", "[nobus]") {
  const Scratch scratch;
  const std::string path = scratch / "bus";
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_un address {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(listener, reinterpret_cast<const struct sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listener, 16) == 0);
  const Variable bus("DBUS_SESSION_BUS_ADDRESS", ("unix:path=" + path).c_str());
  check_fails(make_secret_service_store()->probe({}), "does not answer in time");
  CHECK(make_secret_service_store()->get(test_key(), Call{}.within(Milliseconds{50})).status() == Status::deadline);
  ::close(listener);
}
