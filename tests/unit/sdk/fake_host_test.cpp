// FakeHost is as strict as the real host: what a plugin is refused there, its own tests show.
#include <authhost/services.h>
#include <authhost/testing.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <limits>
#include <stdexcept>
#include <string>

using authhost::Status;
using authhost::testing::FakeHost;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// A plugin in C's clothes, as careless as a test wants it: it does what `act` says.
struct Careless {
  const authhost_host* host;
  std::function<authhost_status(const Careless&, authhost_call*)> act;

  template <class Table>
  const Table& service(authhost_call* call, const char* name) const {
    const void* table = nullptr;
    REQUIRE(host->get_service(call, name, &table) == AUTHHOST_OK);
    REQUIRE(table != nullptr);
    return *static_cast<const Table*>(table);
  }
  authhost_status emit(authhost_call* call, const char* token, std::int64_t expires_in = -1, std::int64_t expires_at = -1) const {
    authhost_credentials credentials{};
    credentials.size = sizeof credentials;
    credentials.access_token = str(token);
    credentials.expires_in_s = expires_in;
    credentials.expires_at_ms = expires_at;
    return host->emit_credentials(call, &credentials);
  }
  static authhost_str str(std::string_view text) { return {text.data(), text.size()}; }
};

Careless careless;
std::function<authhost_status(authhost_call*)> while_created;

authhost_status create(const authhost_host* host, authhost_call* call, authhost_instance** out) {
  careless.host = host;
  *out = reinterpret_cast<authhost_instance*>(&careless);
  return while_created ? while_created(call) : AUTHHOST_OK;
}
void destroy(authhost_instance*) {}
authhost_status act(authhost_instance*, authhost_call* call, const authhost_refresh*) { return careless.act(careless, call); }

constexpr authhost_setting kMode = {sizeof kMode, "mode", AUTHHOST_SETTING_STRING, 0, "a setting", "fine", nullptr, 0};
constexpr authhost_setting kKey = {sizeof kKey, "key", AUTHHOST_SETTING_SECRET, 0, "a secret", nullptr, nullptr, 0};
constexpr const authhost_setting* kSettings[] = {&kMode, &kKey};
constexpr const char* kServices[] = {AUTHHOST_SERVICE_CLOCK,  AUTHHOST_SERVICE_CRYPTO,   AUTHHOST_SERVICE_JSON,
                                     AUTHHOST_SERVICE_HTTP,   AUTHHOST_SERVICE_BROWSER,  AUTHHOST_SERVICE_PROMPT,
                                     AUTHHOST_SERVICE_STORE,  AUTHHOST_SERVICE_LOOPBACK, AUTHHOST_SERVICE_PROCESS};
constexpr authhost_descriptor kDescriptor = {
    sizeof kDescriptor, "org.example.careless", "Careless", "1.0", "For tests", kSettings, std::size(kSettings), kServices,
    std::size(kServices), 0, create, destroy, act, nullptr};
constexpr const authhost_descriptor* kAll[] = {&kDescriptor};
constexpr authhost_plugin kPlugin = {sizeof kPlugin, AUTHHOST_ABI_MAJOR, AUTHHOST_ABI_MINOR, 0, 1, kAll};

struct Host : FakeHost {
  Host() : FakeHost(kPlugin) { while_created = nullptr; }
  authhost::Result<authhost::Credentials> run(std::function<authhost_status(const Careless&, authhost_call*)> what) {
    careless.act = std::move(what);
    return refresh();
  }
  // For what is to be seen within the call alone: it ends well.
  void within(const std::function<void(const Careless&, authhost_call*)>& what) {
    const auto result = run([&](const Careless& plugin, authhost_call* call) {
      what(plugin, call);
      return plugin.emit(call, "t");
    });
    INFO((result.ok() ? "" : result.error().message));
    CHECK(result.ok());
  }
};

const authhost_str kPage = Careless::str("https://idp.example/page");

authhost_prompt_code code_to_show(std::string_view uri = "https://idp.example/activate", std::string_view code = "ABCD-EFGH") {
  authhost_prompt_code shown{};
  shown.size = sizeof shown;
  shown.verification_uri = Careless::str(uri);
  shown.user_code = Careless::str(code);
  shown.expires_in_s = 600;
  return shown;
}

}  // namespace

TEST_CASE("FakeHost: a plugin reaches nobody where no person may be asked") {
  Host host;
  host.may_interact = false;
  host.within([](const Careless& plugin, authhost_call* call) {
    const auto& browser = plugin.service<authhost_browser_service>(call, AUTHHOST_SERVICE_BROWSER);
    CHECK(browser.available(call) == 0);
    CHECK(browser.open(call, kPage, {}) == AUTHHOST_INTERACTION_REQUIRED);
    const auto& prompt = plugin.service<authhost_prompt_service>(call, AUTHHOST_SERVICE_PROMPT);
    CHECK(prompt.available(call) == 0);
    CHECK(prompt.notice(call, Careless::str("a line")) == AUTHHOST_OK);  // nobody reads it: the flow goes on
    CHECK(prompt.countdown(call, 10) == AUTHHOST_OK);
    const auto code = code_to_show();
    CHECK(prompt.show_code(call, &code) == AUTHHOST_INTERACTION_REQUIRED);
    authhost_str answer{};
    CHECK(prompt.ask(call, Careless::str("Password?"), 0, &answer) == AUTHHOST_INTERACTION_REQUIRED);
    CHECK(answer.size == 0);
  });
  CHECK(host.opened.empty());
  CHECK(host.notices.empty());
  CHECK(host.countdowns.empty());
  CHECK(host.codes.empty());
  CHECK(host.questions.empty());
  const auto result = host.run([](const Careless& plugin, authhost_call* call) {
    return plugin.service<authhost_browser_service>(call, AUTHHOST_SERVICE_BROWSER).open(call, kPage, {});
  });
  REQUIRE(result.status() == Status::interaction_required);
  CHECK(result.error().message == "a person has to act, and none may be asked");
}

TEST_CASE("FakeHost: a person is there unless the test says otherwise") {
  Host host;
  host.prompt_answer = "pa ss";
  host.within([](const Careless& plugin, authhost_call* call) {
    const auto& browser = plugin.service<authhost_browser_service>(call, AUTHHOST_SERVICE_BROWSER);
    CHECK(browser.available(call) != 0);
    CHECK(browser.open(call, kPage, {}) == AUTHHOST_OK);
    const auto& prompt = plugin.service<authhost_prompt_service>(call, AUTHHOST_SERVICE_PROMPT);
    CHECK(prompt.available(call) != 0);
    CHECK(prompt.notice(call, Careless::str("a line")) == AUTHHOST_OK);
    const auto code = code_to_show();
    CHECK(prompt.show_code(call, &code) == AUTHHOST_OK);
    authhost_str answer{};
    CHECK(prompt.ask(call, Careless::str("Password?"), AUTHHOST_PROMPT_SECRET, &answer) == AUTHHOST_OK);
    CHECK(std::string(answer.data, answer.size) == "pa ss");
  });
  CHECK(host.opened == std::vector<std::string>{"https://idp.example/page"});
  CHECK(host.notices == std::vector<std::string>{"plugin org.example.careless: a line", "plugin org.example.careless: it asks you to open an address and to enter a code:"});
  CHECK(host.codes.size() == 1);
  CHECK(host.questions == std::vector<std::string>{"plugin org.example.careless: Password?"});
}

TEST_CASE("FakeHost: a person is shown what the real host would show, and nothing else") {
  Host host;
  host.within([](const Careless& plugin, authhost_call* call) {
    const auto& prompt = plugin.service<authhost_prompt_service>(call, AUTHHOST_SERVICE_PROMPT);
    CHECK(prompt.notice(call, Careless::str("red \x1b[31m")) == AUTHHOST_OK);
    for (const auto& odd : {code_to_show("http://idp.example/activate"), code_to_show("https://idp.example/activate", "")}) {
      CHECK(prompt.show_code(call, &odd) == AUTHHOST_PROTOCOL);
    }
    const auto& browser = plugin.service<authhost_browser_service>(call, AUTHHOST_SERVICE_BROWSER);
    CHECK(browser.open(call, Careless::str("file:///etc/passwd"), {}) == AUTHHOST_PROTOCOL);
    CHECK(browser.open(call, Careless::str("http://idp.example/"), {}) == AUTHHOST_PROTOCOL);
  });
  CHECK(host.notices == std::vector<std::string>{"plugin org.example.careless: red [31m"});
  CHECK(host.codes.empty());
  CHECK(host.opened.empty());
}

TEST_CASE("FakeHost: where there is no browser none is opened, unless a command is named") {
  Host host;
  host.browser_available = false;
  host.within([](const Careless& plugin, authhost_call* call) {
    const auto& browser = plugin.service<authhost_browser_service>(call, AUTHHOST_SERVICE_BROWSER);
    CHECK(browser.open(call, kPage, {}) == AUTHHOST_INTERACTION_REQUIRED);
    CHECK(browser.open(call, kPage, Careless::str("firefox")) == AUTHHOST_OK);
  });
  CHECK(host.opened.size() == 1);
}

TEST_CASE("FakeHost: JSON's functions take null for a value") {
  Host host;
  host.within([](const Careless& plugin, authhost_call* call) {
    const auto& json = plugin.service<authhost_json_service>(call, AUTHHOST_SERVICE_JSON);
    CHECK(json.type(call, nullptr) == AUTHHOST_JSON_NULL);
    CHECK(json.length(call, nullptr) == 0);
    CHECK(json.item(call, nullptr, 0) == nullptr);
    CHECK(json.key(call, nullptr, 0).size == 0);
    CHECK(json.member(call, nullptr, "a") == nullptr);
    CHECK(json.string(call, nullptr).size == 0);
    CHECK(json.number(call, nullptr) != json.number(call, nullptr));  // NaN
    CHECK(json.boolean(call, nullptr) == 0);
    const authhost_json_value* value = nullptr;
    REQUIRE(json.parse(call, Careless::str("{\"a\":1}"), &value) == AUTHHOST_OK);
    CHECK(json.member(call, value, nullptr) == nullptr);
    CHECK(json.string(call, json.member(call, value, "b")).size == 0);
    CHECK(json.parse(call, Careless::str("{}"), nullptr) == AUTHHOST_USAGE);
  });
}

TEST_CASE("FakeHost: credentials that are refused take back those before them") {
  Host host;
  const auto result = host.run([](const Careless& plugin, authhost_call* call) {
    CHECK(plugin.emit(call, "good", 60) == AUTHHOST_OK);
    CHECK(plugin.emit(call, "not good", 60) == AUTHHOST_PROTOCOL);
    return AUTHHOST_OK;
  });
  REQUIRE(result.status() == Status::protocol);
  CHECK(result.error().message == "the access token holds characters that a token cannot have");
}

TEST_CASE("FakeHost: of several emissions the last one counts, and none where the call fails") {
  Host host;
  const auto second = host.run([](const Careless& plugin, authhost_call* call) {
    CHECK(plugin.emit(call, "two words") == AUTHHOST_PROTOCOL);
    CHECK(plugin.emit(call, "first", 60) == AUTHHOST_OK);
    return plugin.emit(call, "second", 90);
  });
  REQUIRE(second.ok());
  CHECK(second->access_token.reveal() == "second");
  CHECK(second->expires_in == seconds(90));
  CHECK(host.emitted == 2);
  const auto denied = host.run([](const Careless& plugin, authhost_call* call) {
    CHECK(plugin.emit(call, "t") == AUTHHOST_OK);
    return AUTHHOST_DENIED;
  });
  CHECK(denied.status() == Status::denied);
  const auto nothing = host.run([](const Careless&, authhost_call*) { return AUTHHOST_OK; });
  REQUIRE(nothing.status() == Status::plugin);
  CHECK(nothing.error().message == "org.example.careless returned without credentials");
}

TEST_CASE("FakeHost: no token lives longer than ten years, and every one ends") {
  Host host;
  const auto now = std::chrono::system_clock::time_point(host.wall);
  constexpr auto kTenYears = std::chrono::hours(24) * 365 * 10;
  constexpr auto kEver = std::numeric_limits<std::int64_t>::max();
  const auto ends = [&](std::int64_t expires_in, std::int64_t expires_at) {
    const auto result = host.run([&](const Careless& plugin, authhost_call* call) { return plugin.emit(call, "t", expires_in, expires_at); });
    REQUIRE(result.ok());
    REQUIRE(result->expires_at.has_value());
    return *result->expires_at;
  };
  CHECK(ends(-1, kEver) == now + kTenYears);
  CHECK(ends(kEver, -1) == now + kTenYears);
  CHECK(ends(-1, (host.wall + seconds(5)).count()) == now + seconds(5));
  CHECK(ends(60, kEver) == now + seconds(60));
  CHECK(ends(-1, -1) == now + seconds(300));  // nothing was said
}

TEST_CASE("FakeHost: the store judges name, size, sum and number as the real one does") {
  Host host;
  host.store["before"] = "kept";
  host.within([](const Careless& plugin, authhost_call* call) {
    const auto& store = plugin.service<authhost_store_service>(call, AUTHHOST_SERVICE_STORE);
    std::int32_t found = 0;
    authhost_str value{};
    CHECK(store.get(call, "before", &found, &value) == AUTHHOST_OK);
    CHECK(found == 1);
    CHECK(std::string(value.data, value.size) == "kept");
    CHECK(store.drop(call, "before") == AUTHHOST_OK);
    CHECK(store.get(call, nullptr, &found, &value) == AUTHHOST_USAGE);

    const std::string most(64 * 1024, 'v');
    const std::string long_name(129, 'n');
    for (const char* name : {"", "two words", "caf\xc3\xa9", long_name.c_str()}) {
      CHECK(store.put(call, name, Careless::str("v")) == AUTHHOST_USAGE);
    }
    CHECK(store.put(call, nullptr, Careless::str("v")) == AUTHHOST_USAGE);
    CHECK(store.put(call, "a", Careless::str(most + "v")) == AUTHHOST_USAGE);
    for (const char* name : {"a", "b", "c", "d", "d"}) CHECK(store.put(call, name, Careless::str(most)) == AUTHHOST_OK);
    CHECK(store.put(call, "e", Careless::str("v")) == AUTHHOST_USAGE);  // 256 KiB together
    for (const char* name : {"a", "b", "c"}) CHECK(store.drop(call, name) == AUTHHOST_OK);
    for (int i = 1; i < 64; ++i) CHECK(store.put(call, std::to_string(i).c_str(), Careless::str("v")) == AUTHHOST_OK);
    CHECK(store.put(call, "64", Careless::str("v")) == AUTHHOST_USAGE);
    CHECK(store.put(call, "63", Careless::str("other")) == AUTHHOST_OK);
  });
  CHECK(host.store.size() == 64);
  CHECK(host.store["63"] == "other");
  CHECK(host.store.count("before") == 0);
}

TEST_CASE("FakeHost: create does no I/O") {
  Host host;
  while_created = [](authhost_call* call) {
    const auto& clock = careless.service<authhost_clock_service>(call, AUTHHOST_SERVICE_CLOCK);
    CHECK(clock.sleep_ms(call, 1) == AUTHHOST_USAGE);
    authhost_setting_value value{};
    value.size = sizeof value;
    CHECK(careless.host->get_setting(call, "mode", &value) == AUTHHOST_USAGE);
    CHECK(careless.emit(call, "t") == AUTHHOST_USAGE);
    return AUTHHOST_OK;
  };
  host.within([](const Careless&, authhost_call*) {});
  CHECK(host.sleeps.empty());
}

TEST_CASE("FakeHost: an instance that is none is a plugin error") {
  authhost_descriptor descriptor = kDescriptor;
  descriptor.create = [](const authhost_host*, authhost_call*, authhost_instance**) -> authhost_status { return AUTHHOST_OK; };
  const authhost_descriptor* all[] = {&descriptor};
  authhost_plugin plugin = kPlugin;
  plugin.authenticators = all;
  FakeHost host(plugin);
  const auto result = host.refresh();
  REQUIRE(result.status() == Status::plugin);
  CHECK(result.error().message == "org.example.careless created nothing");
}

TEST_CASE("FakeHost: a struct that is too small, or none, is an error and no crash") {
  Host host;
  host.within([](const Careless& plugin, authhost_call* call) {
    authhost_http_request request{};
    authhost_http_response response{};
    const auto& http = plugin.service<authhost_http_service>(call, AUTHHOST_SERVICE_HTTP);
    CHECK(http.send(call, &request, &response) == AUTHHOST_USAGE);
    CHECK(http.send(call, nullptr, nullptr) == AUTHHOST_USAGE);
    CHECK(plugin.host->emit_credentials(call, nullptr) == AUTHHOST_USAGE);
    CHECK(plugin.host->get_setting(call, "mode", nullptr) == AUTHHOST_USAGE);
    CHECK(plugin.host->get_service(call, nullptr, nullptr) == AUTHHOST_USAGE);
    const auto& loopback = plugin.service<authhost_loopback_service>(call, AUTHHOST_SERVICE_LOOPBACK);
    CHECK(loopback.open(call, nullptr, nullptr, nullptr) == AUTHHOST_USAGE);
    CHECK(loopback.wait(call, nullptr, nullptr, nullptr) == AUTHHOST_USAGE);
    const auto& process = plugin.service<authhost_process_service>(call, AUTHHOST_SERVICE_PROCESS);
    CHECK(process.run(call, nullptr, nullptr) == AUTHHOST_USAGE);
    const auto& crypto = plugin.service<authhost_crypto_service>(call, AUTHHOST_SERVICE_CRYPTO);
    CHECK(crypto.base64_encode(call, Careless::str("a"), 7, nullptr) == AUTHHOST_USAGE);
  });
  CHECK(host.requests.empty());
}

TEST_CASE("FakeHost: a request that the real host would not send is not sent") {
  Host host;
  const auto sends = [&](const char* url, const char* header) {
    return host.run([&](const Careless& plugin, authhost_call* call) {
      const authhost_http_header headers[] = {{Careless::str(header), Careless::str("v")}};
      authhost_http_request request{};
      request.size = sizeof request;
      request.url = Careless::str(url);
      request.headers = headers;
      request.n_headers = 1;
      authhost_http_response response{};
      response.size = sizeof response;
      return plugin.service<authhost_http_service>(call, AUTHHOST_SERVICE_HTTP).send(call, &request, &response);
    });
  };
  CHECK(sends("http://idp.example/token", "accept").status() == Status::invalid_config);
  CHECK(sends("https://user@idp.example/token", "accept").status() == Status::invalid_config);
  CHECK_FALSE(sends("https://idp.example/token", "two words").ok());
  CHECK(host.requests.empty());
  CHECK(sends("http://localhost:80/token", "accept").status() == Status::unavailable);  // nothing answers
  CHECK(host.requests.size() == 1);
}

TEST_CASE("FakeHost: an error arrives as the real host would show it, its status as the plugin said it") {
  Host host;
  host.set_previous("the-old-token", "the-refresh-token");
  host.settings["key"] = std::string("s3cret-key");
  const auto told = host.run([](const Careless& plugin, authhost_call* call) {
    authhost_setting_value value{};
    value.size = sizeof value;
    CHECK(plugin.host->get_setting(call, "key", &value) == AUTHHOST_OK);
    plugin.host->set_error(call, AUTHHOST_DENIED, Careless::str("s3cret-key\nand the-refresh-token"), {});
    return AUTHHOST_NOT_PERMITTED;
  });
  REQUIRE(told.status() == Status::not_permitted);
  CHECK(told.error().message.find("s3cret-key") == std::string::npos);
  CHECK(told.error().message.find("the-refresh-token") == std::string::npos);
  CHECK(told.error().message.find('\n') == std::string::npos);
  const auto odd = host.run([](const Careless&, authhost_call*) { return 77; });
  REQUIRE(odd.status() == Status::plugin);
  CHECK(odd.error().message == "org.example.careless returned a status that does not exist: 77");
  const auto silent = host.run([](const Careless&, authhost_call*) { return AUTHHOST_DENIED; });
  CHECK(silent.error().message == "org.example.careless failed without a reason (denied)");
  const auto thrown = host.run([](const Careless&, authhost_call*) -> authhost_status { throw std::runtime_error("boom"); });
  REQUIRE(thrown.status() == Status::plugin);
  CHECK(thrown.error().message == "the plugin let an exception out");
}

TEST_CASE("FakeHost: log lines are the plugin's own words") {
  Host host;
  host.settings["key"] = std::string("s3cret-key");
  host.within([](const Careless& plugin, authhost_call* call) {
    authhost_setting_value value{};
    value.size = sizeof value;
    CHECK(plugin.host->get_setting(call, "key", &value) == AUTHHOST_OK);
    CHECK(plugin.host->log_enabled(call, AUTHHOST_LOG_DEBUG) != 0);
    plugin.host->log(call, AUTHHOST_LOG_DEBUG, value.string);
  });
  CHECK(host.log_lines == std::vector<std::string>{"s3cret-key"});  // a test wants to see a secret that goes astray
}

TEST_CASE("FakeHost: whoever gave up is told so by every service that waits, also if it was while an answer came") {
  Host host;
  host.cancelled_at = host.monotonic + seconds(2);
  host.otherwise = [&](const authhost::testing::SentRequest&) {
    host.monotonic += seconds(3);
    return authhost::testing::HttpAnswer{};
  };
  const auto result = host.run([](const Careless& plugin, authhost_call* call) {
    CHECK(plugin.host->is_cancelled(call) == 0);
    authhost_http_request request{};
    request.size = sizeof request;
    request.url = kPage;
    authhost_http_response response{};
    response.size = sizeof response;
    CHECK(plugin.service<authhost_http_service>(call, AUTHHOST_SERVICE_HTTP).send(call, &request, &response) == AUTHHOST_CANCELLED);
    CHECK(plugin.host->is_cancelled(call) != 0);
    CHECK(plugin.service<authhost_clock_service>(call, AUTHHOST_SERVICE_CLOCK).sleep_ms(call, 1) == AUTHHOST_CANCELLED);
    CHECK(plugin.service<authhost_browser_service>(call, AUTHHOST_SERVICE_BROWSER).open(call, kPage, {}) == AUTHHOST_CANCELLED);
    authhost_str answer{};
    const auto& prompt = plugin.service<authhost_prompt_service>(call, AUTHHOST_SERVICE_PROMPT);
    CHECK(prompt.ask(call, Careless::str("Password?"), 0, &answer) == AUTHHOST_CANCELLED);
    return AUTHHOST_CANCELLED;
  });
  CHECK(result.status() == Status::cancelled);
  CHECK(host.opened.empty());
  CHECK(host.questions.empty());

  host.cancelled_at.reset();
  host.deadline = host.monotonic + milliseconds(1500);
  const auto late = host.run([](const Careless& plugin, authhost_call* call) {
    CHECK(plugin.host->deadline_ms(call) == 1500);
    return plugin.service<authhost_clock_service>(call, AUTHHOST_SERVICE_CLOCK).sleep_ms(call, 60'000);
  });
  CHECK(late.status() == Status::deadline);
  CHECK(host.monotonic == *host.deadline);
}

TEST_CASE("FakeHost: a secret may come from a command, which the script answers") {
  Host host;
  host.settings["key_command"] = std::vector<std::string>{"pass", "show", "key"};
  host.process.output = "s3cret\nmore\n";
  host.within([](const Careless& plugin, authhost_call* call) {
    authhost_setting_value value{};
    value.size = sizeof value;
    REQUIRE(plugin.host->get_setting(call, "key", &value) == AUTHHOST_OK);
    CHECK(std::string(value.string.data, value.string.size) == "s3cret");
  });
  REQUIRE(host.processes.size() == 1);
  CHECK(host.processes[0].argv == std::vector<std::string>{"pass", "show", "key"});
}

TEST_CASE("FakeHost: what the plugin is told of the previous credentials is complete") {
  static std::string seen;
  authhost_descriptor descriptor = kDescriptor;
  descriptor.refresh = [](authhost_instance*, authhost_call* call, const authhost_refresh* request) -> authhost_status {
    REQUIRE(request->previous != nullptr);
    seen.assign(request->previous->id.data, request->previous->id.size);
    CHECK(request->previous->expires_at_ms == 7000);
    CHECK(request->previous->n_scopes == 1);
    return careless.emit(call, "new");
  };
  const authhost_descriptor* all[] = {&descriptor};
  authhost_plugin plugin = kPlugin;
  plugin.authenticators = all;
  while_created = nullptr;
  FakeHost host(plugin);
  host.set_previous("old", "refresh");
  host.previous->expires_at = std::chrono::system_clock::time_point(seconds(7));
  host.previous->scopes = {"read"};
  const auto result = host.refresh(AUTHHOST_REASON_EXPIRED);
  REQUIRE(result.ok());
  CHECK(seen == "149603e6c03516362a8da23f624db945");  // md5 of "old"
  CHECK(result->refresh_token.reveal() == "refresh");  // none was emitted: the previous one stays
  CHECK(result->id.size() == 32);
}
