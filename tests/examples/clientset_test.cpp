// The examples of the client set do what they say, against a server that shares no code with it.
#include "support/child.hpp"
#include "support/demo_idp.hpp"
#include "support/flyte_server.hpp"
#include "support/temp_home.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace authhost::test;

namespace {

Finished run_example(const TempHome& home, const std::string& name, const std::vector<std::string>& arguments,
                     const std::vector<std::string>& env = {}) {
  ChildOptions options;
  options.argv = {AUTHHOST_BUILD_DIR "/tests/example_" + name};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  options.env = home.env();
  options.env.insert(options.env.end(), env.begin(), env.end());
  Child child(options);
  return child.wait();
}

// base64, as the program of that name makes it.
std::string base64(const std::string& bytes) {
  Child child({{"base64", "-w0"}, base_environment(), bytes});
  return child.wait().out;
}

}  // namespace

TEST_CASE("example for_endpoint: a client set for an endpoint without a login") {
  const FlyteServer server;
  const TempHome home;
  const auto done = run_example(home, "for_endpoint", {server.target()});
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(done.out == "Connected to endpoint: " + server.target() + "\n");
}

TEST_CASE("example for_api_key: the key names the endpoint and the client") {
  const DemoIdp idp;
  const FlyteServer server(idp);
  const TempHome home;
  const auto done = run_example(home, "for_api_key", {}, {"FLYTE_INSECURE=1", "FLYTE_API_KEY=" + base64(server.target() + ":demo-service:demo-secret:None")});
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(done.out == "Connected using API key to endpoint: " + server.target() + "\nThe server knows this client as demo-service\n");
  CHECK(home.files_with("demo-secret").empty());
}

TEST_CASE("example for_api_key: a key that cannot be read is said to be none, and not shown") {
  const TempHome home;
  const auto done = run_example(home, "for_api_key", {}, {"FLYTE_API_KEY=bm90LWEta2V5"});
  CHECK(done.status == 1);
  CHECK(done.err.find("the API key is not usable") != std::string::npos);
  CHECK(done.err.find("bm90LWEta2V5") == std::string::npos);
}

TEST_CASE("example services: each service of the client set reaches its server") {
  FlyteServerOptions open;
  open.settings = {{"auth_required", false}};
  const FlyteServer server(open);
  const TempHome home;
  const auto done = run_example(home, "services", {server.target()});
  INFO(done.out << done.err);
  CHECK(done.status == 0);
  for (const char* service : {"AdminService", "ProjectService", "TaskService", "RunService", "DataProxyService", "SecretService", "RunLogsService"}) {
    bool reached = false;
    for (const auto& entry : server.log()) reached = reached || entry["service"].get<std::string>().ends_with(std::string(".") + service);
    CHECK(reached);
  }
}

TEST_CASE("example clientset: a profile's projects are listed, and an error is said with what to do") {
  const DemoIdp idp;
  const FlyteServer server(idp, {Certificate::good});
  const TempHome home;
  home.write("secret", "demo-secret");
  home.write_config("[profiles.prod]\nendpoint = \"" + server.target() + "\"\nauthenticator = \"client_credentials\"\ndiscovery = \"flyte\"\n" +
                    "ca_cert_file = \"" + server.ca_file() + "\"\nallow_insecure_http = true\nstorage = \"file\"\n" +
                    "[profiles.prod.client]\nclient_id = \"demo-service\"\n[profiles.prod.settings]\nclient_secret_file = \"" +
                    home.path("secret") + "\"\n");
  const auto done = run_example(home, "clientset", {});
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK_FALSE(done.out.empty());
  const auto none = run_example(home, "clientset", {"nothing"});
  CHECK(none.status == 3);
  CHECK(none.err.find("hint: ") != std::string::npos);
}
