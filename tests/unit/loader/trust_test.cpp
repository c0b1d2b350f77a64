#include "workshop.hpp"

#include "core/plugins/library.hpp"
#include "core/plugins/trust.hpp"

#include <fcntl.h>
#include <unistd.h>

using namespace authhost;
using namespace authhost::test;

namespace {

constexpr std::uint64_t kLimit = 64u << 20;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string why_not(const fs::path& path) {
  auto file = open_trusted(path.string(), {}, kLimit);
  if (file.ok()) return "";
  CHECK(file.status() == Status::plugin);
  return file.error().message;
}

}  // namespace

TEST_CASE("O78 a plugin that others may write is refused, and so is one below a folder that others may write") {
  Workshop shop;
  const auto plugin = shop.copy("scripted");
  CHECK(why_not(plugin).empty());

  Workshop::mode(plugin, 0777);
  CHECK(has(why_not(plugin), "everybody may write"));
  Workshop::mode(plugin, 0775);
  CHECK(has(why_not(plugin), "its group may write"));
  Workshop::mode(plugin, 0755);

  for (const mode_t mode : {0777, 0775}) {
    Workshop::mode(shop.folder(), mode);
    CHECK(has(why_not(plugin), "may write"));
    Workshop::mode(shop.folder(), 0755);
    Workshop::mode(shop.root(), mode);
    CHECK(has(why_not(plugin), "may write"));
    Workshop::mode(shop.root(), 0700);
  }
  CHECK(why_not(plugin).empty());
}

TEST_CASE("O78 a folder of manifests, and a manifest, that others may write are refused") {
  Workshop shop;
  shop.install("scripted");
  Workshop::mode(shop.file("scripted.toml"), 0666);
  CHECK(shop.record(*shop.registry(), "scripted").state == PluginState::refused);
  Workshop::mode(shop.file("scripted.toml"), 0644);
  CHECK(shop.registry()->create("scripted", {}).ok());

  Workshop::mode(shop.folder(), 01777);  // sticky does not help: anybody could add a manifest
  const auto made = shop.registry()->create("scripted", {});
  REQUIRE_FALSE(made.ok());
  CHECK(has(made.error().hint, "everybody may write"));
}

TEST_CASE("O78 links are followed, and every folder that holds one of them is judged") {
  Workshop shop;
  const auto plugin = shop.copy("scripted");
  const auto open_folder = shop.root() / "open";
  fs::create_directory(open_folder);
  fs::create_symlink(plugin, open_folder / "hop");
  fs::create_symlink("../open/hop", shop.file("link.so"));
  Workshop::mode(open_folder, 0755);
  auto file = open_trusted(shop.file("link.so").string(), {}, kLimit);
  REQUIRE(file.ok());
  CHECK(file->path == fs::canonical(plugin).string());

  Workshop::mode(open_folder, 0777);  // whoever turns the link chooses the plugin
  CHECK(has(why_not(shop.file("link.so")), "open: everybody may write"));

  fs::create_symlink("loop.so", shop.file("loop.so"));
  CHECK(has(why_not(shop.file("loop.so")), "too many symbolic links"));
}

TEST_CASE("O78 what is not a regular file of a sensible size is refused without waiting for it") {
  Workshop shop;
  const auto pipe = shop.file("pipe.so");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(has(why_not(pipe), "not a regular file"));
  CHECK(has(why_not(shop.folder()), "not a regular file"));
  CHECK(has(why_not("/dev/null"), "not a regular file"));
  CHECK(has(why_not("relative.so"), "not an absolute path"));
  CHECK(has(why_not(shop.file("absent.so")), "No such file"));
  CHECK_FALSE(open_trusted(shop.copy("scripted").string(), {}, 100).ok());
}

TEST_CASE("O78 a file of another user is refused") {
  if (::geteuid() != 0) {  // only root can give files away; then somebody else's file is easy to find
    CHECK(true);
    return;
  }
  Workshop shop;
  const auto plugin = shop.copy("scripted");
  REQUIRE(::chown(plugin.c_str(), 12345, 0) == 0);
  CHECK(has(why_not(plugin), "belongs to user 12345"));
  REQUIRE(::chown(plugin.c_str(), 0, 0) == 0);
  fs::create_symlink(plugin, shop.file("link.so"));
  REQUIRE(::lchown(shop.file("link.so").c_str(), 12345, 0) == 0);
  CHECK(has(why_not(shop.file("link.so")), "link.so: it belongs to user 12345"));
  REQUIRE(::chown(shop.folder().c_str(), 12345, 0) == 0);
  CHECK(has(why_not(plugin), "belongs to user 12345"));
}

TEST_CASE("O78 a name that is exchanged between the check and the load changes nothing: the descriptor counts") {
  Workshop shop;
  shop.copy("scripted");
  shop.copy("second");
  fs::create_symlink("scripted.so", shop.file("plugin.so"));
  auto file = open_trusted(shop.file("plugin.so").string(), {}, kLimit);
  REQUIRE(file.ok());
  fs::remove(shop.file("plugin.so"));
  fs::create_symlink("second.so", shop.file("plugin.so"));
  fs::rename(shop.file("second.so"), shop.file("scripted.so"));
  const auto loaded = load_native(*std::move(file));
  REQUIRE(loaded.ok());
  CHECK((*loaded)->authenticators.front().info.id == "org.example.scripted");
}

TEST_CASE("O78 plugins that are loaded one after another are each themselves, whatever number their descriptor has") {
  Workshop shop;
  // A refused file gives its number back; the next ones must not be taken for each other.
  shop.copy("no_symbol");
  for (const auto* name : {"scripted", "second", "twin"}) {
    auto junk = open_trusted(shop.file("no_symbol.so").string(), {}, kLimit);
    REQUIRE(junk.ok());
    CHECK_FALSE(load_native(*std::move(junk)).ok());
    auto file = open_trusted(shop.copy(name).string(), {}, kLimit);
    REQUIRE(file.ok());
    const int number = file->fd.get();
    const auto loaded = load_native(*std::move(file));
    REQUIRE(loaded.ok());
    const auto id = (*loaded)->authenticators.front().info.id;
    CHECK(id == (std::string(name) == "twin" ? "com.example.scripted" : "org.example." + std::string(name)));
    CHECK(::fcntl(number, F_GETFD) == FD_CLOEXEC);  // still open, and not for children
  }
}

TEST_CASE("O78 the same file is loaded once, however often it is asked for") {
  Workshop shop;
  const auto plugin = shop.copy("scripted");
  auto first = open_trusted(plugin.string(), {}, kLimit);
  auto second = open_trusted(plugin.string(), {}, kLimit);
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  CHECK(*load_native(*std::move(first)) == *load_native(*std::move(second)));
}
