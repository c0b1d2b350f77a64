// Cli: `authhost` as a person or a script runs it, in a TempHome.
#pragma once

#include "child.hpp"
#include "temp_home.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace authhost::test {

// One profile as TOML. The defaults suit the demo provider: plain http on loopback, discovery, the encrypted file.
struct ProfileText {
  std::string name = "demo";
  std::string authenticator;
  std::string issuer;
  std::string client_id = "demo-cli";
  std::vector<std::string> scopes = {"openid", "offline_access"};
  std::string settings = {};  // lines of [profiles.NAME.settings]
  std::string client = {};    // further lines of [profiles.NAME.client]
  std::string profile = {};   // further lines of [profiles.NAME]
  std::string endpoint = "127.0.0.1:8090";
  std::string storage = "file";

  [[nodiscard]] std::string toml() const;
};

struct RunOptions {
  std::string input = {};
  std::vector<std::string> env = {};  // "NAME=value", beside the home's
  Terminal terminal = Terminal::none;
  bool keep_stdin_open = false;
  std::chrono::milliseconds deadline = std::chrono::seconds(60);
};

class Cli {
 public:
  explicit Cli(const TempHome& home) : home_(home) {}

  // Runs to the end.
  [[nodiscard]] Finished run(std::vector<std::string> arguments, const RunOptions& options = {}) const;
  // Runs beside the test.
  [[nodiscard]] Child start(std::vector<std::string> arguments, const RunOptions& options = {}) const;

  static std::string program();
  // BROWSER=… of a browser that follows redirects and writes the last page to `page` (tests/support/fake_browser).
  static std::string fake_browser(const std::string& page);

 private:
  const TempHome& home_;
};

}  // namespace authhost::test
