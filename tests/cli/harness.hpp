// What the tests of the command line share.
#pragma once

#include "support/cli.hpp"
#include "support/demo_idp.hpp"

#include <string>
#include <vector>

namespace authhost::test {

// A text error's two lines; fails the test if stderr is anything else.
struct Said {
  std::string message;
  std::string hint;
};
Said said(const Finished& finished);

// One provider for all tests of this program, reset before each.
const DemoIdp& provider();

// `authhost` in another environment than the home's: `changes` are arguments of env(1), as "HOME=/x" or "-uHOME".
Finished run_in(const TempHome& home, const std::vector<std::string>& changes, std::vector<std::string> arguments);

ProfileText service_profile();  // client credentials; the secret is expected in DEMO_SECRET
ProfileText device_profile();
ProfileText command_profile(const std::string& command);  // `command` as TOML

inline const std::string kSecret = "DEMO_SECRET=demo-secret";

}  // namespace authhost::test
