#include <authhost/testing.hpp>

#include <catch2/catch.hpp>

using authhost::Status;

TEST_CASE("the smallest plugins, in C and in C++, work") {
  const std::string name = GENERATE("minimal_c", "minimal_cpp");
  authhost::testing::FakeHost host(
      authhost::testing::load_plugin(std::string(AUTHHOST_BUILD_DIR) + "/lib/authhost/examples/example-" + name + ".so"));
  CHECK(host.refresh().status() == Status::invalid_config);
  host.settings["token"] = std::string("hello");
  const auto credentials = host.refresh();
  REQUIRE(credentials.ok());
  CHECK(credentials->access_token.reveal() == "hello");
}
