// The verb `plugin check`, and its document.
#include "conform/cases.hpp"
#include "support/child.hpp"
#include "support/cli.hpp"
#include "support/eventually.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

using namespace authhost;
using namespace authhost::test;

namespace {

const std::string kBuild = AUTHHOST_BUILD_DIR;
const std::string kWell = kBuild + "/lib/authhost/examples/example-minimal_c.so";
const std::string kOdd = kBuild + "/tests/zoo/parrot.so";

const std::string kZoo = std::string(AUTHHOST_SOURCE_DIR) + "/tests/conform/zoo";

// The cases that an animal says to fail, in its first lines.
std::set<std::string> failed_by(const std::filesystem::path& animal) {
  std::ifstream file(animal);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  std::set<std::string> out;
  std::smatch line;
  if (!std::regex_search(text, line, std::regex("^(?:/\\*|//|#) Fails: ([a-z0-9, -]+)\\.", std::regex::multiline))) return out;
  const std::string cases = line[1];
  const std::regex name("[a-z0-9-]+");
  for (std::sregex_iterator at(cases.begin(), cases.end(), name), end; at != end; ++at) out.insert(at->str());
  return out;
}

// Whether a process runs whose arguments are `sleep` and this number.
bool sleeps(const std::string& number) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::stringstream text;
    text << std::ifstream(entry.path() / "cmdline").rdbuf();  // an iterator would throw for a process that has just ended
    const std::string line = text.str();
    if (line.find(std::string("sleep\0", 6) + number) != std::string::npos) return true;
  }
  return false;
}

Finished check(std::vector<std::string> arguments) {
  const TempHome home;
  arguments.insert(arguments.begin(), {"plugin", "check"});
  return Cli(home).run(std::move(arguments));
}

}  // namespace

TEST_CASE("a plugin that keeps the rules ends with 0, one that does not with 9 and the sentence of the rule") {
  const auto well = check({"--case", "stdout-untouched", kWell});
  CHECK(well.status == 0);
  CHECK(well.out == "PASS  stdout-untouched\n1 passed, 0 failed, 0 skipped\n");
  CHECK(well.err.empty());
  const auto odd = check({"--case", "stdout-untouched", "--case", "stdin-unread", kOdd});
  CHECK(odd.status == 9);
  CHECK(odd.out.find("FAIL  stdout-untouched") == 0);
  CHECK(odd.out.find("R31: It writes nothing to stdout or stderr.") != std::string::npos);
  CHECK(odd.out.find("asking for a token") != std::string::npos);
  CHECK(odd.out.find("PASS  stdin-unread") != std::string::npos);
  CHECK(odd.out.find("1 passed, 1 failed, 0 skipped\n") != std::string::npos);
}

TEST_CASE("the outcome is JSON where that is asked for") {
  const auto finished = check({"--output", "json", "--case", "stdout-untouched", kOdd});
  CHECK(finished.status == 9);
  const auto json = nlohmann::json::parse(finished.out);
  CHECK(json["failed"] == 1);
  CHECK(json["cases"][0]["case"] == "stdout-untouched");
  CHECK(json["cases"][0]["result"] == "fail");
  CHECK(json["cases"][0]["rule"] == "R31");
}

TEST_CASE("a plugin that crashes, hangs or exits fails the one case, and the kit says how it ended") {
  const auto how = [](const std::string& name, const std::string& one) {
    const auto finished = check({"--case", one, "--case", "gets-credentials", kBuild + "/tests/zoo/" + name + ".so"});
    CHECK(finished.status == 9);
    CHECK(finished.out.find("PASS  gets-credentials") != std::string::npos);
    return finished.out;
  };
  CHECK(how("lemming", "http-html").find("the process ended by signal 6 (Aborted)") != std::string::npos);
  CHECK(how("moth", "http-empty").find("the plugin ended the process, with status 0") != std::string::npos);
  CHECK(how("whale", "http-huge").find("it did not return within 10 s") != std::string::npos);
}

TEST_CASE("a profile's settings and client configuration are what the plugin gets") {
  const TempHome home;
  const auto profile = home.write("check.toml", "[profiles.check]\nendpoint = \"api.example.com\"\nauthenticator = \"minimal_c\"\n"
                                                "[profiles.check.settings]\ntoken = \"two words\"\n");
  const auto finished = Cli(home).run({"plugin", "check", "--profile", profile, "--case", "token-is-visible-ascii", kWell});
  CHECK(finished.status == 9);
  CHECK(finished.out.find("the access token is not 1 byte to 64 KiB of visible ASCII") != std::string::npos);
  const auto bad = home.write("bad.toml", "[profiles.other]\nendpoint = \"api.example.com\"\n");
  const auto refused = Cli(home).run({"plugin", "check", "--profile", bad, kWell});
  CHECK(refused.status == static_cast<int>(Status::invalid_config));
  CHECK(refused.err.find("check") != std::string::npos);
}

TEST_CASE("what is no plugin, no case or no word is told apart") {
  CHECK(check({"/nowhere/plugin.so"}).status == static_cast<int>(Status::plugin));
  const auto unknown = check({"--case", "stdin-unred", kWell});
  CHECK(unknown.status == static_cast<int>(Status::usage));
  CHECK(unknown.err.find("did you mean `stdin-unread`?") != std::string::npos);
  const auto nothing = check({});
  CHECK(nothing.status == static_cast<int>(Status::usage));
  CHECK(nothing.err.find("name a plugin's file or its manifest") != std::string::npos);
}

TEST_CASE("a manifest stands for the plugin that it names") {
  const TempHome home;
  const auto manifest = home.write("plugins.d/minimal.toml", "path = \"" + kWell + "\"\n");
  const auto finished = Cli(home).run({"plugin", "check", "--case", "loads", manifest});
  CHECK(finished.status == 0);
  CHECK(finished.out == "PASS  loads\n1 passed, 0 failed, 0 skipped\n");
}

TEST_CASE("every case is failed by an animal: it can fail") {
  std::set<std::string> failed;
  for (const auto& entry : std::filesystem::directory_iterator(kZoo)) {
    CHECK(entry.path().filename() != "__pycache__");
    if (entry.is_regular_file()) failed.merge(failed_by(entry.path()));
  }
  for (const auto& one : conform::all_cases()) {
    INFO(one.name);
    CHECK(failed.erase(std::string(one.name)) == 1);
  }
  failed.erase("nothing");
  CHECK(failed == std::set<std::string>());
}

TEST_CASE("nothing of a case outlives it, whether it ends or its time is over") {
  const TempHome home;
  const std::string helper = "9876" + std::to_string(::getpid());   // has left the group of the plugin
  const std::string plugin = "8765" + std::to_string(::getpid());  // hangs
  const auto script = home.write("script", "#!/bin/sh\nsetsid sleep " + helper + " </dev/null >/dev/null 2>&1 &\nread -r request\n"
                                           "[ -e " + home.path("hang") + " ] && exec sleep " + plugin + "\n"
                                           "echo '{\"type\":\"credentials\",\"access_token\":\"t\"}'\n", 0700);
  ChildOptions options;
  options.argv = {kBuild + "/libexec/authhost/authhost-conform", "--one", "secret-not-shown", "--known", script};
  options.env = home.env();
  options.input = R"({"description":""})";
  Child ends(options);
  CHECK(ends.wait().out.find("\"pass\"") != std::string::npos);
  CHECK_FALSE(sleeps(helper));
  home.write("hang", "");
  Child hangs(options);
  REQUIRE(eventually([&] { return sleeps(helper) && sleeps(plugin); }));
  hangs.signal(SIGTERM);
  CHECK(hangs.wait().status != 0);
  CHECK_FALSE(sleeps(helper));
  CHECK_FALSE(sleeps(plugin));
}

TEST_CASE("a check that is interrupted tells what it has found out, ends with 130, and leaves nothing behind") {
  const TempHome home;
  const std::string number = "7654" + std::to_string(::getpid());
  const auto script = home.write("script", "#!/bin/sh\nread -r request\ncase $request in *'\"reason\":\"rejected\"'*) exec sleep " + number + ";; esac\n"
                                           "echo '{\"type\":\"credentials\",\"access_token\":\"t\"}'\n", 0700);
  home.write("script.toml", "kind = \"exec\"\npath = \"script\"\nid = \"org.example.script\"\ndescribe = false\n", 0600);
  ChildOptions options;
  options.argv = {kBuild + "/libexec/authhost/authhost-conform", home.path("script.toml")};
  options.env = home.env();
  Child child(options);
  REQUIRE(eventually([&] { return sleeps(number); }));
  child.signal(SIGINT);
  const auto done = child.wait();
  CHECK(done.status == 130);
  CHECK(done.out.find("PASS  gets-credentials") != std::string::npos);
  CHECK(done.out.find("the check was interrupted") != std::string::npos);
  CHECK(eventually([&] { return !sleeps(number); }));
}

TEST_CASE("how far a check is, a person sees, and no pipe, and the plugin has no terminal to draw on") {
  const TempHome home;
  const auto script = home.write("script", "#!/bin/sh\n(echo drawn >/dev/tty) 2>/dev/null\nread -r request\necho '{\"type\":\"credentials\",\"access_token\":\"t\"}'\n", 0700);
  ChildOptions options;
  options.argv = {kBuild + "/libexec/authhost/authhost-conform", "--case", "http-html", "--case", "one-line-frames", "--case", "exits-with-host", script};
  options.env = home.env();
  CHECK(Child(options).wait().err.empty());
  options.terminal = Terminal::full;
  const auto seen = Child(options).wait();
  CHECK(seen.status == 0);
  CHECK(seen.out.find("\rchecking: ") != std::string::npos);
  CHECK(seen.out.find("2 passed, 0 failed, 1 skipped") != std::string::npos);
  CHECK(seen.out.find("drawn") == std::string::npos);
}

TEST_CASE("for a plugin that never returns is waited once, and not a case after the other") {
  const auto done = check({"--case", "http-html", "--case", "loads", "--case", "http-empty", "--case", "gets-credentials", kBuild + "/tests/zoo/dormouse.so"});
  CHECK(done.status == 9);
  CHECK(done.out.find("FAIL  gets-credentials") != std::string::npos);
  CHECK(done.out.find("it did not return within 10 s") != std::string::npos);
  CHECK(done.out.find("1 passed, 1 failed, 2 skipped") != std::string::npos);
  CHECK(done.out.find("SKIP  http-html                            it does not return in a healthy world: see the case gets-credentials") != std::string::npos);
}

TEST_CASE("the profile of a check is a file, and a name is told apart from one") {
  const auto done = check({"--profile", "nonesuch", kWell});
  CHECK(done.status == 3);
  CHECK(done.err.find("--profile: there is no file nonesuch") != std::string::npos);
}

TEST_CASE("a plugin that answers with any bytes is checked like another") {
  const TempHome home;
  const auto noise = home.write("noise", "#!/bin/sh\nread -r request\nprintf '\\377{\\000\\n'\n", 0700);
  const auto finished = check({"--case", "one-line-frames", "--case", "names-and-version", noise});
  CHECK(finished.status == 9);
  CHECK(finished.out.find("FAIL  one-line-frames") == 0);
  CHECK(finished.out.find("SKIP  names-and-version") != std::string::npos);
}

TEST_CASE("the cases have names of their own, rules of abi.md and one sentence each") {
  std::set<std::string_view> names;
  std::ifstream file(std::string(AUTHHOST_SOURCE_DIR) + "/docs/abi.md");
  const std::string rules((std::istreambuf_iterator<char>(file)), {});
  REQUIRE(conform::all_cases().size() >= 40);
  for (const auto& one : conform::all_cases()) {
    INFO(one.name);
    CHECK(std::regex_match(std::string(one.name), std::regex("[a-z0-9]+(-[a-z0-9]+)*")));
    CHECK(names.insert(one.name).second);
    CHECK(rules.find("- **" + std::string(one.rule) + "**") != std::string::npos);
    CHECK((one.promise.size() > 10 && one.promise.back() == '.'));
    CHECK((one.of_file == nullptr) != (one.of_each == nullptr));
  }
}

TEST_CASE("conformance.md has a row for every case of --list, and no other") {
  std::ifstream file(std::string(AUTHHOST_SOURCE_DIR) + "/docs/conformance.md");
  std::string line;
  std::string rows;
  while (std::getline(file, line)) {
    if (line.starts_with("| `")) rows += line + "\n";
  }
  const auto listed = check({"--list", "--output", "json"});
  REQUIRE(listed.status == 0);
  std::string expected;
  for (const auto& one : nlohmann::json::parse(listed.out)) {
    const auto text = [&](const char* name) { return one[name].get<std::string>(); };
    expected += "| `" + text("case") + "` | " + text("rule") + " | " + text("kind") + " | " + text("promise") + " |\n";
  }
  CHECK(rows == expected);
}
