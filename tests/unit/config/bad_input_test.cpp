#include "sandbox.hpp"

#include <sys/stat.h>

using namespace authhost::config;
using authhost::Status;

namespace {

struct Bad {
  std::string text;
  int line;
  std::string message;  // after "FILE:LINE: "
  std::string hint;     // a part of it
};

}  // namespace

TEST_CASE("what is wrong in a file is said with its line and what to do") {
  Sandbox box;
  for (const Bad& bad : {
           Bad{"defualt_profile = \"x\"", 1, "unknown key `defualt_profile` in the top level",
               "did you mean `default_profile`?"},
           Bad{"endpoint = \"x\"", 1, "unknown key `endpoint` in the top level",
               "`endpoint` belongs in [profiles.NAME]"},
           Bad{"[profiles.x]\n\nendpont = \"x\"", 3, "unknown key `endpont` in [profiles.x]",
               "did you mean `endpoint`?"},
           Bad{"[profiles.x]\nclient_id = \"x\"", 2, "unknown key `client_id` in [profiles.x]",
               "belongs in [profiles.NAME.client]"},
           Bad{"[profiles.x.client]\nclient_ip = \"x\"", 2, "unknown key `client_ip` in [profiles.x.client]",
               "`client_id`"},
           Bad{"[profiles.x.client]\nrevocation_endpoint = \"x\"", 2,
               "unknown key `revocation_endpoint` in [profiles.x.client]", ""},
           Bad{"[plugins]\ndirectory = []", 2, "unknown key `directory` in [plugins]", "did you mean `directories`?"},
           Bad{"[profiles.x]\nproxy_authenticator = { authenticatr = \"a\" }", 2,
               "unknown key `authenticatr` in [profiles.x.proxy_authenticator]", "did you mean `authenticator`?"},
           Bad{"[profiles.x]\nproxy_authenticator = { settings = {} }", 2,
               "`proxy_authenticator` names no authenticator", "add"},
           Bad{"[profiles.x]\nendpoint = 7", 2, "`profiles.x.endpoint` must be a string, not an integer", "quotes"},
           Bad{"[profiles.x]\ninsecure = \"true\"", 2, "`profiles.x.insecure` must be a boolean, not a string",
               "without quotes"},
           Bad{"[profiles.x]\nrefresh_timeout = 60", 2, "`profiles.x.refresh_timeout` must be a string, not an integer",
               "\"60s\""},
           Bad{"[profiles.x]\nrefresh_timeout = \"soon\"", 2,
               "`profiles.x.refresh_timeout`: the duration does not consist of numbers with a unit", "\"60s\""},
           Bad{"[profiles.x]\nstorage = \"fil\"", 2,
               "`profiles.x.storage` must be one of \"auto\", \"secret-service\", \"file\", \"memory\", not \"fil\"",
               "\"file\""},
           Bad{"[profiles.x]\ndiscovery = true", 2, "`profiles.x.discovery` must be a string, not a boolean",
               "\"oidc\""},
           Bad{"[plugins]\npolicy = \"all\"", 2,
               "`plugins.policy` must be one of \"any\", \"allowlist\", \"none\", not \"all\"", ""},
           Bad{"[profiles.x.client]\nscopes = \"openid\"", 2, "`profiles.x.client.scopes` must be a list, not a string",
               "[\"one\""},
           Bad{"[profiles.x.client]\nscopes = [\n \"a\",\n 7]", 4,
               "`profiles.x.client.scopes[]` must be a string, not an integer", "[\"one\""},
           Bad{"[profiles.x.settings]\na = 1.5", 2,
               "`profiles.x.settings.a` must be a string, an integer, a boolean or a list of strings, not a number "
               "with a fraction, or a date",
               ""},
           Bad{"[profiles.x.settings]\na = { b = 1 }", 2,
               "`profiles.x.settings.a` must be a string, an integer, a boolean or a list of strings, not a table", ""},
           Bad{"profiles = 1", 1, "`profiles` must be a table, not an integer", ""},
           Bad{"profiles.x = 1", 1, "`profiles.x` must be a table, not an integer", ""},
           Bad{"plugins = []", 1, "`plugins` must be a table, not a list", ""},
           Bad{"[profiles.\"a\\nb\"]", 1, "a profile's name must be 1 to 80 printable characters", ""},
           Bad{"[profiles.\"\"]", 1, "a profile's name must be 1 to 80 printable characters", ""},
           Bad{"[profiles.x]\n[profiles.x]", 2,
               "not valid TOML: Error while parsing table header: cannot redefine existing table 'profiles.x'", ""},
           Bad{"a = [[[", 1, "not valid TOML: Error while parsing array: encountered end-of-file", ""},
           Bad{"\nbad = \"\xff\"", 2, "not valid TOML: Encountered invalid utf-8 sequence", ""},
           Bad{"# \xc3\x28", 1, "not valid TOML: Encountered invalid utf-8 sequence", ""},
       }) {
    INFO(bad.text);
    const std::string file = box.user(bad.text + "\n");
    const auto config = box.load();
    REQUIRE_FALSE(config.ok());
    CHECK(config.status() == Status::invalid_config);
    CHECK(config.error().message == file + ":" + std::to_string(bad.line) + ": " + bad.message);
    CHECK(config.error().hint.find(bad.hint) != std::string::npos);
    CHECK_FALSE(config.error().hint.empty());
  }
}

TEST_CASE("what only a profile as a whole shows is said with the line of the value that is wrong") {
  Sandbox box;
  for (const Bad& bad : {
           Bad{"[profiles.x]\nendpoint = \"http://foo\"", 2,
               "the endpoint is http://, which would send tokens in clear", "insecure = true"},
           Bad{"[profiles.x]\nendpoint = \"foo bar\"", 2, "the endpoint contains a space or a control character",
               "host:8080"},
           Bad{"[profiles.x]\nendpoint = \"foo\"\ndiscovery = \"oidc\"", 3, "discovery = \"oidc\" needs an issuer",
               "issuer = "},
           Bad{"[profiles.x]\nendpoint = \"foo\"\nrefresh_timeout = \"0s\"", 3,
               "`refresh_timeout` must be longer than zero", "60s"},
           Bad{"[profiles.x]\nendpoint = \"foo\"\n[profiles.x.client]\nheader_key = \"a b\"", 4,
               "`header_key` is not a header's name", ""},
           Bad{"[profiles.x]\nendpoint = \"foo\"\n[profiles.x.client]\nheader_key = \"x-bin\"", 4,
               "`header_key` is not a header's name", ""},
       }) {
    INFO(bad.text);
    const auto profile = box.profile(bad.text + "\n");
    REQUIRE_FALSE(profile.ok());
    CHECK(profile.status() == Status::invalid_config);
    CHECK(profile.error().message ==
          box.path("home/.config/authhost/config.toml:") + std::to_string(bad.line) + ": " + bad.message);
    CHECK(profile.error().hint.find(bad.hint) != std::string::npos);
  }
  const auto no_endpoint = box.profile("[profiles.x]\nauthenticator = \"pkce\"\n");
  CHECK(no_endpoint.error().message == box.path("home/.config/authhost/config.toml:1: profile `x` has no endpoint"));
  const auto no_file = box.profile("[profiles.x]\nendpoint = \"foo\"\nca_cert_file = \"gone.pem\"\n");
  CHECK(no_file.status() == Status::invalid_config);
  CHECK(no_file.error().message.find(":3: `ca_cert_file` " + box.path("home/.config/authhost/gone.pem")) !=
        std::string::npos);
}

TEST_CASE("a profile that is broken does not break the others") {
  Sandbox box;
  box.user("[profiles.good]\nendpoint = \"foo\"\n[profiles.bad]\nendpoint = \"${env:AUTHHOST_TEST_UNSET}\"\n");
  const auto config = box.load();
  REQUIRE(config.ok());
  CHECK(config->profile("good").ok());
  CHECK(config->profile("bad").status() == Status::invalid_config);
}

TEST_CASE("O73 an error in the file's grammar shows nothing of the text it stumbled over") {
  Sandbox box;
  for (const char* text :
       {"client_secret = c4n4ry", "client_secret = \"c4n4ry", "client_secret = 'c4n4ry\nx = 1",
        "client_secret = \"\"\"c4n4ry", "client_secret = \"x\" c4n4ry", "client_secret \"c4n4ry\"", "[c4n4ry"}) {
    INFO(text);
    box.user(text);
    const auto config = box.load();
    REQUIRE_FALSE(config.ok());
    CHECK((config.error().message + config.error().hint).find("c4n4ry") == std::string::npos);
    CHECK(config.error().message.find(", saw") == std::string::npos);  // the parser's way to quote
  }
}

TEST_CASE("a file of towers is refused, not a crash") {
  Sandbox box;
  std::string dotted, headers;
  for (int i = 0; i < 100'000; ++i) dotted += "a.";
  for (const std::string& text : {"a = " + std::string(100'000, '['), std::string(100'000, '['), dotted + "a = 1",
                                  "[" + dotted + "a]", "a = { " + dotted + "a = 1 }"}) {
    box.user(text);
    CHECK(box.load().status() == Status::invalid_config);
  }
  box.user("# " + std::string(500, '.') + "\n");
  CHECK(box.load().ok());
}

TEST_CASE("a file larger than 1 MiB is refused") {
  Sandbox box;
  const std::string file = box.user(std::string(10'000'000, '#'));
  const auto config = box.load();
  REQUIRE_FALSE(config.ok());
  CHECK(config.status() == Status::invalid_config);
  CHECK(config.error().message == file + ": is larger than 1024 KiB");
}

TEST_CASE("a directory, a FIFO or a device in the place of a file is refused at once") {
  Sandbox box;
  auto options = box.options();
  options.config_file = box.path("home");
  CHECK(load(options).error().message == box.path("home") + ": is a directory");
  const std::string fifo = box.path("work/fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  options.config_file = fifo;
  CHECK(load(options).error().message == fifo + ": is not a regular file");
  options.config_file = "/dev/zero";
  CHECK(load(options).error().message == "/dev/zero: is not a regular file");
  CHECK(load(options).status() == Status::invalid_config);
}

TEST_CASE("a name that is too long, or a component that is no folder, is an error and not a crash") {
  Sandbox box;
  auto options = box.options();
  options.config_file = "/" + std::string(5000, 'a');
  CHECK(load(options).status() == Status::invalid_config);
  options.config_file = box.user("") + "/x";
  CHECK(load(options).status() == Status::invalid_config);
}

TEST_CASE("a text without quotes is refused with the hint to put it in quotes") {
  for (const char* value : {"host:1", "file", "[openid]", "60s", "nope", "127.0.0.1:80"}) {
    const Sandbox box;
    box.user("[profiles.p]\nendpoint = " + std::string(value) + "\n");
    const auto config = box.load();
    INFO(value);
    REQUIRE_FALSE(config.ok());
    CHECK(config.error().hint == "put texts in quotes: key = \"value\"");
  }
}

TEST_CASE("a setting in the profile or in its client table is sent to the settings") {
  for (const char* text : {"client_secret_env = \"X\"\n", "[profiles.p.client]\nclient_secret_env = \"X\"\n"}) {
    const Sandbox box;
    box.user("[profiles.p]\n" + std::string(text));
    const auto config = box.load();
    REQUIRE_FALSE(config.ok());
    CHECK(config.error().hint == "`client_secret_env` belongs in [profiles.p.settings]");
  }
}
