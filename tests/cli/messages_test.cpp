// One golden message for each status. A wording that changes here changes for everybody who greps for it.
#include "harness.hpp"

#include <authhost/result.hpp>

#include <catch2/catch.hpp>

#include <csignal>

using namespace authhost;
using namespace authhost::test;

namespace {

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); !what.empty() && at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

// stderr with the changing names taken out.
std::string golden(const Finished& done, const TempHome& home) {
  return replaced(replaced(replaced(done.err, provider().issuer(), "ISSUER"), home.root(), "HOME"), AUTHHOST_BUILD_DIR, "BUILD");
}

int exit_of(Status status) { return static_cast<int>(status); }

}  // namespace

TEST_CASE("golden: internal") {
  const TempHome home;
  Child child({.argv = {"sh", "-c", "exec " + Cli::program() + " version > /dev/full"}, .env = home.env()});
  const auto done = child.wait();
  CHECK(done.status == exit_of(Status::internal));
  CHECK(done.err == "authhost: writing the result to stdout: No space left on device\nhint: check what stdout is connected to\n");
}

TEST_CASE("golden: usage") {
  const TempHome home;
  const auto done = Cli(home).run({"tokne"});
  CHECK(done.status == exit_of(Status::usage));
  CHECK(done.err == "authhost: reading the command line: unknown verb `tokne`\nhint: did you mean `token`?\n");
}

TEST_CASE("golden: invalid-config") {
  const TempHome home;
  home.write_config("[profiles.demo]\nendpint = \"localhost:1\"\n");
  const auto done = Cli(home).run({"token"});
  CHECK(done.status == exit_of(Status::invalid_config));
  CHECK(golden(done, home) ==
        "authhost: HOME/config/authhost/config.toml:2: unknown key `endpint` in [profiles.demo]\nhint: did you mean `endpoint`?\n");
}

TEST_CASE("golden: interaction-required") {
  const TempHome home;
  home.write_config(device_profile().toml());
  const auto done = Cli(home).run({"token"});
  CHECK(done.status == exit_of(Status::interaction_required));
  CHECK(done.err == "authhost: no credentials for 'demo': a person has to log in\nhint: run: authhost --profile demo login\n");
}

TEST_CASE("golden: denied") {
  const TempHome home;
  home.write_config(service_profile().toml());
  const auto done = Cli(home).run({"token"}, {.env = {"DEMO_SECRET=wrong"}});
  CHECK(done.status == exit_of(Status::denied));
  CHECK(golden(done, home) ==
        "authhost: logging in to 'demo': the token endpoint ISSUER/token refused: invalid_client: client authentication failed\n"
        "hint: check client_id and the client's secret\n");
}

TEST_CASE("golden: unavailable") {
  const TempHome home;
  auto profile = service_profile();
  profile.issuer = "http://127.0.0.1:1";  // tcpmux: nobody listens
  home.write_config(profile.toml());
  const auto done = Cli(home).run({"token"}, {.env = {kSecret}});
  CHECK(done.status == exit_of(Status::unavailable));
  CHECK(golden(done, home) ==
        "authhost: logging in to 'demo': http://127.0.0.1:1/.well-known/openid-configuration: no connection to 127.0.0.1:1: "
        "Connection refused\nhint: check the network and the server, then try again\n");
}

TEST_CASE("golden: protocol") {
  const TempHome home;
  home.write_config(service_profile().toml());
  provider().control({{"token", {{"body", "<html><title>Sign in</title></html>"}, {"content_type", "text/html"}, {"status", 200}}}});
  const auto done = Cli(home).run({"token"}, {.env = {kSecret}});
  CHECK(done.status == exit_of(Status::protocol));
  CHECK(golden(done, home) ==
        "authhost: logging in to 'demo': the token endpoint ISSUER/token answered 200 with text/html instead of JSON: Sign in\n"
        "hint: check the endpoint's URL, and whether a proxy or a login page stands in the way\n");
}

TEST_CASE("golden: store-failed") {
  const TempHome home;
  auto profile = command_profile(R"(["echo", "t"])");
  profile.storage = "secret-service";
  home.write_config(profile.toml());
  const auto done = Cli(home).run({"login"});
  CHECK(done.status == exit_of(Status::store_failed));
  CHECK(golden(done, home) ==
        "authhost: the Secret Service cannot be used: no session bus answers (there is no bus at HOME/run/bus)\n"
        "hint: log in to a desktop session, or set storage = \"file\"\n");
  CHECK(home.files("state").empty());
}

TEST_CASE("golden: plugin") {
  const TempHome home;
  auto profile = service_profile();
  profile.authenticator = "client_credential";
  home.write_config(profile.toml());
  const auto done = Cli(home).run({"token"}, {.env = {kSecret}});
  CHECK(done.status == exit_of(Status::plugin));
  CHECK(golden(done, home) ==
        "authhost: authenticator \"client_credential\": no plugin provides it\nhint: did you mean `client_credentials`?\n");
}

TEST_CASE("golden: invalid-grant") {
  const TempHome home;
  const Cli cli(home);
  home.write_config(device_profile().toml());
  provider().control({{"device", {{"auto", "approve"}}}});
  REQUIRE(cli.run({"login"}, {.terminal = Terminal::person}).status == 0);
  provider().control({{"revoke_grants", true}});
  const auto done = cli.run({"token", "--refresh"});
  CHECK(done.status == exit_of(Status::invalid_grant));
  CHECK(golden(done, home) ==
        "authhost: refreshing 'demo': the token endpoint ISSUER/token refused: invalid_grant: the grant was revoked\n"
        "hint: log in again: authhost login\n");
}

TEST_CASE("golden: deadline") {
  const TempHome home;
  auto profile = service_profile();
  profile.profile = "refresh_timeout = \"300ms\"\n";
  home.write_config(profile.toml());
  provider().control({{"token", {{"delay_ms", 20'000}}}});
  const auto done = Cli(home).run({"token"}, {.env = {kSecret}});
  CHECK(done.status == exit_of(Status::deadline));
  CHECK(golden(done, home) ==
        "authhost: logging in to 'demo': ISSUER/token: time ran out\n"
        "hint: the server is slow; a longer `refresh_timeout` in the profile gives it more time\n");
}

TEST_CASE("golden: a plugin that asks for more than it was granted is 9") {
  const TempHome home;
  home.write("plugins.d/weak.toml", "kind = \"native\"\npath = \"" AUTHHOST_BUILD_DIR
                                    "/lib/authhost/plugins/authhost-command.so\"\ngrants = []\npriority = 100\n");
  home.write_config("[plugins]\ndirectories = [\"" + home.path("plugins.d") + "\"]\n" + command_profile(R"(["echo", "t"])").toml());
  const auto done = Cli(home).run({"token"});
  CHECK(done.status == exit_of(Status::plugin));
  CHECK(golden(done, home) ==
        "authhost: logging in to 'demo': the manifest does not grant authhost.process/1 to org.authhost.command\n"
        "hint: add \"process\" to grants in HOME/plugins.d/weak.toml\n");
}

TEST_CASE("golden: cancelled") {
  const TempHome home;
  home.write_config(device_profile().toml());
  auto child = Cli(home).start({"login"}, {.terminal = Terminal::person});
  REQUIRE(provider().wait_for("/token", 1));
  child.signal(SIGINT);
  const auto done = child.wait();
  CHECK(done.status == exit_of(Status::cancelled));
  CHECK(done.out.empty());
  CHECK(done.err.ends_with("authhost: logging in to 'demo': cancelled\r\nhint: run the command again when you are ready\r\n"));
}
