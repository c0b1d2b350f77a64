// The C++ face: descriptor, thunks, context.
#include <authhost/authenticator.hpp>
#include <authhost/testing.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace authhost;
using authhost::testing::FakeHost;

namespace {

// Does what a setting tells it to.
struct Odd final : Authenticator {
  static constexpr const char* kWords[] = {"fine", "throw", "throw-int", "no-message"};
  static constexpr auto kId = "org.example.odd";
  static constexpr auto kName = "Odd";
  static constexpr auto kVersion = "1.0.0";
  static constexpr auto kSummary = "For tests";
  static constexpr authhost_setting kSettings[] = {
      setting::one_of("mode", "what to do", kWords, "fine"), setting::required(setting::secret("key", "a secret")),
      setting::integer("count", "a number"), setting::boolean("flag", "a truth", "true"),
      setting::duration("pause", "a while", "2m"), setting::string_list("list", "words")};
  static constexpr const char* kServices[] = {AUTHHOST_SERVICE_CLOCK, AUTHHOST_SERVICE_STORE, AUTHHOST_SERVICE_PROMPT};

  Result<Credentials> do_refresh_credentials(Context& context) override {
    AUTHHOST_TRY(mode, context.setting<std::string>("mode"));
    if (mode == "throw") throw std::runtime_error("boom\x1b[31m");
    if (mode == "throw-int") throw 7;
    if (mode == "no-message") {
      if (auto slept = context.clock().sleep(std::chrono::hours(1)); !slept) return std::move(slept).error().in("waiting");
    }
    Credentials credentials;
    AUTHHOST_TRY(key, context.setting<Secret>("key"));
    AUTHHOST_TRY(pause, context.setting<std::chrono::milliseconds>("pause"));
    AUTHHOST_TRY(flag, context.setting<bool>("flag"));
    AUTHHOST_TRY(count, context.setting<std::optional<std::int64_t>>("count"));
    AUTHHOST_TRY(list, context.setting<std::optional<std::vector<std::string>>>("list"));
    credentials.access_token = std::move(key);
    credentials.expires_in = std::chrono::duration_cast<std::chrono::seconds>(pause);
    credentials.scopes = list.value_or(std::vector<std::string>{flag ? "flag" : "no-flag"});
    if (count) credentials.scopes.push_back(std::to_string(*count));
    return credentials;
  }
};

struct Plain : Authenticator {
  static constexpr auto kId = "org.example.plain";
  static constexpr auto kName = "Plain";
  static constexpr auto kVersion = "1.0.0";
  static constexpr auto kSummary = "For tests";
  Result<Credentials> do_refresh_credentials(Context& context) override {
    const auto undeclared = context.setting<std::string>("mode");
    if (undeclared.status() != Status::internal) return Error{Status::usage, "read a setting it did not declare", "", -1};
    AUTHHOST_TRY(stored, context.store().get("name"));
    return Error{Status::internal, "used a service it did not list", "", -1};
  }
  Result<void> revoke(Context& context) override {
    if (context.previous() == nullptr) return Error{Status::usage, "nothing to revoke", "", -1};
    throw std::runtime_error("boom");
  }
};

struct Newer : Plain {
  static constexpr std::uint32_t kMinHostMinor = 7;
};

constexpr const authhost_plugin& kBoth = detail::Plugin<Odd, Plain>::kValue;

}  // namespace

TEST_CASE("the exported data of several classes is constant and complete") {
  static_assert(kBoth.size == sizeof(authhost_plugin) && kBoth.n_authenticators == 2 && kBoth.abi_major == 1);
  const auto& odd = *kBoth.authenticators[0];
  CHECK(odd.n_settings == 6);
  CHECK(std::string_view(odd.settings[1]->name) == "key");
  CHECK(odd.settings[1]->flags == AUTHHOST_SETTING_REQUIRED);
  CHECK(odd.settings[0]->n_allowed == 4);
  CHECK(odd.n_services_needed == 3);
  const auto& plain = *kBoth.authenticators[1];
  CHECK(plain.n_settings == 0);
  CHECK(plain.n_services_needed == 0);
  CHECK(plain.capabilities == 0);
}

TEST_CASE("a plugin needs the newest minor that one of its classes needs") {
  CHECK(kBoth.min_host_minor == 0);
  CHECK(detail::Plugin<Odd, Newer>::kValue.min_host_minor == 7);
}

TEST_CASE("settings arrive typed, with their defaults") {
  FakeHost host(kBoth, "org.example.odd");
  host.settings["key"] = std::string("k");
  auto credentials = host.refresh();
  REQUIRE(credentials.ok());
  CHECK(credentials->access_token.reveal() == "k");
  CHECK(credentials->expires_in == std::chrono::seconds(120));
  CHECK(credentials->scopes == std::vector<std::string>{"flag"});
  host.settings["count"] = std::int64_t{-3};
  host.settings["flag"] = false;
  host.settings["list"] = std::vector<std::string>{"a", "b"};
  credentials = host.refresh();
  REQUIRE(credentials.ok());
  CHECK(credentials->scopes == std::vector<std::string>{"a", "b", "-3"});
}

TEST_CASE("a duration may be written as in the configuration, or as a number of milliseconds") {
  FakeHost host(kBoth, "org.example.odd");
  host.settings["key"] = std::string("k");
  host.settings["pause"] = std::string("90s");
  CHECK(host.refresh()->expires_in == std::chrono::seconds(90));
  host.settings["pause"] = std::int64_t{4000};
  CHECK(host.refresh()->expires_in == std::chrono::seconds(4));
}

TEST_CASE("FakeHost refuses the settings that the real host refuses, in its words, before the plugin is called") {
  FakeHost host(kBoth, "org.example.odd");
  const auto refuses = [&](const char* name, const testing::Setting& value, const std::string& message) {
    host.settings = {{"key", std::string("k")}};
    host.settings[name] = value;
    const auto result = host.refresh();
    INFO(name << ": " << message);
    REQUIRE(result.status() == Status::invalid_config);
    CHECK(result.error().message == message);
  };
  refuses("mode", std::string("other"), "mode = \"other\" is not known");
  refuses("modus", std::string("fine"), "unknown setting \"modus\" of odd");
  refuses("count", std::string("3"), "count has to be a whole number");
  refuses("pause", std::string("soon"), "pause has to be a duration such as \"90s\" or \"5m\"");
  refuses("flag", std::int64_t{1}, "flag has to be true or false");
  refuses("list", std::string("a"), "list has to be a list of strings");
  refuses("key", std::string(), "key is empty");
  refuses("key_env", std::string("KEY"), "key and key_env are both given");
  host.settings.clear();
  CHECK(host.refresh().error().message == "odd needs key");
  CHECK(host.revoke().ok());  // it has no revoke to call
  CHECK(host.emitted == 0);
}

TEST_CASE("FakeHost refuses a descriptor that the real host refuses") {
  authhost_descriptor odd = *kBoth.authenticators[0];
  odd.id = "odd";
  const authhost_descriptor* all[] = {&odd};
  authhost_plugin plugin = kBoth;
  plugin.n_authenticators = 1;
  plugin.authenticators = all;
  FakeHost host(plugin);
  host.settings["key"] = std::string("k");
  const auto result = host.refresh();
  REQUIRE(result.status() == Status::plugin);
  CHECK(result.error().message == "\"odd\" is not an id: it has to look like org.example.flow");
}

TEST_CASE("FakeHost refuses the credentials that the real host refuses") {
  FakeHost host(kBoth, "org.example.odd");
  host.settings["key"] = std::string("two words");
  CHECK(host.refresh().status() == Status::protocol);
  host.settings["key"] = std::string("k");
  host.settings["pause"] = std::string("0s");
  const auto result = host.refresh();
  REQUIRE(result.status() == Status::protocol);
  CHECK(result.error().message == "the token's lifetime is not a positive number");
  host.settings["pause"] = std::string("1s");
  host.settings["list"] = std::vector<std::string>{"not a scope"};
  CHECK(host.refresh().status() == Status::protocol);
}

TEST_CASE("nothing that a plugin throws crosses the border") {
  FakeHost host(kBoth, "org.example.odd");
  host.settings["key"] = std::string("k");
  host.settings["mode"] = std::string("throw");
  const auto result = host.refresh();
  REQUIRE(result.status() == Status::internal);
  CHECK(result.error().message == "the plugin failed unexpectedly: boom [31m");
  host.settings["mode"] = std::string("throw-int");
  CHECK(host.refresh().status() == Status::internal);
  host.settings["mode"] = std::string("fine");
  CHECK(host.refresh().ok());
}

TEST_CASE("an error of the host keeps the host's words") {
  FakeHost host(kBoth, "org.example.odd");
  host.settings["key"] = std::string("k");
  host.settings["mode"] = std::string("no-message");
  host.deadline = host.monotonic + std::chrono::seconds(1);
  const auto result = host.refresh();
  CHECK(result.status() == Status::deadline);
  CHECK(result.error().message == "time ran out");
}

TEST_CASE("R6 the words of a failure are not asked of a host that is older than they are") {
  authhost_host old{};
  old.size = offsetof(authhost_host, last_error);
  old.last_error = [](authhost_call*, authhost_str*, authhost_str*) { FAIL("it was asked"); };
  const authhost_client_config config{};
  authhost_refresh request{};
  request.client_config = &config;
  const Context context(old, nullptr, request);
  CHECK(context.explained({Status::invalid_config, "", "", -1}).message == "invalid-config");
  old.size = sizeof old;
  CHECK(context.explained({Status::denied, "words of its own", "", -1}).message == "words of its own");
}

TEST_CASE("a setting or a service that was not declared is an error, not a crash") {
  FakeHost host(kBoth, "org.example.plain");
  const auto result = host.refresh();
  CHECK(result.status() == Status::not_permitted);
  CHECK(result.error().message == "authhost.store/1 is not in the services that the plugin declares");
  CHECK(result.error().hint == "the plugin's author has to add it to services_needed (in C++ kServices)");
}

TEST_CASE("only a class that overrides revoke offers it, and its exceptions stay behind the wall") {
  FakeHost odd(kBoth, "org.example.odd");
  CHECK_FALSE(odd.can_revoke());
  FakeHost plain(kBoth, "org.example.plain");
  REQUIRE(plain.can_revoke());
  CHECK(plain.revoke().status() == Status::usage);
  plain.set_previous("a", "r");
  CHECK(plain.revoke().status() == Status::internal);
}
