// Workshop: a private folder with plugins and manifests, and the fakes that a call works with.
#pragma once

#include "core/plugins/authenticator.hpp"
#include "core/plugins/registry.hpp"

#include <catch2/catch.hpp>

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace authhost::test {

namespace fs = std::filesystem;
using namespace plugins;

inline const WallTime kNow{std::chrono::seconds{1'800'000'000}};

class FixedClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override { return kNow; }
  [[nodiscard]] Monotonic monotonic() const override { return Monotonic{std::chrono::hours{1}}; }
  Result<void> sleep(Milliseconds, const Call&) const override { return {}; }
};

class Workshop {
 public:
  Workshop() {
    std::string pattern = (fs::temp_directory_path() / "authhost-loader-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    root_ = pattern;
    fs::create_directory(root_ / "plugins.d");
    mode(root_ / "plugins.d", 0755);
  }
  ~Workshop() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  [[nodiscard]] fs::path root() const { return root_; }
  [[nodiscard]] fs::path folder() const { return root_ / "plugins.d"; }
  [[nodiscard]] fs::path file(const std::string& name) const { return folder() / name; }
  static void mode(const fs::path& path, mode_t mode) { REQUIRE(::chmod(path.c_str(), mode) == 0); }

  // Copies a plugin of the zoo beside the manifests.
  fs::path copy(const std::string& odd, const std::string& to = "") const {
    const fs::path target = file((to.empty() ? odd : to) + ".so");
    fs::copy_file(fs::path(AUTHHOST_BUILD_DIR) / "tests/odd" / (odd + ".so"), target, fs::copy_options::overwrite_existing);
    mode(target, 0755);
    return target;
  }
  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name)) << text;
    mode(file(name), 0644);
    return file(name);
  }
  // Plugin and manifest of one name.
  void install(const std::string& odd, const std::string& more = "") const {
    copy(odd);
    write(odd + ".toml", "kind = \"native\"\npath = \"" + odd + ".so\"\n" + more);
  }

  [[nodiscard]] std::shared_ptr<Registry> registry(config::PluginPolicy policy = config::PluginPolicy::any) const {
    config::PluginsConfig config;
    config.directories = {folder().string()};
    config.policy = policy;
    return make_registry(config);
  }
  // The row of the manifest `name`.
  [[nodiscard]] PluginRecord record(Registry& registry, const std::string& name) const {
    for (auto& row : registry.list(Call{})) {
      if (fs::path(row.manifest).filename() == name + ".toml") return row;
    }
    FAIL("no record of " << name);
    return {};
  }

 private:
  fs::path root_;
};

// Everything a refresh needs beside its authenticator.
struct Parts {
  void put(const std::string& key, decltype(config::SettingValue::value) value) {
    settings[key] = {std::move(value), {config::Layer::user, "config.toml", 7}};
  }
  RefreshRequest request() {
    RefreshRequest out;
    out.endpoint = "dns:///example.com";
    out.previous = previous ? &*previous : nullptr;
    out.client_config = &client;
    out.settings = &settings;
    out.extras = &extras;
    out.services = services;
    return out;
  }
  static Error error_of(Result<RefreshOutcome> outcome) {
    REQUIRE_FALSE(outcome.ok());
    return outcome.error();
  }
  static Credentials credentials_of(Result<RefreshOutcome> outcome) {
    INFO((outcome.ok() ? std::string() : outcome.error().message + " / " + outcome.error().hint));
    REQUIRE(outcome.ok());
    return std::move(outcome->credentials);
  }

  Workshop shop;
  Call call;
  ClientConfig client;
  config::Settings settings;
  std::map<std::string, Secret> extras;
  std::optional<Credentials> previous;
  Services services;
  std::shared_ptr<Registry> registry;
  std::unique_ptr<Authenticator> authenticator;
};

// The plugin of the zoo that does what its settings say.
class Bench : public Parts {
 public:
  // With AUTHHOST_TEST_ISOLATED in the environment the plugin is in a process of its own: the same is promised there.
  explicit Bench(const std::string& name = "scripted", const std::string& more = "") {
    const bool isolated = ::getenv("AUTHHOST_TEST_ISOLATED") != nullptr;
    shop.install(name, more + (isolated ? "isolation = \"process\"\n" : ""));
    call.clock = &clock;
    set("token", std::string("s3cret-token"));
  }

  Bench& set(const std::string& key, decltype(config::SettingValue::value) value) {
    put(key, std::move(value));
    return *this;
  }
  Bench& act(const std::string& what) { return set("act", what); }

  Result<RefreshOutcome> refresh() {
    auto made = (registry ? registry : registry = shop.registry())->create("org.example.scripted", call);
    if (!made) return std::move(made).error();
    authenticator = *std::move(made);
    return authenticator->refresh(request(), call);
  }
  Error error() { return error_of(refresh()); }
  Credentials credentials() { return credentials_of(refresh()); }

  FixedClock clock;
};

}  // namespace authhost::test
