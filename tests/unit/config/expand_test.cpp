#include "core/config/expand.hpp"

#include "sandbox.hpp"

#include <sys/stat.h>

using namespace authhost::config;
using authhost::Status;

namespace {

std::string expanded(const std::string& text, const Source& source = {}) {
  auto result = expand(text, source);
  REQUIRE(result.ok());
  return result->text;
}

}  // namespace

TEST_CASE("${env:NAME} is the variable, ${file:PATH} the file's content without its last newline") {
  Sandbox box;
  box.set("AUTHHOST_TEST_HOST", "foo.com");
  box.write("work/secret", "s3cret\n");
  box.write("work/dos", "x\r\n");
  box.write("work/two", "x\n\n");
  CHECK(expanded("https://${env:AUTHHOST_TEST_HOST}/x") == "https://foo.com/x");
  CHECK(expanded("${file:secret}") == "s3cret");
  CHECK(expanded("${file:" + box.path("work/secret") + "}!") == "s3cret!");
  CHECK(expanded("${file:dos}${file:two}") == "xx\n");
  CHECK(expand("${file:secret}", {})->from_file);
  CHECK_FALSE(expand("${env:AUTHHOST_TEST_HOST}", {})->from_file);
  box.set("AUTHHOST_TEST_HOST", "");
  CHECK(expanded("${env:AUTHHOST_TEST_HOST}").empty());
}

TEST_CASE("every other ${ is left alone, and $${env: stands for itself") {
  for (const char* text : {"", "$", "${", "${HOME}", "$HOME", "$$", "${other:x}", "a$b", "echo $$"})
    CHECK(expanded(text) == text);
  CHECK(expanded("$${env:X}") == "${env:X}");
  CHECK(expanded("$${file:x} ${HOME}") == "${file:x} ${HOME}");
}

TEST_CASE("what a reference brings in is not expanded again") {
  Sandbox box;
  box.set("AUTHHOST_TEST_A", "${file:/etc/hostname}");
  CHECK(expanded("${env:AUTHHOST_TEST_A}") == "${file:/etc/hostname}");
  const auto profile = box.profile(
      "[profiles.p]\nendpoint = \"foo\"\naccount = \"${env:AUTHHOST_TEST_A}\"\n"
      "proxy_authenticator = { authenticator = \"command\" }\n");
  REQUIRE(profile.ok());
  CHECK(profile->account == "${file:/etc/hostname}");
  CHECK(profile->proxy_authenticator->account == "${file:/etc/hostname}");
}

TEST_CASE("a reference that leads nowhere is refused with the line that says it") {
  Sandbox box;
  const Source source{Layer::user, box.path("work/config.toml"), 7};
  REQUIRE(::mkfifo(box.path("work/fifo").c_str(), 0600) == 0);
  box.write("work/nul", std::string("a\0b", 3));
  box.write("work/large", std::string(100'000, 'a'));
  for (const char* text : {"${env:AUTHHOST_TEST_UNSET}", "${env:}", "${file:}", "${env:X", "${file:none}",
                           "${file:fifo}", "${file:.}", "${file:nul}", "${file:large}", "${file:/dev/zero}"}) {
    INFO(text);
    const auto result = expand(text, source);
    REQUIRE_FALSE(result.ok());
    CHECK(result.status() == Status::invalid_config);
    CHECK(result.error().message.find(box.path("work/config.toml:7: ")) == 0);
    CHECK_FALSE(result.error().hint.empty());
  }
}

TEST_CASE("paths start at the file that says them, ~/ is the home folder") {
  Sandbox box;
  const Source source{Layer::user, "/etc/authhost/config.toml", 3};
  CHECK(*absolute_path("a/b", source) == "/etc/authhost/a/b");
  CHECK(*absolute_path("./a", source) == "/etc/authhost/a");
  CHECK(*absolute_path("../a", source) == "/etc/authhost/../a");
  CHECK(*absolute_path("/a", source) == "/a");
  CHECK(*absolute_path("~/a", source) == box.path("home/a"));
  CHECK(*absolute_path("~a", source) == "/etc/authhost/~a");
  CHECK(*absolute_path("a", {Layer::program, "SessionOptions"}) == box.path("work/a"));
}

TEST_CASE("references work in every kind of string value, settings included") {
  Sandbox box;
  box.set("AUTHHOST_TEST_X", "file");
  box.set("AUTHHOST_TEST_T", "5s");
  box.write("home/.config/authhost/token", "t0k3n\n");
  const auto profile = box.profile(R"(
default_profile = "${env:AUTHHOST_TEST_X}"
[profiles.file]
endpoint = "${env:AUTHHOST_TEST_X}.com"
storage = "${env:AUTHHOST_TEST_X}"
refresh_timeout = "${env:AUTHHOST_TEST_T}"
[profiles.file.client]
scopes = ["a-${env:AUTHHOST_TEST_X}"]
[profiles.file.settings]
literal = "${file:token}"
list = ["${env:AUTHHOST_TEST_X}", "${HOME}"]
client_secret_file = "token"
)");
  REQUIRE(profile.ok());
  CHECK(profile->endpoint == "file.com");
  CHECK(profile->storage == Storage::file);
  CHECK(profile->refresh_timeout == std::chrono::seconds(5));
  CHECK(profile->client.scopes == std::vector<std::string>{"a-file"});
  CHECK(std::get<std::string>(profile->settings.at("literal").value) == "t0k3n");
  CHECK(profile->settings.at("literal").sensitive);
  CHECK(std::get<std::vector<std::string>>(profile->settings.at("list").value) ==
        std::vector<std::string>{"file", "${HOME}"});
  CHECK(std::get<std::string>(profile->settings.at("client_secret_file").value) ==
        box.path("home/.config/authhost/token"));
}

TEST_CASE("a setting's name tells whether it holds a secret itself") {
  for (const char* name : {"client_secret", "token", "password", "API_KEY", "proxy_token", "passphrase"})
    CHECK(names_secret(name));
  for (const char* name :
       {"client_secret_env", "token_file", "password_command", "token_endpoint", "timeout", "command", "token_type"}) {
    CHECK_FALSE(names_secret(name));
  }
}
