// The examples of the documentation do what they say.
#include "support/cli.hpp"
#include "support/demo_idp.hpp"
#include "support/eventually.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <vector>

using namespace authhost::test;

namespace {

Finished run_example(const TempHome& home, const std::string& name, std::vector<std::string> arguments,
                     const std::vector<std::string>& env = {}) {
  ChildOptions options;
  options.argv = {AUTHHOST_BUILD_DIR "/tests/example_" + name};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  options.env = home.env();
  options.env.insert(options.env.end(), env.begin(), env.end());
  Child child(options);
  return child.wait();
}

}  // namespace

TEST_CASE("example pkce: a browser logs the person in, and the next run needs none") {
  const DemoIdp idp;
  const TempHome home;
  const auto first = run_example(home, "pkce", {idp.issuer()}, {Cli::fake_browser(home.path("page"))});
  INFO(first.err);
  CHECK(first.status == 0);
  CHECK(first.out.starts_with("PKCE authentication successful. Access token id: "));
  // The browser may still be writing when the program has ended.
  CHECK(eventually([&] { return home.read("page").find("You are logged in") != std::string::npos; }));
  CHECK(run_example(home, "pkce", {idp.issuer()}).out == first.out);
  CHECK(idp.count("/token") == 1);
}

TEST_CASE("example device_code: the code is shown and confirmed") {
  const DemoIdp idp;
  const TempHome home;
  idp.control({{"device", {{"auto", "approve"}}}});
  const auto done = run_example(home, "device_code", {idp.issuer()});
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(done.err.find(idp.issuer() + "/device") != std::string::npos);
  CHECK(done.out.starts_with("Device code authentication successful. Access token id: "));
}

TEST_CASE("example client_credentials: the secret comes from the environment, scopes and audience are sent") {
  const DemoIdp idp;
  const TempHome home;
  const auto done = run_example(home, "client_credentials", {idp.issuer()},
                                {"FLYTE_CLIENT_ID=demo-service", "FLYTE_CLIENT_SECRET=demo-secret"});
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(done.out.starts_with("Client credentials authentication successful. Access token id: "));
  const auto requests = idp.log("/token");
  REQUIRE(requests.size() == 1);
  CHECK(requests[0]["form"]["scope"] == "api_scope_1 api_scope_2");
  CHECK(requests[0]["form"]["audience"] == "https://your-api-audience.com");
}

TEST_CASE("example client_credentials: without the secret it ends with 3 and names the variable") {
  const DemoIdp idp;
  const TempHome home;
  const auto done = run_example(home, "client_credentials", {idp.issuer()});
  CHECK(done.status == 3);
  CHECK(done.err.find("FLYTE_CLIENT_SECRET") != std::string::npos);
  CHECK(idp.count("/token") == 0);
}

TEST_CASE("example command: prints the command's token, with the id that other Flyte clients compute") {
  const TempHome home;
  const auto done = run_example(home, "command", {});
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(done.out ==
        "Command authentication successful. Access token: my_custom_access_token_from_command\n"
        "authorization of the credentials 699d5ea47e2c6455de798ecc707562b7\n");
}

TEST_CASE("example chained: what one place lacks another one has, and where none has it every cause is said, in the host's process and in its own") {
  const TempHome home;
  const std::string plugin = "example-chained.so";
  std::filesystem::create_directory(home.path("plugins.d"));
  std::filesystem::copy_file(AUTHHOST_BUILD_DIR "/lib/authhost/examples/" + plugin, home.path("plugins.d/" + plugin));
  for (const std::string isolation : {"none", "process"}) {
    INFO(isolation);
    home.write("plugins.d/chained.toml", "path = \"" + plugin + "\"\nid = \"org.example.chained\"\nisolation = \"" + isolation + "\"\n", 0644);
    const auto token = [&](const std::string& command) {
      home.write_config("[plugins]\ndirectories = [\"" + home.path("plugins.d") + "\"]\n[profiles.demo]\nendpoint = \"127.0.0.1:1\"\nstorage = \"memory\"\n"
                        "authenticator = \"chained\"\n[profiles.demo.settings]\ntoken_env = \"NOT_SET_ANYWHERE\"\n"
                        "metadata_url = \"http://127.0.0.1:1/token\"\ncommand = " + command + "\n");
      return Cli(home).run({"token"});
    };
    const auto found = token(R"(["echo", "from-command"])");
    INFO(found.err);
    CHECK(found.out == "from-command\n");
    const auto none = token(R"(["sh", "-c", "echo no key in the drawer >&2; exit 3"])");
    CHECK(none.status == 5);
    for (const char* cause : {"setting: ", "token_env names the variable NOT_SET_ANYWHERE, which is not set", "metadata: http://127.0.0.1:1/token cannot be used: http:// is not allowed", "command: sh ended with 3: no key in the drawer"}) {
      INFO(cause);
      CHECK(none.err.find(cause) != std::string::npos);
    }
  }
}
