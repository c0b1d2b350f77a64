// A disk without room, as a small tmpfs of a mount namespace of its own.
#include "harness.hpp"

#include <catch2/catch.hpp>

using namespace authhost::test;

namespace {

// Runs `script` with a state folder of 64 KiB; `$A` is authhost.
Finished on_small_disk(const TempHome& home, const std::string& script) {
  auto env = home.env();
  env.push_back("A=" + Cli::program());
  Child child({.argv = {"unshare", "--mount", "sh", "-c", "mount -t tmpfs -o size=64k,mode=0700 tmpfs \"$XDG_STATE_HOME\" || exit 99\n" + script}, .env = env});
  auto done = child.wait();
  REQUIRE(done.status != 99);
  return done;
}

constexpr const char* kFill = "cat /dev/zero >\"$XDG_STATE_HOME/filler\" 2>/dev/null\n";

}  // namespace

TEST_CASE("a disk that is full at the refresh spends no refresh token that cannot be replaced") {
  const TempHome home;
  home.write_config(device_profile().toml());
  provider().control({{"device", {{"auto", "approve"}}}});
  const auto done = on_small_disk(home, std::string("$A login >/dev/null 2>&1 || exit 90\n") + kFill +
                                            "$A token --min-ttl 1h; echo \"full $?\" >&2\nrm \"$XDG_STATE_HOME/filler\"\n$A token --refresh >/dev/null; echo \"room $?\" >&2\n");
  INFO(done.out << done.err);
  CHECK(contains(done.err, "room 0"));
  CHECK_FALSE(contains(done.err, "full 1\n"));
  CHECK((contains(done.err, "full 8") || contains(done.err, "full 0") || contains(done.err, "full 6")));
  for (const Json& request : provider().log("/token")) CHECK(request["status"] == 200);
}

TEST_CASE("a disk that is full after the login does not take the token away") {
  const TempHome home;
  home.write_config(service_profile().toml());
  const auto done = on_small_disk(home, kFill + std::string("DEMO_SECRET=demo-secret $A token; echo \"full $?\" >&2\n"));
  INFO(done.out << done.err);
  // Either the token, or that it cannot be kept: never a crash or a silence.
  if (contains(done.err, "full 0")) CHECK(done.out.starts_with("access-"));
  else CHECK(contains(done.err, "full 8"));
}
