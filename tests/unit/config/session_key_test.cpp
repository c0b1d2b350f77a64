#include "core/config/session_key.hpp"

#include <catch2/catch.hpp>

using namespace authhost::config;

namespace {

Profile sample() {
  Profile profile;
  profile.name = "prod";
  profile.endpoint = "dns:///foo.com:8090";
  profile.authenticator = "pkce";
  profile.issuer = "https://login.foo.com";
  profile.client.client_id = "cli";
  profile.client.scopes = {"openid", "all"};
  profile.client.audience = "aud";
  profile.account = "me";
  return profile;
}

template <class Change>
bool changes_key(Change change) {
  Profile other = sample();
  change(other);
  return session_key(other, Role::main).digest != session_key(sample(), Role::main).digest;
}

}  // namespace

TEST_CASE("a session key is its fields, one a line, and 32 hex digits of their SHA-256") {
  const SessionKey key = session_key(sample(), Role::main);
  CHECK(key.text ==
        "authhost-session/1\nendpoint=foo.com:8090\nauthenticator=pkce\nserver=https://login.foo.com\nclient_id=cli\n"
        "scopes=all openid\naudience=aud\naccount=me\nrole=main\n");
  CHECK(key.digest == "5440f7da440e1a097f3e6d945e7bddca");
  CHECK(key.service == "foo.com:8090");
  CHECK(key.account == "me");
}

TEST_CASE("whatever makes other credentials makes another session key") {
  CHECK(changes_key([](Profile& p) { p.endpoint = "foo.com"; }));
  CHECK(changes_key([](Profile& p) { p.authenticator = "device_code"; }));
  CHECK(changes_key([](Profile& p) { p.authenticator = "com.corp.pkce"; }));
  CHECK(changes_key([](Profile& p) { p.issuer = "https://other.foo.com"; }));
  CHECK(changes_key([](Profile& p) { p.client.client_id = "other"; }));
  CHECK(changes_key([](Profile& p) { p.client.scopes = {"openid"}; }));
  CHECK(changes_key([](Profile& p) { p.client.audience = "other"; }));
  CHECK(changes_key([](Profile& p) { p.account = "you"; }));
  CHECK(session_key(sample(), Role::main).digest != session_key(sample(), Role::proxy).digest);
}

TEST_CASE("two profiles that mean the same credentials share one session key") {
  CHECK_FALSE(changes_key([](Profile& p) { p.name = "other"; }));
  CHECK_FALSE(changes_key([](Profile& p) { p.endpoint = "https://foo.com:8090"; }));
  CHECK_FALSE(changes_key([](Profile& p) { p.endpoint = "foo.com:8090"; }));
  CHECK_FALSE(changes_key([](Profile& p) { p.authenticator = "org.authhost.pkce"; }));
  CHECK_FALSE(changes_key([](Profile& p) { p.client.scopes = {"all", "openid", "all"}; }));
  CHECK_FALSE(
      changes_key([](Profile& p) { p.client.token_endpoint = "https://login.foo.com/token"; }));  // the issuer is known
  CHECK_FALSE(changes_key([](Profile& p) { p.settings["timeout"] = {std::string("5s"), {}}; }));
}

TEST_CASE("without an issuer the token endpoint tells authorization servers apart") {
  Profile a = sample(), b = sample();
  a.issuer = b.issuer = "";
  a.client.token_endpoint = "https://a/token";
  b.client.token_endpoint = "https://b/token";
  CHECK(session_key(a, Role::main).digest != session_key(b, Role::main).digest);
}

TEST_CASE("a command's identity is its command, of which the key's text shows nothing") {
  Profile a = sample(), b = sample();
  a.authenticator = b.authenticator = "command";
  a.settings["command"] = {std::vector<std::string>{"token-of", "c4n4ry"}, {}};
  b.settings["command"] = {std::vector<std::string>{"token-ofc4", "n4ry"}, {}};
  CHECK(session_key(a, Role::main).digest != session_key(b, Role::main).digest);
  CHECK(session_key(a, Role::main).text.find("c4n4ry") == std::string::npos);
}

TEST_CASE("a line break in a value cannot forge another field of the session key") {
  Profile a = sample(), b = sample();
  a.account = "me\nrole=proxy";
  CHECK(session_key(a, Role::main).text.find("account=me\\nrole=proxy\n") != std::string::npos);
  b.account = "me\\nrole=proxy";
  CHECK(session_key(a, Role::main).digest != session_key(b, Role::main).digest);
}
