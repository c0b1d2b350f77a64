// Plugins of another time, and of another compiler, in this host.
#include "unit/loader/workshop.hpp"

#include <authhost/abi.h>

#include <cstdlib>

using namespace authhost;
using namespace authhost::test;

namespace {

// A listener whose redirect has come already.
class Redirected final : public Loopback {
 public:
  Result<std::unique_ptr<LoopbackListener>> open(const LoopbackOptions&, const Call&) override {
    return std::unique_ptr<LoopbackListener>(std::make_unique<Listener>(waits));
  }
  std::shared_ptr<int> waits = std::make_shared<int>(0);

 private:
  class Listener final : public LoopbackListener {
   public:
    explicit Listener(std::shared_ptr<int> waits) : waits_(std::move(waits)) {}
    [[nodiscard]] std::string redirect_uri() const override { return "http://127.0.0.1:1/cb"; }
    Result<LoopbackResult> wait(const LoopbackExpect& expect, const Call& call) override {
      CHECK(expect.state == "state");
      CHECK_FALSE(call.deadline.has_value());
      ++*waits_;
      return LoopbackResult{"the-code", "", ""};
    }
    void finish(const LoopbackOutcome&) override {}
    std::shared_ptr<int> waits_;
  };
};

// Loads the plugin and gets a token, with and without a listener.
void check_works(const std::string& plugin) {
  INFO(plugin);
  Bench bench(plugin);
  const auto got = bench.credentials();
  CHECK(got.access_token.reveal() == "s3cret-token");
  CHECK(got.refresh_token.reveal() == "next");
  CHECK(got.expires_in == std::chrono::seconds{60});
  const auto loopback = std::make_shared<Redirected>();
  bench.services.loopback = loopback;
  CHECK(bench.credentials().access_token.reveal() == "s3cret-token");
  CHECK(*loopback->waits == 1);
}

}  // namespace

TEST_CASE("a plugin built with the headers of each frozen version loads and gives a token") {
  for (const auto& version : fs::directory_iterator(AUTHHOST_SOURCE_DIR "/tests/abi/frozen")) {
    check_works("aged_" + version.path().filename().string());
  }
}

TEST_CASE("a plugin built with the headers of the next minor loads and gives a token if it can do without them") {
  check_works("aged_newer");
  const Workshop shop;
  shop.install("aged_newer");
  CHECK(shop.registry()->describe("scripted", Call{})->can_revoke);
}

TEST_CASE("a plugin that cannot do without the next minor is refused with the sentence that says so") {
  const Workshop shop;
  shop.install("aged_needs_newer");
  auto registry = shop.registry();
  const auto row = shop.record(*registry, "aged_needs_newer");
  CHECK(row.state == PluginState::refused);
  CHECK_THAT(row.reason.message, Catch::EndsWith(": it needs at least version 1." + std::to_string(AUTHHOST_ABI_MINOR + 1) +
                                                     " of the plugin interface; this host speaks 1." + std::to_string(AUTHHOST_ABI_MINOR)));
  CHECK(row.reason.hint == "update authhost, or get an older version of the plugin");
}

TEST_CASE("a plugin whose structs have the smallest legal sizes works, and nothing beyond them is read") {
  check_works("aged_smallest");
  const Workshop shop;
  shop.install("aged_smallest");
  const auto info = shop.registry()->describe("scripted", Call{});
  REQUIRE(info.ok());
  CHECK_FALSE(info->can_revoke);
}

TEST_CASE("a plugin in C99 that GCC built works, whatever built the host", "[.gcc]") { check_works("aged_gcc"); }
TEST_CASE("a plugin in C99 that clang built works, whatever built the host", "[.clang]") { check_works("aged_clang"); }

namespace {

// The C++ plugin of docs/writing-a-plugin.md.
void check_minimal(const std::string& plugin) {
  Workshop shop;
  shop.install(plugin);
  const Call call;
  auto made = shop.registry()->create("org.example.minimal_cpp", call);
  INFO((made ? "" : made.error().message));
  REQUIRE(made.ok());
  config::Settings settings;
  settings["token"] = {std::string("from-cpp"), {config::Layer::user, "config.toml", 7}};
  RefreshRequest request;
  request.settings = &settings;
  const auto outcome = (*made)->refresh(request, call);
  REQUIRE(outcome.ok());
  CHECK(outcome->credentials.access_token.reveal() == "from-cpp");
}

}  // namespace

TEST_CASE("a plugin in C++20 that GCC built works, whatever built the host", "[.gcc]") { check_minimal("minimal_gcc"); }
TEST_CASE("a plugin in C++20 that clang built works, whatever built the host", "[.clang]") { check_minimal("minimal_clang"); }
