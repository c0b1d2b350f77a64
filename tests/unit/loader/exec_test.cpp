// Plugins that are programs of their own: authhost.exec/1, as seen from the host.
#include "script.hpp"

#include "support/eventually.hpp"

#include <sys/stat.h>


using namespace authhost;
using namespace authhost::test;
using std::chrono::seconds;

TEST_CASE("a script of a few lines is an authenticator") {
  Script script("read -r request\n" + kToken);
  const auto got = script.credentials();
  CHECK(got.access_token.reveal() == "t0ken");
  CHECK(got.expires_in == seconds{300});
  CHECK(got.for_endpoint == "dns:///example.com");
}

TEST_CASE("one that does not even read its request is one, too, nor needs its answer a line's end or an id") {
  Script script("exec <&-; printf '{\"type\":\"credentials\",\"access_token\":\"t0ken\"}'\n");
  Credentials previous;
  previous.access_token = Secret("x");
  previous.id_token = Secret(std::string(300'000, 'j'));  // more than a pipe holds
  script.previous = std::move(previous);
  CHECK(script.credentials().access_token.reveal() == "t0ken");
}

TEST_CASE("the request says all there is, on one line") {
  Script script("", "grants = [\"http\", \"clock\", \"store\"]\n");
  script.client.token_endpoint = "https://idp.example/token";
  script.client.scopes = {"a", "b"};
  script.set("level", std::int64_t{3}).set("on", true).set("names", std::vector<std::string>{"x", "y"}).set("word", std::string("w"));
  ::setenv("EXEC_TEST_SECRET", "from-the-environment", 1);
  script.set("key_env", std::string("EXEC_TEST_SECRET"));
  script.extras["kept"] = Secret("v");
  Credentials previous;
  previous.access_token = Secret("old-access");
  previous.refresh_token = Secret("old-refresh");
  script.previous = std::move(previous);
  script.write("head -n 1 > '" + script.out().string() + "'\n" + kToken);
  auto made = script.shop.registry()->create("flow", script.call);
  REQUIRE(made.ok());
  auto request = script.request();
  request.reason = Reason::rejected;
  const auto outcome = (*made)->refresh(request, script.call);
  INFO((outcome.ok() ? std::string() : outcome.error().message));
  REQUIRE(outcome.ok());
  ::unsetenv("EXEC_TEST_SECRET");
  const std::string said = read(script.out());
  for (const char* part :
       {"\"protocol\":\"authhost.exec/1\"", "\"type\":\"refresh\"", "\"id\":1", "\"reason\":\"rejected\"", "\"may_interact\":false",
        "\"endpoint\":\"dns:///example.com\"", "\"token_endpoint\":\"https://idp.example/token\"", "\"scopes\":[\"a\",\"b\"]", "\"level\":3", "\"on\":true",
        "\"names\":[\"x\",\"y\"]", "\"word\":\"w\"", "\"key\":\"from-the-environment\"", "\"access_token\":\"old-access\"", "\"refresh_token\":\"old-refresh\"",
        "\"services\":[\"authhost.clock/1\",\"authhost.store/1\"]", "\"stored\":{\"kept\":\"v\"}"}) {
    INFO(part);
    CHECK(has(said, part));
  }
}

TEST_CASE("names in lowerCamelCase and numbers as strings are understood, and what is unknown is passed over") {
  Script script("echo '{\"type\":\"credentials\",\"accessToken\":\"t0ken\",\"expiresIn\":\"77\",\"tokenType\":null,\"shoeSize\":{\"eu\":43}}'\n");
  CHECK(script.credentials().expires_in == seconds{77});
}

TEST_CASE("an error has the plugin's status, message and hint") {
  Script script("echo '{\"type\":\"error\",\"id\":1,\"status\":\"interaction_required\",\"message\":\"log in\",\"hint\":\"there\"}'\n");
  const Error error = script.error();
  CHECK(error.status == Status::interaction_required);
  CHECK(error.message == "log in");
  CHECK(error.hint == "there");
}

TEST_CASE("what is no answer becomes status 9 with a sentence that names the plugin") {
  const std::pair<std::string, std::string> bad[] = {
      {"exit 3\n", "ended with status 3 without an answer"},
      {"echo 'it broke' >&2; exit 1\n", "without an answer: it broke"},
      {"kill -SEGV $$\n", "was ended by signal 11"},
      {"kill -ABRT $$\n", "was ended by signal 6"},
      {"exec >&-; sleep 60\n", "closed its output without an answer"},
      {"head -c 1100000 /dev/zero | tr '\\0' x\nsleep 60\n", "a line of more than 1048576 bytes"},
      {"yes '{\"type\":\"what\"}'\n", "does not read what the host answers; it wrote a frame of type \"what\""},
      {"exec 3<&0; cat <&3 > /dev/null & yes '{\"type\":\"what\"}'\n", "more than 100000 lines"},
      {"echo '{\"type\":\"error\",\"status\":\"sad\",\"message\":\"oh\"}'\n", "is no status: oh"},
      {"echo '{\"type\":\"error\",\"status\":\"ok\"}'\n", "is no status"},
      {"echo starting…\n", "a line of 11 bytes that is no frame: a line is not JSON"},
      {"echo '[1]'\n", "not a JSON object"},
      {"echo '{\"access_token\":\"t\"}'\n", "no \"type\""},
      {"echo '{\"type\":\"done\"}'\n", "answered with \"done\", and \"credentials\" was asked for"},
  };
  for (const auto& [body, why] : bad) {
    Script script(body);
    const Error error = script.error();
    INFO(body << error.message);
    CHECK(error.status == Status::plugin);
    CHECK(has(error.message, why));
    CHECK(has(error.message, "flow.sh"));
    CHECK(error.message.size() < 700);
  }
  const std::pair<std::string, std::string> nonsense[] = {
      {"echo '{\"type\":\"credentials\",\"access_token\":7}'\n", "has to be a string"},
      {"echo '{\"type\":\"credentials\",\"access_token\":\"two words\"}'\n", "characters that a token cannot have"},
      {"echo '{\"type\":\"credentials\"}'\n", ""},
  };
  for (const auto& [body, why] : nonsense) {
    Script script(body);
    const Error error = script.error();
    INFO(body << error.message);
    CHECK(error.status == Status::protocol);
    CHECK(has(error.message, why));
  }
}

TEST_CASE("a program that cannot be run is refused before it is tried, with what to do") {
  const auto refused = [](const std::string& text, mode_t mode) {
    Script script("");
    script.shop.write("flow.sh", text);
    Workshop::mode(script.shop.file("flow.sh"), mode);
    const auto row = script.shop.record(*script.shop.registry(), "flow");
    CHECK(row.state == PluginState::refused);
    CHECK(has(row.reason.message, "flow.sh: "));
    CHECK(script.error().status == Status::plugin);
    return row.reason.message + " / " + row.reason.hint;
  };
  CHECK(has(refused("#!/bin/sh\n", 0644), "it may not be executed / chmod +x "));
  CHECK(has(refused("#!/no/such/interpreter -x\n", 0755), "names the interpreter \"/no/such/interpreter\", which cannot be run"));
  CHECK(has(refused("#!/bin/sh\r\necho\r\n", 0755), "its lines end as on Windows"));
  CHECK(has(refused("#!\n", 0755), "interpreter \"\""));
  CHECK(has(refused("echo hello\n", 0755), "does not begin with #!"));
  CHECK(has(refused("", 0755), "does not begin with #!"));
}

TEST_CASE("a plugin that hangs is told to end, then killed with all its children, and that is status 9") {
  Script script("", "describe = false\n");
  script.write("trap '' TERM\nsleep 1000 &\necho $! > '" + script.out().string() + "'\nwait\nsleep 1000\n");
  script.call = script.call.within(Milliseconds{300});
  const Error error = script.error();
  CHECK(error.status == Status::plugin);
  CHECK(has(error.message, "did not answer in time"));
  const int child = std::stoi(read(script.out()));
  CHECK(eventually([&] { return !lives(child); }));
}

TEST_CASE("what a plugin hands over after it was told to end is not lost") {
  Script script(
      "read -r request\ncase $request in *describe*) exit;; esac\nread -r cancel\ncase $cancel in *cancel*) echo '{\"type\":\"credentials\",\"access_token\":\"late\",\"refresh_token\":\"next\"}';; esac\n");
  script.call = script.call.within(Milliseconds{200});
  CHECK(script.credentials().refresh_token.reveal() == "next");
}

TEST_CASE("services are called by the names that native plugins use, and only those that the manifest grants") {
  Script script("", "grants = [\"http\", \"clock\", \"crypto\", \"json\", \"store\"]\n");
  const auto http = std::make_shared<CannedHttp>();
  script.services.http = http;
  const auto ask = [&](const std::string& service, const std::string& method, const std::string& params) {
    script.write("read -r r\necho '{\"type\":\"call\",\"id\":7,\"service\":\"authhost." + service + "/1\",\"method\":\"" + method + "\",\"params\":" + params +
                 "}'\nhead -n 1 > '" + script.out().string() + "'\n" + kToken);
    script.registry.reset();
    script.credentials();
    return read(script.out());
  };
  CHECK(has(ask("clock", "now_ms", "{}"), "\"result\":{\"now_ms\":"));
  CHECK(has(ask("crypto", "sha256", "{\"data\":\"abc\"}"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="));
  CHECK(has(ask("crypto", "base64_encode", "{\"data_bytes\":\"-_8=\",\"alphabet\":\"url_unpadded\"}"), "\"text\":\"-_8\""));
  CHECK(has(ask("crypto", "random", "{\"size\":16}"), "\"bytes\":\""));
  CHECK(has(ask("crypto", "random", "{\"size\":100000}"), "\"status\":\"usage\""));
  CHECK(has(ask("json", "parse", "{\"text\":\"{\\\"a\\\":[1]}\"}"), "\"value\":{\"a\":[1]}"));
  CHECK(has(ask("http", "send", "{\"method\":\"POST\",\"url\":\"https://x/\",\"body\":\"b\",\"headers\":[{\"name\":\"n\",\"value\":\"v\"}]}"),
            "\"body\":\"{\\\"a\\\":1}\""));
  CHECK(http->asked == "POST https://x/ b n=v");
  CHECK(has(ask("store", "put", "{\"name\":\"n\",\"value\":\"v\"}"), "\"status\":\"ok\""));
  CHECK(script.extras.at("n").reveal() == "v");
  CHECK(has(ask("store", "get", "{\"name\":\"n\"}"), "\"found\":true,\"value\":\"v\""));
  CHECK(has(ask("store", "drop", "{\"name\":\"n\"}"), "\"status\":\"ok\""));
  CHECK(script.extras.empty());

  const std::string refused = ask("process", "run", "{\"argv\":[\"true\"]}");
  CHECK(has(refused, "\"status\":\"not-permitted\""));
  CHECK(has(refused, "flow.toml"));
  CHECK(has(ask("clock", "tell_fortune", "{}"), "\"status\":\"usage\""));
  CHECK(has(ask("clock", "sleep_ms", "{\"milliseconds\":\"soon\"}"), "has to be a whole number"));
  CHECK(has(ask("telepathy", "read", "{}"), "\"status\":\"usage\""));
}

TEST_CASE("without a word in its manifest an exec plugin is granted nothing") {
  Script script("read -r r\necho '{\"type\":\"call\",\"id\":2,\"service\":\"authhost.clock/1\",\"method\":\"now_ms\"}'\nread -r r\n"
                "case $r in *not-permitted*) " + kToken + ";; esac\n");
  CHECK(script.credentials().access_token.reveal() == "t0ken");
}

TEST_CASE("a frame that the host does not know is answered with an error, and the talk goes on") {
  Script script("read -r r\necho '{\"type\":\"sing\",\"id\":5}'\nread -r r\ncase $r in *'\"type\":\"error\"'*) " + kToken + ";; esac\n");
  CHECK(script.credentials().access_token.reveal() == "t0ken");
}

TEST_CASE("its environment is a short list, and neither that nor its arguments hold a secret") {
  Script script("");
  script.write("{ env; tr '\\0' ' ' < /proc/$$/cmdline; echo; ls /proc/$$/fd; } > '" + script.out().string() + "'\n" + kToken);
  ::setenv("EXEC_TEST_SECRET", "c4n4ry", 1);
  script.set("key_env", std::string("EXEC_TEST_SECRET"));
  Credentials previous;
  previous.access_token = Secret("c4n4ry-token");
  script.previous = std::move(previous);
  script.credentials();
  ::unsetenv("EXEC_TEST_SECRET");
  const std::string seen = read(script.out());
  CHECK_FALSE(has(seen, "c4n4ry"));
  CHECK(has(seen, "AUTHHOST_PLUGIN_FILE=" + script.shop.file("flow.sh").string()));
  CHECK_FALSE(has(seen, "EXEC_TEST_SECRET"));
}

TEST_CASE("O78 what runs is the file that was checked, whatever bears its name by then") {
  Script script(kToken);
  script.registry = script.shop.registry();
  REQUIRE(script.registry->describe("flow", Call{}).ok());
  script.shop.write("other.sh", "#!/bin/sh\necho '{\"type\":\"credentials\",\"access_token\":\"other\"}'\n");
  Workshop::mode(script.shop.file("other.sh"), 0755);
  fs::rename(script.shop.file("other.sh"), script.shop.file("flow.sh"));
  CHECK(script.credentials().access_token.reveal() == "t0ken");
}

TEST_CASE("one that describes itself has its settings checked, with a word on what was meant") {
  Script script(
      "read -r r\ncase $r in *describe*) echo '{\"type\":\"description\",\"id\":1,\"authenticators\":[{\"id\":\"org.example.flow\",\"name\":\"Flow\","
      "\"version\":\"1\",\"summary\":\"s\",\"revoke\":true,\"capabilities\":[\"interactive\"],\"services\":[\"authhost.http/1\"],"
      "\"settings\":[{\"name\":\"region\",\"allowed\":[\"eu\",\"us\"],\"required\":true},{\"name\":\"wait\",\"type\":\"duration\",\"default\":\"5s\"}]}]}'; exit;; esac\n"
      "case $r in *'\"region\":\"eu\"'*'\"wait\":5000'*) " + kToken + ";; esac\n");
  CHECK(script.set("region", std::string("eu")).credentials().access_token.reveal() == "t0ken");
  CHECK(script.authenticator->info().can_revoke);
  CHECK(script.set("regin", std::string("eu")).error().status == Status::invalid_config);
  CHECK(has(script.error().hint, "region"));
  script.settings.erase("regin");
  CHECK(has(script.set("region", std::string("mars")).error().message, "mars"));
  const auto info = script.shop.registry()->describe("flow", Call{});
  REQUIRE(info.ok());
  CHECK(info->settings.size() == 2);
  CHECK(info->capabilities == AUTHHOST_CAP_INTERACTIVE);
}

TEST_CASE("what a program says of itself that cannot be is refused with a sentence") {
  const std::pair<std::string, std::string> bad[] = {
      {"[]", "no authenticator"},
      {"[{\"id\":\"flow\",\"name\":\"n\",\"version\":\"1\"}]", "not an id"},
      {"[{\"id\":\"org.example.flow\",\"name\":\"\",\"version\":\"1\"}]", "no name"},
      {"[{\"id\":\"org.example.flow\",\"name\":\"n\",\"version\":\"1\",\"services\":[\"authhost.telepathy/1\"]}]", "telepathy"},
      {"[{\"id\":\"org.example.flow\",\"name\":\"n\",\"version\":\"1\",\"settings\":[{\"name\":\"Bad\"}]}]", "Bad"},
      {"[{\"id\":\"org.example.flow\",\"name\":\"n\",\"version\":\"1\",\"settings\":[{\"name\":\"a\",\"type\":\"colour\"}]}]", "colour"},
      {"[{\"id\":\"org.example.flow\",\"name\":\"n\",\"version\":\"1\",\"settings\":[{\"name\":\"a\"},{\"name\":\"a\"}]}]", "twice"},
      {"[{\"id\":7}]", "has to be a string"},
  };
  for (const auto& [list, why] : bad) {
    Script script("echo '{\"type\":\"description\",\"authenticators\":" + list + "}'\n");
    const Error error = script.set("x", std::string("y")).error();
    INFO(list << error.message);
    CHECK(error.status == Status::plugin);
    CHECK(has(error.message, why));
  }
}

TEST_CASE("revoke is asked of what can, and of nothing else") {
  Script script("");
  script.write(
      "read -r r\ncase $r in *describe*) echo '{\"type\":\"description\",\"authenticators\":[{\"id\":\"org.example.flow\",\"name\":\"F\",\"version\":\"1\","
      "\"revoke\":true,\"settings\":[{\"name\":\"s\"}]}]}';;\n*'\"type\":\"revoke\"'*) echo \"$r\" > '" + script.out().string() + "'; echo '{\"type\":\"done\"}';;\n*) " + kToken +
      ";; esac\n");
  script.set("s", std::string("v"));
  script.credentials();
  CHECK(script.authenticator->revoke(script.request(), script.call).ok());
  CHECK(has(read(script.out()), "\"s\":\"v\""));
  Script silent("echo called > /dev/null\n");
  silent.registry = silent.shop.registry();
  auto made = silent.registry->create("flow", silent.call);
  REQUIRE(made.ok());
  CHECK((*made)->revoke(silent.request(), silent.call).ok());
}

TEST_CASE("a secret that comes back in an error is not shown") {
  Script script("read -r r\nprintf '{\"type\":\"error\",\"status\":\"denied\",\"message\":\"wrong: c4n4ry-secret\"}\\n'\n");
  script.set("password", std::string("c4n4ry-secret"));
  CHECK_FALSE(has(script.error().message, "c4n4ry"));
}

TEST_CASE("what outlives the answer of a plugin is ended with it") {
  Script script("");
  script.write("sleep 1000 &\necho $! > '" + script.out().string() + "'\n" + kToken);
  CHECK(script.credentials().access_token.reveal() == "t0ken");
  CHECK(eventually([&] { return !lives(std::stoi(read(script.out()))); }));
}

TEST_CASE("manifests that a person's own configuration adds are isolated unless they say otherwise, and those of the system are not") {
  Workshop shop;
  shop.copy("scripted");  // once: this process loads it
  const auto isolated = [&](config::Layer layer, const std::string& more) {
    shop.write("scripted.toml", "kind = \"native\"\npath = \"scripted.so\"\n" + more);
    config::PluginsConfig config;
    config.directories = {shop.folder().string()};
    config.directory_sources = {{layer, "config.toml", 1}};
    auto registry = make_registry(config);
    const auto row = shop.record(*registry, "scripted");
    CHECK(row.state == PluginState::loaded);
    CHECK(row.authenticators.size() == 1);
    return row.isolated;
  };
  CHECK(isolated(config::Layer::user, ""));
  CHECK(isolated(config::Layer::project, ""));
  CHECK_FALSE(isolated(config::Layer::system, ""));
  CHECK_FALSE(isolated(config::Layer::program, ""));
  CHECK_FALSE(isolated(config::Layer::user, "isolation = \"none\"\n"));
  CHECK(isolated(config::Layer::system, "isolation = \"process\"\n"));
}

TEST_CASE("a native plugin that crashes in a process of its own is status 9, and the host goes on") {
  Bench bench("scripted", ::getenv("AUTHHOST_TEST_ISOLATED") == nullptr ? "isolation = \"process\"\n" : "");
  for (const char* fault : {"segfault", "abort", "exit"}) {
    const Error error = bench.act(fault).error();
    INFO(fault << ": " << error.message);
    CHECK(error.status == Status::plugin);
    CHECK(has(error.message, "scripted.so"));
    CHECK(has(error.message, "without an answer"));
  }
  CHECK(bench.act("emit").credentials().access_token.reveal() == "s3cret-token");
}

TEST_CASE("the examples in shell and Python are authenticators") {
  const auto example = [](Script& script, const std::string& name, const std::string& file) {
    const fs::path from = fs::path(AUTHHOST_SOURCE_DIR) / "plugins/examples" / name;
    fs::copy_file(from / file, script.shop.file(file));
    Workshop::mode(script.shop.file(file), 0755);
    script.shop.write("flow.toml", read(from / (name + ".toml")));
  };
  Script shell("");
  example(shell, "four_lines", "four_lines.sh");
  const std::string home = ::getenv("HOME") != nullptr ? ::getenv("HOME") : "";
  ::setenv("HOME", shell.shop.root().c_str(), 1);
  CHECK(shell.refresh("four_lines").status() == Status::denied);
  std::ofstream(shell.shop.root() / ".four-lines-token") << "from-the-file\n";
  CHECK(shell.refresh("four_lines")->credentials.access_token.reveal() == "from-the-file");
  ::setenv("HOME", home.c_str(), 1);

  Script python("");
  example(python, "python_hmac", "python_hmac.py");
  FixedClock clock;
  python.call.clock = &clock;
  const auto http = std::make_shared<CannedHttp>();
  http->body = "{\"token\":\"t1\",\"ttl\":60}";
  python.services.http = http;
  python.set("gate", std::string("https://gate.example.com")).set("key", std::string("k"));
  const auto got = python.refresh("python_hmac");
  INFO((got.ok() ? std::string() : got.error().message));
  REQUIRE(got.ok());
  CHECK(got->credentials.access_token.reveal() == "t1");
  CHECK(http->asked == "POST https://gate.example.com 1800000000 x-signature=fZHMpdbkZPR87KVa4b+GWe0QOxKdB0dZLnBQBOxAV7E=");
  http->status = 403;
  CHECK(python.refresh("python_hmac").status() == Status::denied);
  http->status = 200;
  http->body = "<html>";
  CHECK(python.refresh("python_hmac").status() == Status::protocol);
  python.settings.erase("key");
  CHECK(python.refresh("python_hmac").status() == Status::invalid_config);
}
