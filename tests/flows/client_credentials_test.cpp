// What the client credentials flow sends, byte for byte, and where its secret may come from.
#include "harness.hpp"

#include <catch2/catch.hpp>

using namespace authhost::test;

namespace {

const std::string kOddSecret = "a+b c/%~é";

ProfileText odd_client() {
  auto profile = service_profile();
  profile.client_id = "client";
  return profile;
}

}  // namespace

TEST_CASE("O38 Basic form-encodes the id and the secret, and says nothing of them in the body") {
  const TempHome home;
  home.write_config(odd_client().toml());
  const auto done = Cli(home).run({"token"}, {.env = {"DEMO_SECRET=" + kOddSecret}});
  INFO(done.err);
  REQUIRE(done.status == 0);
  const Json request = provider().log("/token")[0];
  // base64("client:a%2Bb+c%2F%25~%C3%A9")
  CHECK(request["headers"]["authorization"] == "Basic Y2xpZW50OmElMkJiK2MlMkYlMjV+JUMzJUE5");
  CHECK(request["form"] == Json({{"grant_type", "client_credentials"}, {"scope", "all"}}));
  CHECK(request["method"] == "POST");
  CHECK(request["target"] == "/token");
  CHECK(request["headers"]["content-type"] == "application/x-www-form-urlencoded");
  CHECK(request["headers"]["accept"] == "application/json");
}

TEST_CASE("O38 post sends id and secret in the body, and no header") {
  const TempHome home;
  auto profile = odd_client();
  profile.settings += "auth_method = \"post\"\n";
  home.write_config(profile.toml());
  const auto done = Cli(home).run({"token"}, {.env = {"DEMO_SECRET=" + kOddSecret}});
  INFO(done.err);
  REQUIRE(done.status == 0);
  const Json request = provider().log("/token")[0];
  CHECK_FALSE(request["headers"].contains("authorization"));
  CHECK(request["form"] ==
        Json({{"grant_type", "client_credentials"}, {"scope", "all"}, {"client_id", "client"}, {"client_secret", kOddSecret}}));
  CHECK_FALSE(contains(request["body"].get<std::string>(), "a+b c"));
}

TEST_CASE("scopes and audience are sent as configured, and left out where there are none") {
  const TempHome home;
  auto profile = service_profile();
  profile.scopes = {"read", "write:all"};
  profile.client = "audience = \"https://api.example/?a=b&c\"\n";
  home.write_config(profile.toml());
  REQUIRE(Cli(home).run({"token"}, {.env = {kSecret}}).status == 0);
  CHECK(provider().log("/token")[0]["form"] == Json({{"grant_type", "client_credentials"},
                                                     {"scope", "read write:all"},
                                                     {"audience", "https://api.example/?a=b&c"}}));
  profile.scopes = {};
  profile.client = "";
  home.write_config(profile.toml());
  REQUIRE(Cli(home).run({"token"}, {.env = {kSecret}}).status == 0);
  CHECK(provider().log("/token")[1]["form"] == Json({{"grant_type", "client_credentials"}}));
}

TEST_CASE("the secret comes from a file or a command just as well, without its last line end") {
  const TempHome home;
  home.write("secret", "demo-secret\n");
  auto profile = service_profile();
  for (const std::string& from : {"client_secret_file = \"" + home.path("secret") + "\"\n",
                                  std::string("client_secret_command = [\"printf\", \"demo-secret\\\\n\"]\n")}) {
    INFO(from);
    profile.settings = from;
    home.write_config(profile.toml());
    const auto done = Cli(home).run({"token", "--refresh"});
    INFO(done.err);
    CHECK(done.status == 0);
    CHECK(done.err.empty());
  }
}

TEST_CASE("a secret that is missing is 3, and the token endpoint is not asked") {
  const TempHome home;
  auto profile = service_profile();
  for (const std::string& from : {std::string("client_secret_env = \"NOBODY_SET_THIS\"\n"), "client_secret_file = \"" + home.path("nothing") + "\"\n",
                                  std::string("auth_method = \"basic\"\n"), std::string("client_secret_env = \"DEMO_SECRET\"\nauth_method = \"magic\"\n")}) {
    INFO(from);
    profile.settings = from;
    home.write_config(profile.toml());
    failed(Cli(home).run({"token"}, {.env = {kSecret}}), 3);
  }
  CHECK(provider().count("/token") == 0);
}

TEST_CASE("a wrong secret is 5 after one request") {
  const TempHome home;
  home.write_config(service_profile().toml());
  const auto done = Cli(home).run({"token"}, {.env = {"DEMO_SECRET=not-this-one"}});
  CHECK(contains(failed(done, 5), "invalid_client"));
  CHECK_FALSE(contains(done.err, "not-this-one"));
  CHECK(provider().count("/token") == 1);
}

TEST_CASE("a public client may not use this grant: 5") {
  const TempHome home;
  auto profile = service_profile();
  profile.client_id = "demo-cli";
  home.write_config(profile.toml());
  failed(Cli(home).run({"token"}, {.env = {"DEMO_SECRET=x"}}), 5);
}

TEST_CASE("a refresh is a new client credentials request, even if the server gave a refresh token") {
  const TempHome home;
  home.write_config(service_profile().toml());
  provider().control({{"token", {{"set", {{"refresh_token", "canary-refresh"}}}}}});
  REQUIRE(Cli(home).run({"token"}, {.env = {kSecret}}).status == 0);
  REQUIRE(Cli(home).run({"token", "--refresh"}, {.env = {kSecret}}).status == 0);
  const Json log = provider().log("/token");
  REQUIRE(log.size() == 2);
  for (const Json& request : log) CHECK(request["form"]["grant_type"] == "client_credentials");
}

TEST_CASE("no query parameter and no other endpoint ever sees the secret") {
  const TempHome home;
  home.write_config(odd_client().toml());
  REQUIRE(Cli(home).run({"token"}, {.env = {"DEMO_SECRET=" + kOddSecret}}).status == 0);
  for (const Json& request : provider().log()) {
    CHECK_FALSE(contains(request["target"].get<std::string>(), "?"));
    if (request["path"] != "/token") CHECK_FALSE(request["headers"].contains("authorization"));
  }
}
