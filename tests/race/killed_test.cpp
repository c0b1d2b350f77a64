// SIGKILL at any moment of a refresh with rotation: the next run finds the old state or the new one, never a mix, never a held
// lock, never a hang.
#include "support/cli.hpp"
#include "support/demo_idp.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <string>

using namespace authhost::test;

TEST_CASE("O58 killed at 200 random moments of a refresh, the next run has the old or the new token, or says to log in") {
  const DemoIdp idp;
  const TempHome home;
  ProfileText text;
  text.authenticator = "device_code";
  text.issuer = idp.issuer();
  text.settings = "open_browser = false\nqr = false";
  home.write_config(text.toml());
  const Cli cli(home);
  idp.control({{"device", {{"auto", "approve"}, {"interval", 1}}}, {"token", {{"delay_ms", 5}, {"hold_ms", 5}}}});
  REQUIRE(cli.run({"login"}).status == 0);

  // The moments are spread over a whole run, which is measured first on this machine.
  const auto before = std::chrono::steady_clock::now();
  REQUIRE(cli.run({"token", "--refresh"}).status == 0);
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - before);
  std::mt19937 random(20260101);
  std::uniform_int_distribution<std::int64_t> moment(0, whole.count());

  int survived = 0;
  int to_log_in = 0;
  for (int i = 0; i < 200; ++i) {
    Child victim = cli.start({"token", "--refresh"});
    victim.wait(std::chrono::milliseconds(moment(random)));  // SIGKILL at that moment
    const Finished next = cli.run({"token", "--refresh"}, {.deadline = std::chrono::seconds(60)});
    REQUIRE_FALSE(next.timed_out);
    if (next.status == 0) {
      ++survived;
      CHECK(idp.api_status(next.out.substr(0, next.out.size() - 1)) == 200);
      continue;
    }
    // The server had taken the refresh token and its successor died with the process: this can only be told.
    INFO(next.err);
    CHECK(next.status == 10);
    CHECK(next.err.find("interrupted") != std::string::npos);
    ++to_log_in;
    REQUIRE(cli.run({"login"}).status == 0);
  }
  CHECK(survived + to_log_in == 200);
  WARN(survived << " of 200 went on with the old or the new token, " << to_log_in << " had to log in again");
}
