#include "workshop.hpp"

#include "core/services/crypto.hpp"
#include "core/services/fd.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <sstream>
#include <system_error>

using namespace authhost;
using namespace authhost::test;

namespace {

std::string digest_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  const auto digest = crypto::sha256(bytes.str());
  return crypto::hex(digest.data(), digest.size());
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// The manifest of an odd plugin, and what its row says.
PluginRecord refused(const Workshop& shop, const std::string& odd) {
  auto registry = shop.registry();
  auto row = shop.record(*registry, odd);
  INFO(odd << ": " << row.reason.message);
  CHECK(row.state == PluginState::refused);
  CHECK(row.reason.status == Status::plugin);
  const auto made = registry->create(odd, {});
  REQUIRE_FALSE(made.ok());
  CHECK(made.status() == Status::plugin);
  CHECK(has(made.error().message, row.reason.message));  // asking for it tells the same reason
  return row;
}

}  // namespace

TEST_CASE("a plugin is found by short name and by id, and describes itself") {
  Workshop shop;
  shop.install("scripted");
  auto registry = shop.registry();
  for (const auto* name : {"scripted", "org.example.scripted"}) {
    const auto info = registry->describe(name, Call{});
    REQUIRE(info.ok());
    CHECK(info->id == "org.example.scripted");
    CHECK(info->short_name == "scripted");
    CHECK(info->settings.size() == 10);
    CHECK(info->can_revoke);
    CHECK(registry->create(name, {}).ok());
  }
  const auto row = shop.record(*registry, "scripted");
  CHECK(row.state == PluginState::loaded);
  CHECK(row.sha256 == digest_of(shop.file("scripted.so")));
  CHECK(row.grants.size() == 6);  // absent grants: whatever the descriptor asks for
}

TEST_CASE("every built-in plugin loads, and each has the name of its manifest") {
  auto registry = make_registry({});
  for (const auto* name : {"pkce", "device_code", "client_credentials", "command", "passthrough"}) {
    const auto info = registry->describe(name, Call{});
    INFO(name << ": " << (info.ok() ? "" : info.error().message));
    REQUIRE(info.ok());
    CHECK(info->id == std::string("org.authhost.") + name);
  }
}

TEST_CASE("a file that is no plugin is refused before any of its code runs") {
  Workshop shop;
  shop.write("junk.so", "#!/bin/sh\necho no\n");
  shop.write("junk.toml", "path = \"junk.so\"\n");
  CHECK(has(refused(shop, "junk").reason.message, "not a shared object"));
  shop.install("no_symbol");
  CHECK(has(refused(shop, "no_symbol").reason.message, "does not export authhost_plugin_v1"));
  shop.install("function");
  CHECK(has(refused(shop, "function").reason.message, "not a data object"));
}

TEST_CASE("a shared object that was cut off is refused, wherever the cut is") {
  Workshop shop;
  std::ifstream in(shop.copy("scripted", "whole"), std::ios::binary);
  std::stringstream whole;
  whole << in.rdbuf();
  const std::string bytes = whole.str();
  for (std::size_t part = 1; part < 16; ++part) {
    const std::string name = "cut" + std::to_string(part);
    shop.write(name + ".so", bytes.substr(0, bytes.size() * part / 16));
    shop.write(name + ".toml", "path = \"" + name + ".so\"\n");
    refused(shop, name);
  }
}

TEST_CASE("an incompatible or half-finished plugin is refused with a sentence that says why") {
  const std::pair<const char*, const char*> odd[] = {
      {"wrong_major", "built for major 2 of the plugin interface; this host speaks 1"},
      {"too_new", "needs at least version 1.999"},
      {"short_plugin", "too small"},
      {"huge_plugin", "makes no sense"},
      {"empty", "no authenticator"},
      {"short_descriptor", "too small: 40 bytes"},
      {"null_refresh", "lacks one of the functions"},
      {"bad_id", "\"Not an id\" is not an id"},
      {"one_word_id", "\"pkce\" is not an id"},
      {"no_version", "no name or no version"},
      {"unknown_service", "needs authhost.telepathy/1, which this host does not have"},
      {"bad_setting", "\"CamelCase\" is not a setting's name"},
      {"needs_missing", "authhost_nobody_has_this"},
  };
  for (const auto& [name, why] : odd) {
    Workshop shop;
    shop.install(name);
    const auto row = refused(shop, name);
    CHECK(has(row.reason.message, why));
    CHECK_FALSE(row.reason.hint.empty());
    CHECK_FALSE(has(row.reason.message, "/proc/self/fd"));
  }
}

TEST_CASE("a broken plugin does not disturb the others") {
  Workshop shop;
  shop.install("wrong_major");
  shop.write("broken.toml", "kind = [[[");
  shop.install("scripted");
  auto registry = shop.registry();
  CHECK(registry->create("scripted", {}).ok());
  CHECK(shop.record(*registry, "broken").state == PluginState::refused);
  CHECK(shop.record(*registry, "wrong_major").state == PluginState::refused);
}

TEST_CASE("a plugin that cannot create an instance says why") {
  Workshop shop;
  shop.install("create_fails");
  shop.install("create_nothing");
  auto registry = shop.registry();
  const auto failed = registry->create("create_fails", {});
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.status() == Status::internal);
  CHECK(failed.error().message == "no room for an instance");
  CHECK(failed.error().hint == "buy memory");
  const auto nothing = registry->create("create_nothing", {});
  REQUIRE_FALSE(nothing.ok());
  CHECK(nothing.status() == Status::plugin);
}

TEST_CASE("an unknown name is answered with the known ones") {
  Workshop shop;
  shop.install("scripted");
  const auto made = shop.registry()->create("scriptd", {});
  REQUIRE_FALSE(made.ok());
  CHECK(made.status() == Status::plugin);
  CHECK(has(made.error().hint, "scripted"));
}

TEST_CASE("a short name that two plugins have is an error that names both") {
  Workshop shop;
  shop.install("scripted");
  shop.install("twin");
  auto registry = shop.registry();
  const auto made = registry->create("scripted", {});
  REQUIRE_FALSE(made.ok());
  CHECK(made.status() == Status::plugin);
  CHECK(has(made.error().message, "org.example.scripted"));
  CHECK(has(made.error().message, "com.example.scripted"));
  CHECK(registry->create("com.example.scripted", {}).ok());
}

TEST_CASE("of two plugins with one id the higher priority wins and the other says so") {
  Workshop shop;
  shop.install("scripted");
  shop.copy("scripted", "other");
  std::ofstream(shop.file("other.so"), std::ios::app) << "padding: another file";
  shop.write("other.toml", "path = \"other.so\"\npriority = 5\n");
  auto registry = shop.registry();
  CHECK(shop.record(*registry, "other").state == PluginState::loaded);
  const auto loser = shop.record(*registry, "scripted");
  CHECK(loser.state == PluginState::refused);
  CHECK(has(loser.reason.message, "already provided by"));
  CHECK(registry->create("scripted", {}).ok());
}

TEST_CASE("a plugin whose manifest says its id is opened for that id alone") {
  Workshop shop;
  shop.install("scripted", "id = \"org.example.scripted\"\n");
  shop.install("second", "id = \"org.example.second\"\n");
  auto registry = shop.registry();
  CHECK(registry->create("scripted", {}).ok());
  CHECK(registry->create("org.example.scripted", {}).ok());
  const auto after = registry->announced();
  const auto other = std::find_if(after.begin(), after.end(), [](const auto& row) { return has(row.manifest, "second.toml"); });
  REQUIRE(other != after.end());
  CHECK(other->state == PluginState::found);
  CHECK(other->sha256.empty());  // not even read
}

TEST_CASE("a manifest whose id is not the plugin's is refused: both are named") {
  Workshop shop;
  shop.install("scripted", "id = \"org.example.skripted\"\n");
  const auto row = refused(shop, "scripted");
  CHECK(has(row.reason.message, "scripted.toml: it says id = \"org.example.skripted\", and the plugin is org.example.scripted"));
  CHECK(has(row.reason.hint, "correct the id"));
}

TEST_CASE("of two plugins with one id and one priority neither is loaded: none is handed the other's tokens") {
  Workshop shop;
  shop.install("scripted");
  shop.copy("scripted", "a_thief");
  std::ofstream(shop.file("a_thief.so"), std::ios::app) << "padding: another file";
  shop.write("a_thief.toml", "path = \"a_thief.so\"\n");
  shop.write("later.toml", "path = \"a_thief.so\"\nid = \"org.example.scripted\"\n");
  auto registry = shop.registry();
  CHECK_FALSE(registry->create("pkce_of_nobody", {}).ok());
  for (const char* name : {"scripted", "a_thief", "later"}) {
    const auto row = shop.record(*registry, name);
    CHECK(row.state == PluginState::refused);
    CHECK(has(row.reason.message, "says that it is org.example.scripted, too"));
    CHECK(has(row.reason.hint, "priority"));
  }
  CHECK(registry->create("scripted", {}).status() == Status::plugin);
}

TEST_CASE("a disabled plugin is listed, not loaded, and asking for it says so") {
  Workshop shop;
  shop.install("scripted", "enabled = false\n");
  auto registry = shop.registry();
  CHECK(shop.record(*registry, "scripted").state == PluginState::disabled);
  const auto made = registry->create("scripted", {});
  REQUIRE_FALSE(made.ok());
  CHECK(has(made.error().message, "enabled = false"));
}

TEST_CASE("a manifest's mistakes are named with file, line and the key that was meant") {
  const std::pair<const char*, const char*> mistakes[] = {
      {"path = \"x.so\"\nkindd = \"native\"\n", "m.toml:2: unknown key \"kindd\""},
      {"kind = \"natives\"\npath = \"x.so\"\n", "m.toml:1: kind = \"natives\" is not known"},
      {"kind = \"native\"\n", "path is missing"},
      {"path = 3\n", "path has to be a string"},
      {"path = \"x.so\"\nsha256 = \"abc\"\n", "m.toml:2: sha256 has to be 64 hexadecimal digits"},
      {"path = \"x.so\"\ngrants = [\"htpt\"]\n", "grants names \"htpt\""},
      {"path = \"x.so\"\ngrants = \"http\"\n", "grants has to be a list"},
      {"path = \"x.so\"\nenabled = \"yes\"\n", "enabled has to be a boolean"},
      {"path = \"x.so\"\nid = \"\"\n", "id is empty"},
      {"path = \"x.so\n", "m.toml:1"},
  };
  for (const auto& [text, why] : mistakes) {
    Workshop shop;
    shop.write("m.toml", text);
    CHECK(has(refused(shop, "m").reason.message, why));
  }
  Workshop shop;
  shop.write("m.toml", "path = \"x.so\"\nkindd = \"native\"\n");
  CHECK(has(refused(shop, "m").reason.hint, "kind"));
  for (const auto& [text, hint] : {std::pair{"path = 3\n", "e.g. path = \"…\", in quotes"}, {"path = \"x.so\"\npriority = \"high\"\n", "e.g. priority = 10, without quotes"},
                                   {"path = \"x.so\"\nenabled = \"yes\"\n", "write enabled = true or enabled = false, without quotes"}}) {
    shop.write("m.toml", text);
    CHECK(refused(shop, "m").reason.hint == hint);
  }
}

TEST_CASE("a folder of more manifests than are read is refused, not read in part") {
  Workshop shop;
  for (int i = 0; i <= 256; ++i) shop.write("m" + std::to_string(i) + ".toml", "kind = \"native\"\npath = \"m.so\"\n");
  const auto rows = shop.registry()->announced();
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& one) { return one.manifest == shop.folder().string(); });
  REQUIRE(row != rows.end());
  CHECK(row->state == PluginState::refused);
  CHECK(has(row->reason.message, "257 manifests"));
}

TEST_CASE("a plugin that was written over since it was loaded is refused, not taken for what is in the process") {
  Workshop shop;
  shop.install("scripted", "isolation = \"none\"\n");
  REQUIRE(shop.registry()->describe("scripted", Call{}).ok());
  std::ofstream(shop.file("scripted.so"), std::ios::app) << "more";
  const auto again = shop.registry()->describe("scripted", Call{});
  REQUIRE_FALSE(again.ok());
  CHECK(has(again.error().message, "written over"));
}

TEST_CASE("what the system has no room for at the moment is tried again") {
  Bench bench;
  bench.registry = bench.shop.registry();
  const bool found = GENERATE(true, false);  // the manifests, before there was no room
  if (found) bench.registry->announced();
  REQUIRE_FALSE(std::generic_category().message(EMFILE).empty());  // a sanitizer that sees this class first has to open a descriptor
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{0, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const auto made = bench.registry->create("org.example.scripted", bench.call);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(made.status() == Status::internal);
  CHECK(bench.refresh().ok());
}

TEST_CASE("where there is no room to open the plugin that is meant, no other is taken for it, then or later") {
  Bench bench;
  bench.shop.copy("scripted", "better");
  bench.shop.write("better.toml", "kind = \"native\"\npath = \"better.so\"\npriority = 10\nid = \"org.example.scripted\"\nisolation = \"process\"\n");
  bench.shop.write("scripted.toml", "kind = \"exec\"\npath = \"other.sh\"\nid = \"org.example.scripted\"\n");
  bench.shop.write("other.sh", "#!/bin/sh\necho '{\"type\":\"credentials\",\"access_token\":\"other\"}'\n");
  Workshop::mode(bench.shop.file("other.sh"), 0755);
  REQUIRE_FALSE(std::generic_category().message(EMFILE).empty());
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  // As in a program that has many connections: the limit is far away for a new process, and this one has a few descriptors left.
  const rlimit hundred{100, before.rlim_max};
  for (std::size_t left = 0; left < 16; ++left) {
    INFO(left);
    bench.registry = bench.shop.registry();
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &hundred) == 0);
    std::vector<Fd> taken;
    while (auto fd = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC))) taken.push_back(std::move(fd));
    taken.resize(taken.size() - left);
    const auto made = bench.registry->create("org.example.scripted", bench.call);
    const bool other = made.ok() && !(*made)->info().described;
    taken.clear();
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK_FALSE(other);
    CHECK(bench.refresh()->credentials.access_token.reveal() == "s3cret-token");
  }
}

TEST_CASE("a manifest whose path leads upwards is refused") {
  Workshop shop;
  shop.write("m.toml", "path = \"../plugins.d/x.so\"\n");
  const auto row = refused(shop, "m");
  CHECK(has(row.reason.message, "m.toml: its path leads upwards"));
  CHECK_FALSE(row.reason.hint.empty());
}

TEST_CASE("O78 a plugin whose SHA-256 is not the pinned one is refused: the right pin loads") {
  Workshop shop;
  shop.install("scripted", "sha256 = \"" + std::string(64, 'a') + "\"\n");
  CHECK(has(refused(shop, "scripted").reason.message, "SHA-256"));
  shop.install("scripted", "sha256 = \"" + digest_of(shop.file("scripted.so")) + "\"\n");
  CHECK(shop.registry()->create("scripted", {}).ok());
}

TEST_CASE("policy allowlist asks for a pin, policy none leaves the built-ins only") {
  Workshop shop;
  shop.install("scripted");
  auto strict = shop.registry(config::PluginPolicy::allowlist);
  CHECK(has(shop.record(*strict, "scripted").reason.message, "allowlist"));
  CHECK(strict->describe("pkce", Call{}).ok());

  shop.install("scripted", "sha256 = \"" + digest_of(shop.file("scripted.so")) + "\"\n");
  CHECK(shop.registry(config::PluginPolicy::allowlist)->create("scripted", {}).ok());

  auto none = shop.registry(config::PluginPolicy::none);
  CHECK(shop.record(*none, "scripted").state == PluginState::refused);
  CHECK(none->describe("pkce", Call{}).ok());
}

TEST_CASE("10 000 rounds of finding, creating, calling and destroying leave nothing behind") {
  Workshop shop;
  shop.install("scripted");
  config::Settings settings;
  settings["token"] = {std::string("s3cret-token"), {config::Layer::user, "config.toml", 7}};
  RefreshRequest request;
  request.endpoint = "example.com";
  request.settings = &settings;
  auto registry = shop.registry();
  int rounds = 0;
  const auto round = [&] {
    if (++rounds % 20 == 0) registry = shop.registry();  // which hashes everything anew
    const auto made = registry->create("org.example.scripted", Call{});
    return made.ok() && (*made)->refresh(request, Call{}).ok();
  };
  const auto descriptors = [] { return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()); };
  for (int i = 0; i < 200; ++i) REQUIRE(round());
  const auto before = descriptors();
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const auto in_use = [] { return ::mallinfo2().uordblks; };
#else
  const auto in_use = [] { return std::size_t{0}; };
#endif
  const auto memory = in_use();
  for (int i = 0; i < 10'000; ++i) {
    if (!round()) FAIL("round " << i);
  }
  CHECK(descriptors() == before);
  CHECK(in_use() <= memory + 64 * 1024);
}
