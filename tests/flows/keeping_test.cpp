// What is kept, where, for how long, and what is never found outside: refresh tokens, revocation, clocks, rights, canaries.
#include "harness.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>

using namespace authhost::test;

namespace {

// A home with a device login, approved at once.
struct Keeper {
  TempHome home;
  Cli cli{home};

  explicit Keeper(ProfileText profile = device_profile(), const Json& settings = Json::object()) {
    provider().reset();
    provider().control({{"device", {{"auto", "approve"}}}});
    provider().control(settings);
    home.write_config(profile.toml());
    const auto done = login();
    INFO(done.err);
    REQUIRE(done.status == 0);
  }
  Finished login() const { return cli.run({"login"}); }
  Finished token() const { return cli.run({"token"}); }
  Finished refresh() const { return cli.run({"token", "--refresh"}); }
};

// The refresh tokens that came to the provider, in order.
std::vector<std::string> refresh_tokens_sent() {
  std::vector<std::string> out;
  for (const Json& request : provider().log("/token"))
    if (request["form"].value("grant_type", "") == "refresh_token") out.push_back(request["form"]["refresh_token"]);
  return out;
}

bool group_or_others_may(const std::string& path) {
  struct stat about {};
  REQUIRE(::lstat(path.c_str(), &about) == 0);
  return (about.st_mode & 077) != 0;
}

}  // namespace

TEST_CASE("O57 a new refresh token replaces the old one, and each is sent once") {
  const Keeper keeper;
  for (int i = 0; i < 4; ++i) REQUIRE(keeper.refresh().status == 0);
  const auto sent = refresh_tokens_sent();
  CHECK(sent.size() == 4);
  CHECK(std::set<std::string>(sent.begin(), sent.end()).size() == 4);
}

TEST_CASE("O57 keeps the old refresh token when the answer has none") {
  for (const Json& fault : {Json{{"grant", "refresh_token"}, {"omit", {"refresh_token"}}},
                            Json{{"grant", "refresh_token"}, {"omit", {"refresh_token"}}, {"set", {{"x", nullptr}}}}}) {
    const Keeper keeper;
    provider().control({{"token", fault}});
    REQUIRE(keeper.refresh().status == 0);
    REQUIRE(keeper.refresh().status == 0);
    const auto sent = refresh_tokens_sent();
    REQUIRE(sent.size() == 2);
    CHECK(sent[0] == sent[1]);
  }
}

TEST_CASE("the refresh request holds exactly what it needs") {
  const Keeper keeper;
  REQUIRE(keeper.refresh().status == 0);
  const Json form = provider().log("/token").back()["form"];
  CHECK(form.size() == 3);
  CHECK(form["grant_type"] == "refresh_token");
  CHECK(form["client_id"] == "demo-cli");
}

TEST_CASE("O58 a refresh whose answer was lost is not sent again by the same run") {
  const Keeper keeper;
  provider().control({{"token", {{"drop", "after"}}}});
  failed(keeper.cli.run({"token", "--min-ttl", "1h"}), 6);
  CHECK(refresh_tokens_sent().size() == 1);
}

TEST_CASE("O58 a refresh token that was refused is never sent again") {
  const Keeper keeper;
  provider().control({{"revoke_grants", true}});
  failed(keeper.refresh(), 10);
  CHECK(refresh_tokens_sent().size() == 1);
  const auto again = keeper.refresh();
  CHECK((again.status == 4 || again.status == 10));
  CHECK(refresh_tokens_sent().size() == 1);
  CHECK(keeper.login().status == 0);
  CHECK(keeper.refresh().status == 0);
  const auto sent = refresh_tokens_sent();
  REQUIRE(sent.size() == 2);
  CHECK(sent[0] != sent[1]);
}

TEST_CASE("a refresh that failed for the moment leaves the login as it was") {
  const Keeper keeper;
  for (const Json& fault : {Json{{"status", 503}}, Json{{"drop", "before"}}, Json{{"body", "<html>"}, {"content_type", "text/html"}},
                            Json{{"error", "temporarily_unavailable"}}, Json{{"json", token_answer({{"token_type", "mac"}})}},
                            Json{{"redirect", provider().url("/api")}}}) {
    INFO(fault.dump());
    provider().control({{"token", fault}});
    failed(keeper.cli.run({"token", "--min-ttl", "1h"}), {6, 7});
    provider().control({{"token", nullptr}});
    CHECK(keeper.refresh().status == 0);
  }
  CHECK(provider().count("/device_authorization") == 1);
}

TEST_CASE("an answer without what was asked for does not replace a token that lives") {
  const Keeper keeper;
  const auto before = keeper.token();
  REQUIRE(before.status == 0);
  provider().control({{"token", {{"status", 503}}}});
  const auto during = keeper.token();
  CHECK(during.status == 0);
  CHECK(during.out == before.out);
}

TEST_CASE("O64 logout revokes the refresh token and deletes, also where the server does not know it") {
  for (const bool known : {true, false}) {
    const Keeper keeper;
    const auto token = keeper.token().out;
    if (!known) provider().control({{"revoke_grants", true}});
    const auto done = keeper.cli.run({"logout"});
    INFO(done.err);
    CHECK(done.status == 0);
    const Json log = provider().log("/revoke");
    REQUIRE(log.size() == 1);
    CHECK(log[0]["form"]["token"].get<std::string>().starts_with("refresh-"));
    CHECK(log[0]["form"]["token_type_hint"] == "refresh_token");
    CHECK(log[0]["form"]["client_id"] == "demo-cli");
    CHECK(keeper.home.files_with(token.substr(0, token.size() - 1)).empty());
    failed(keeper.token(), 4);
  }
}

TEST_CASE("O64 logout deletes whatever the server says, and says that it could not be told: 6") {
  for (const Json& settings :
       {Json{{"revoke", {{"status", 503}}}}, Json{{"revoke", {{"drop", "before"}}}}, Json{{"revoke", {{"redirect", provider().url("/api")}}}},
        Json{{"revoke", {{"status", 400}, {"json", {{"error", "unsupported_token_type"}}}}}}, Json{{"revoke", {{"raw", "nonsense\r\n"}}}},
        Json{{"revoke", {{"endless", "body"}}}}, Json{{"discovery", {{"status", 503}}}}}) {
    INFO(settings.dump());
    const Keeper keeper;
    provider().control(settings);
    const auto done = keeper.cli.run({"logout"});
    INFO(done.err);
    CHECK(done.status == 6);
    CHECK(done.err.size() < 4096);
    CHECK(std::count(done.err.begin(), done.err.end(), '\n') == 2);
    CHECK(provider().count("/api") == 0);
    failed(keeper.token(), 4);
    CHECK(Json::parse(keeper.cli.run({"--output", "json", "status"}).out)[0]["state"] == "none");
  }
}

TEST_CASE("O64 where the server offers no revocation logout only deletes: 0") {
  const Keeper keeper;
  provider().control({{"discovery", {{"omit", {"revocation_endpoint"}}}}});
  CHECK(keeper.cli.run({"logout"}).status == 0);
  CHECK(provider().count("/revoke") == 0);
  failed(keeper.token(), 4);
}

TEST_CASE("O69 a refresh obeys Retry-After") {
  const Keeper keeper;
  const auto skipped = provider().count("/token");
  provider().control({{"token", Json::array({{{"status", 429}, {"retry_after", 1}}})}});
  const auto done = keeper.refresh();
  INFO(done.err);
  const Json log = provider().log("/token");
  if (done.status == 0) {
    REQUIRE(log.size() == skipped + 2);
    CHECK(log[skipped + 1]["t_ms"].get<int>() - log[skipped]["t_ms"].get<int>() >= 990);
  } else {
    failed(done, 6);
  }
}

TEST_CASE("O70 a server whose clock is an hour off gives tokens that live as long as it says") {
  for (const int offset : {-3'600, 3'600}) {
    for (const char* format : {"opaque", "jwt"}) {
      for (const bool with_expires_in : {true, false}) {
        INFO(offset << " " << format << " " << with_expires_in);
        const TempHome home;
        home.write_config(service_profile().toml());
        provider().reset();
        provider().control({{"clock", {{"offset_s", offset}}}, {"access_token", {{"format", format}, {"ttl", 300}}}});
        if (!with_expires_in) provider().control({{"token", {{"omit", {"expires_in"}}}}});
        const auto first = Cli(home).run({"--output", "json", "token"}, {.env = {kSecret}});
        INFO(first.err);
        REQUIRE(first.status == 0);
        const Json token = Json::parse(first.out);
        const double left = seconds_until(token["expires_at"]);
        CHECK(left > 150);
        CHECK(left <= 302);
        // It is used: no second request while it lives.
        CHECK(Json::parse(Cli(home).run({"--output", "json", "token"}, {.env = {kSecret}}).out)["access_token"] == token["access_token"]);
        CHECK(provider().count("/token") == 1);
      }
    }
  }
}

TEST_CASE("O70 a person's login and refresh work with a server whose clock is an hour off") {
  for (const int offset : {-3'600, 3'600}) {
    INFO(offset);
    const Keeper keeper(device_profile(), {{"clock", {{"offset_s", offset}}}, {"access_token", {{"format", "jwt"}}}});
    const auto token = keeper.token().out;
    CHECK(keeper.token().out == token);
    const auto next = keeper.refresh();
    CHECK(next.status == 0);
    CHECK(provider().api_status(next.out.substr(0, next.out.size() - 1)) == 200);
  }
}

TEST_CASE("O74 nothing that authhost makes has group or other bits, whatever the umask") {
  const TempHome home;
  home.write_config(device_profile().toml());
  provider().control({{"device", {{"auto", "approve"}}}});
  // Nor do the folders that it has to make itself.
  for (const char* folder : {"state", "cache", "data"}) std::filesystem::remove_all(home.path(folder));
  for (const char* words : {"login", "token", "token --refresh", "header", "status", "run -- true", "config show", "plugin list", "doctor", "logout", "login"}) {
    Child child({.argv = {"sh", "-c", "umask 000; exec " + Cli::program() + " " + words}, .env = home.env(), .directory = home.path("home")});
    child.wait();
  }
  const auto was_there = std::set<std::string>{home.path("home"), home.path("config"), home.path("run"), home.path("tmp")};
  int seen = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(home.root())) {
    INFO(entry.path());
    if (was_there.count(entry.path()) == 0) CHECK_FALSE(group_or_others_may(entry.path()));
    ++seen;
  }
  CHECK(seen > 6);
  CHECK(home.files("tmp").empty());  // never a temporary folder
}

TEST_CASE("O74 a store folder that others may write to, or that is a link, is refused, and nothing is written") {
  for (const bool as_link : {false, true}) {
    const TempHome home;
    home.write_config(device_profile().toml());
    provider().reset();
    provider().control({{"device", {{"auto", "approve"}}}});
    if (as_link) {
      std::filesystem::create_directory(home.path("elsewhere"));
      ::chmod(home.path("elsewhere").c_str(), 0777);
      std::filesystem::create_directory_symlink(home.path("elsewhere"), home.state());
    } else {
      std::filesystem::create_directory(home.state());
      ::chmod(home.state().c_str(), 0777);
    }
    failed(Cli(home).run({"login"}), 8);
    CHECK(home.files("state").empty());
    CHECK(home.files("elsewhere").empty());
    CHECK(provider().count("/device_authorization") == 0);  // probed before anybody is asked
  }
}

TEST_CASE("a stored item that was damaged is 8, and is not taken for no login") {
  const Keeper keeper;
  for (const auto& file : keeper.home.files("run")) std::filesystem::remove(keeper.home.path(file));
  std::string item;
  for (const auto& file : keeper.home.files("state"))
    if (file.ends_with(".cred")) item = file;
  REQUIRE_FALSE(item.empty());
  const auto whole = keeper.home.read(item);
  for (std::string damaged : {whole.substr(0, whole.size() / 2), whole + "x", std::string(whole.size(), '\0'), std::string()}) {
    if (damaged.size() == whole.size()) damaged = whole.substr(0, whole.size() - 1) + static_cast<char>(whole.back() ^ 1);
    keeper.home.write(item, damaged);
    const auto done = keeper.refresh();
    INFO(done.err);
    CHECK(done.status == 8);
    CHECK(refresh_tokens_sent().empty());
  }
}

TEST_CASE("an item of another key under this name is 8") {
  const Keeper one;
  auto profile = device_profile();
  profile.scopes.push_back("email");
  one.home.write_config(profile.toml());
  REQUIRE(one.login().status == 0);
  std::vector<std::string> items;
  for (const auto& file : one.home.files("state"))
    if (file.ends_with(".cred")) items.push_back(file);
  REQUIRE(items.size() == 2);
  const auto first = one.home.read(items[0]);
  one.home.write(items[0], one.home.read(items[1]));
  one.home.write(items[1], first);
  failed(one.refresh(), 8);
}

// ---- O79: canaries ----

namespace {

struct Canaries {
  std::vector<std::string> access;  // access tokens: in the runtime cache's file, and where a token was asked for
  std::vector<std::string> other;   // refresh and id tokens, codes, verifiers, the client's secret: nowhere at all

  Canaries() {
    other.push_back("demo-secret");
    const auto take = [&](const Json& from, const char* name, std::vector<std::string>& into) {
      if (from.is_object() && from.contains(name) && from[name].is_string()) into.push_back(from[name]);
    };
    for (const Json& request : provider().log()) {
      const Json answer = request.value("answer", Json());
      take(answer, "access_token", access);
      for (const char* name : {"refresh_token", "id_token", "device_code"}) take(answer, name, other);
      for (const char* name : {"code", "code_verifier", "device_code", "refresh_token", "client_secret"}) take(request["form"], name, other);
      const std::string authorization = request["headers"].value("authorization", "");
      if (authorization.starts_with("Basic ")) other.push_back(authorization.substr(6));
    }
  }
  void absent_in(const std::string& text) const {
    for (const auto* list : {&access, &other})
      for (const auto& canary : *list) {
        INFO(canary << " in " << text);
        CHECK_FALSE(contains(text, canary));
      }
  }
  void absent_in(const TempHome& home) const {
    for (const auto& canary : other) {
      INFO(canary);
      CHECK(home.files_with(canary).empty());
    }
    for (const auto& canary : access) {
      INFO(canary);
      for (const auto& file : home.files_with(canary)) CHECK(file.starts_with("run/authhost/"));
    }
  }
};

const char* const kLevels[] = {"", "-v", "-vv", "-vvv"};

Finished run_at(const Cli& cli, const char* level, std::vector<std::string> words, const std::vector<std::string>& env) {
  if (*level != '\0') words.insert(words.begin(), level);
  auto done = cli.run(std::move(words), {.env = env});
  CHECK_FALSE(done.timed_out);
  CHECK(done.err.size() < (std::string(level) == "-vvv" ? 65'536U : 4'096U));
  return done;
}

// Every verb with every level. `token` may print its token, and `run` hands it to a command that says nothing.
void every_verb(const TempHome& home, const std::vector<std::string>& env) {
  const Cli cli(home);
  std::string shown;
  for (const char* level : kLevels) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"login"}, {"login", "--force"}, {"status"}, {"status", "--all"}, {"config", "show", "--explain"}, {"config", "check"},
          {"plugin", "list"}, {"doctor"}, {"whoami"}, {"run", "--", "true"}, {"--output", "json", "login"}, {"--output", "json", "status"}}) {
      const auto done = run_at(cli, level, words, env);
      shown += done.err + done.out;
    }
    for (const std::vector<std::string>& words : {std::vector<std::string>{"token"}, {"token", "--refresh"}, {"header"}, {"--output", "json", "token"}})
      shown += run_at(cli, level, words, env).err;
  }
  const Canaries canaries;
  REQUIRE_FALSE(canaries.access.empty());
  canaries.absent_in(shown);
  canaries.absent_in(home);
  for (const char* level : kLevels) {
    const auto done = run_at(cli, level, {"logout"}, env);
    canaries.absent_in(done.err + done.out);
  }
  Canaries().absent_in(home);
}

}  // namespace

TEST_CASE("O79 canaries of the device flow are found nowhere but in the runtime cache and the sealed store") {
  const TempHome home;
  home.write_config(device_profile().toml());
  provider().control({{"device", {{"auto", "approve"}}}});
  every_verb(home, {});
}

TEST_CASE("O79 canaries of the authorization code flow are found nowhere but in the runtime cache and the sealed store") {
  const TempHome home;
  home.write_config(code_profile().toml());
  const TempHome browsers;  // keeps the addresses that it saw, the code in them
  every_verb(home, {Cli::fake_browser(browsers.path("page"))});
}

TEST_CASE("O79 canaries of client credentials are found nowhere but in the runtime cache and the sealed store") {
  const TempHome home;
  home.write_config(service_profile().toml());
  every_verb(home, {kSecret});
}

TEST_CASE("O79 canaries are not shown by failures, at no level, even where the server repeats them") {
  for (const char* authenticator : {"device_code", "pkce", "client_credentials"}) {
    const TempHome home;
    const bool service = authenticator == std::string("client_credentials");
    auto profile = service ? service_profile() : device_profile();
    profile.authenticator = authenticator;
    home.write_config(profile.toml());
    provider().reset();
    provider().control({{"device", {{"auto", "approve"}}}});
    const TempHome browsers;
    const std::vector<std::string> env = {kSecret, Cli::fake_browser(browsers.path("page"))};
    const Cli cli(home);
    REQUIRE(cli.run({"login"}, {.env = env}).status == 0);
    // What the client holds by now, and a malicious server can repeat.
    const Json held = provider().log("/token").back()["answer"];
    std::string echo = service ? "demo-secret " : "";
    for (const char* name : {"access_token", "refresh_token", "id_token"}) echo += held.value(name, "") + " ";
    std::string shown;
    for (const Json& fault :
         {Json{{"error", "invalid_request"}, {"error_description", echo}}, Json{{"status", 503}, {"json", {{"error", "server_error"}, {"error_description", echo}}}},
          Json{{"body", "<html><title>" + echo + "</title></html>"}, {"content_type", "text/html"}}, Json{{"status", 500}, {"body", echo}, {"content_type", "text/plain"}},
          Json{{"redirect", provider().url("/" + held.value("refresh_token", "demo-secret"))}}, Json{{"raw", echo + "\r\n\r\n"}}, Json{{"json", token_answer({{"token_type", "mac"}})}},
          Json{{"json", token_answer({{"access_token", echo}})}}, Json{{"drop", "before"}}}) {
      provider().control({{"token", fault}});
      for (const char* level : kLevels) {
        if (level == std::string("-v") || level == std::string("-vv")) continue;  // -vvv says all that they say
        const auto done = run_at(cli, level, {"token", "--min-ttl", "1h"}, env);
        INFO(fault.dump().substr(0, 80));
        CHECK(done.status != 0);
        shown += done.err + done.out;
      }
    }
    provider().control({{"revoke", {{"error", "invalid_request"}, {"error_description", echo}}}, {"token", nullptr}});
    shown += run_at(cli, "-vvv", {"logout"}, env).err;
    const Canaries canaries;
    INFO(authenticator);
    canaries.absent_in(shown);
    canaries.absent_in(home);
  }
}

TEST_CASE("O79 a failing login shows no canary, at any level") {
  for (const char* authenticator : {"device_code", "pkce"}) {
    const TempHome home;
    auto profile = device_profile();
    profile.authenticator = authenticator;
    home.write_config(profile.toml());
    const TempHome browsers;
    std::string shown;
    std::vector<Canaries> canaries;
    for (const char* level : kLevels) {
      for (const Json& settings :
           {Json{{"token", {{"error", "invalid_grant"}}}}, Json{{"token", {{"set", {{"token_type", "mac"}}}}}}, Json{{"token", {{"drop", "after"}, {"times", 5}}}},
            Json{{"id_token", {{"omit_claims", {"nonce"}}}}, {"device", {{"auto", "deny"}}}}}) {
        if (settings.contains("token") && settings["token"].contains("drop") && authenticator == std::string("device_code")) continue;  // polled again, slowly
        provider().reset();
        provider().control({{"device", {{"auto", "approve"}}}});
        provider().control(settings);
        const auto done = run_at(Cli(home), level, {"login"}, {Cli::fake_browser(browsers.path("page"))});
        CHECK(done.status != 0);
        shown += done.err + done.out;
        canaries.emplace_back();
      }
    }
    INFO(authenticator);
    for (const auto& each : canaries) {
      each.absent_in(shown);
      each.absent_in(home);
    }
  }
}
