#include "workshop.hpp"

#include "core/plugins/settings.hpp"

#include <stdlib.h>

using namespace authhost;
using namespace authhost::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

using Value = decltype(config::SettingValue::value);

config::Settings settings(std::initializer_list<std::pair<const char*, Value>> values) {
  config::Settings out;
  for (const auto& [key, value] : values) out[key] = {value, {config::Layer::user, "config.toml", 12}};
  return out;
}

SettingInfo setting(const char* name, std::int32_t type, bool required = false) {
  SettingInfo info;
  info.name = name;
  info.type = type;
  info.required = required;
  return info;
}

AuthenticatorInfo info() {
  AuthenticatorInfo out;
  out.short_name = "flow";
  out.settings = {setting("timeout", AUTHHOST_SETTING_DURATION), setting("port", AUTHHOST_SETTING_INTEGER),
                  setting("qr", AUTHHOST_SETTING_BOOLEAN), setting("command", AUTHHOST_SETTING_STRING_LIST),
                  setting("client_secret", AUTHHOST_SETTING_SECRET), setting("method", AUTHHOST_SETTING_STRING)};
  out.settings.back().allowed = {"basic", "post"};
  return out;
}

class FakeProcess final : public Process {
 public:
  Result<ProcessResult> run(const ProcessRequest& request, const Call&) override {
    argv = request.argv;
    if (failure) return *failure;
    ProcessResult result;
    result.exit_code = exit_code;
    result.output = Secret(output);
    return result;
  }
  std::vector<std::string> argv;
  std::string output = "from command\nsecond line\n";
  int exit_code = 0;
  std::optional<Error> failure;
};

Result<ResolvedSetting> secret(const config::Settings& values, Process* process = nullptr) {
  return resolve_setting(setting("client_secret", AUTHHOST_SETTING_SECRET, true), values, process, {});
}

}  // namespace

TEST_CASE("an unknown setting is an error with file, line and the one that was meant") {
  const auto checked = check_settings(info(), settings({{"timeuot", "5m"}}));
  REQUIRE_FALSE(checked.ok());
  CHECK(checked.status() == Status::invalid_config);
  CHECK(has(checked.error().message, "config.toml:12"));
  CHECK(has(checked.error().message, "\"timeuot\""));
  CHECK(has(checked.error().hint, "timeout"));
}

TEST_CASE("a setting of the wrong type, or a value that is not allowed, is an error") {
  const std::pair<const char*, Value> wrong[] = {
      {"timeout", "soon"}, {"timeout", std::int64_t{5}}, {"port", "80"}, {"qr", std::int64_t{1}},
      {"command", "ls -l"}, {"method", "mtls"}, {"method", true}, {"client_secret_env", true},
  };
  for (const auto& bad : wrong) {
    const auto checked = check_settings(info(), settings({bad}));
    INFO(bad.first);
    REQUIRE_FALSE(checked.ok());
    CHECK(checked.status() == Status::invalid_config);
    CHECK(has(checked.error().message, bad.first));
  }
  CHECK(check_settings(info(), settings({{"timeout", "5m"},
                                         {"port", std::int64_t{80}},
                                         {"qr", true},
                                         {"command", std::vector<std::string>{"ls"}},
                                         {"client_secret_command", std::vector<std::string>{"pass"}},
                                         {"method", "post"}}))
            .ok());
}

TEST_CASE("a required setting that is missing is an error that says which") {
  auto strict = info();
  strict.settings[4].required = true;
  const auto checked = check_settings(strict, {});
  REQUIRE_FALSE(checked.ok());
  CHECK(has(checked.error().message, "client_secret"));
  CHECK(has(checked.error().hint, "client_secret_env"));
  CHECK(check_settings(strict, settings({{"client_secret_file", "/x"}})).ok());  // secrets are not read here
}

TEST_CASE("a secret comes from a variable, a file, a command, or the configuration itself") {
  Workshop shop;
  FakeProcess process;
  ::setenv("AUTHHOST_TEST_SECRET", "from variable", 1);
  const auto file = shop.write("secret", "from file\n");
  CHECK(secret(settings({{"client_secret_env", "AUTHHOST_TEST_SECRET"}}))->text.reveal() == "from variable");
  CHECK(secret(settings({{"client_secret_file", file.string()}}))->text.reveal() == "from file");
  CHECK(secret(settings({{"client_secret_command", std::vector<std::string>{"pass", "show"}}}), &process)->text.reveal() ==
        "from command");
  CHECK(process.argv == std::vector<std::string>{"pass", "show"});
  CHECK(secret(settings({{"client_secret", "literal"}}))->text.reveal() == "literal");
}

TEST_CASE("a secret that cannot be fetched is a configuration error that names the place, not the secret") {
  Workshop shop;
  ::unsetenv("AUTHHOST_TEST_ABSENT");
  ::setenv("AUTHHOST_TEST_EMPTY", "", 1);
  FakeProcess failing;
  failing.exit_code = 3;
  failing.output = "half-a-secret";
  FakeProcess silent;
  silent.output = "\n";
  FakeProcess absent;
  absent.failure = Error{Status::plugin, "no such program", ""};
  const std::vector<std::string> command = {"fetch-secret"};
  const auto expect = [](const config::Settings& values, Process* process, const std::string& place) {
    const auto got = secret(values, process);
    INFO(place);
    REQUIRE_FALSE(got.ok());
    CHECK(got.status() == Status::invalid_config);
    CHECK(has(got.error().message, place));
    CHECK_FALSE(has(got.error().message + got.error().hint, "half-a-secret"));
  };
  expect(settings({{"client_secret_env", "AUTHHOST_TEST_ABSENT"}}), nullptr, "AUTHHOST_TEST_ABSENT, which is not set");
  expect(settings({{"client_secret_env", "AUTHHOST_TEST_EMPTY"}}), nullptr, "AUTHHOST_TEST_EMPTY, which is empty");
  expect(settings({{"client_secret_file", shop.file("absent").string()}}), nullptr, "absent");
  expect(settings({{"client_secret_file", shop.write("empty", "\n").string()}}), nullptr, "empty");
  expect(settings({{"client_secret_command", command}}), &failing, "ended with status 3");
  expect(settings({{"client_secret_command", command}}), &silent, "printed nothing");
  expect(settings({{"client_secret_command", command}}), &absent, "no such program");
  expect(settings({}), nullptr, "client_secret is missing");
}

TEST_CASE("two places for one secret are an error, not a guess") {
  const auto got = secret(settings({{"client_secret_env", "A"}, {"client_secret_file", "/b"}}));
  REQUIRE_FALSE(got.ok());
  CHECK(got.status() == Status::invalid_config);
  CHECK(has(got.error().message, "client_secret_env and client_secret_file are both given"));
}

TEST_CASE("a secret's command that runs out of time keeps that status") {
  FakeProcess slow;
  slow.failure = Error{Status::deadline, "time ran out", ""};
  CHECK(secret(settings({{"client_secret_command", std::vector<std::string>{"x"}}}), &slow).status() == Status::deadline);
}

TEST_CASE("a default is read as the configuration would be") {
  const auto value = [](std::int32_t type, const char* text) {
    auto info_ = setting("x", type);
    info_.default_value = text;
    return resolve_setting(info_, {}, nullptr, {});
  };
  CHECK(value(AUTHHOST_SETTING_DURATION, "90s")->integer == 90'000);
  CHECK(value(AUTHHOST_SETTING_BOOLEAN, "true")->integer == 1);
  CHECK(value(AUTHHOST_SETTING_INTEGER, "-7")->integer == -7);
  CHECK(value(AUTHHOST_SETTING_STRING, "plain")->text.reveal() == "plain");
  CHECK(value(AUTHHOST_SETTING_STRING_LIST, "[\"a\", \"b\"]")->list == std::vector<std::string>{"a", "b"});
  CHECK(value(AUTHHOST_SETTING_INTEGER, "many").status() == Status::plugin);
  CHECK_FALSE(resolve_setting(setting("x", AUTHHOST_SETTING_STRING), {}, nullptr, {})->is_set);
}
