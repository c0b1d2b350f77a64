// Machines that lack something.
#include "harness.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

using namespace authhost::test;

TEST_CASE("without HOME and XDG variables a named configuration still gives a token or a clear refusal") {
  const TempHome home;
  const auto config = home.write("named.toml", service_profile().toml());
  const auto done = run_in(home, {"-uHOME", "-uXDG_STATE_HOME", "-uXDG_CONFIG_HOME", "-uXDG_RUNTIME_DIR", kSecret},
                           {"--config", config, "config", "check"});
  CHECK(done.status == 0);
}

TEST_CASE("a state folder that cannot be made: a login is refused before anyone is asked") {
  const TempHome home;
  home.write_config(device_profile().toml());
  const auto done = run_in(home, {"XDG_STATE_HOME=/proc/nowhere"}, {"login"});
  CHECK(done.status == 8);
  said(done);
  CHECK(provider().count("/device_authorization") == 0);
}

TEST_CASE("without a session bus, auto keeps credentials in the file and says so") {
  const TempHome home;
  auto profile = command_profile(R"(["echo", "t"])");
  profile.storage = "auto";
  home.write_config(profile.toml());
  const auto done = run_in(home, {"-uDBUS_SESSION_BUS_ADDRESS"}, {"login"});
  CHECK(done.status == 0);
  CHECK(done.out.find("kept in: file\n") != std::string::npos);
  CHECK(done.err.starts_with("warning: kept in file: "));
  CHECK(done.err.find("storage = \"file\" in the profile chooses it without this warning") != std::string::npos);
}

TEST_CASE("O72 the program cannot be dumped, and its core limit is 0") {
  const TempHome home;
  // The command prints what it inherited; a limit is inherited, dumpability is not, so that is read from /proc.
  home.write_config(command_profile(R"(["sh", "-c", "ulimit -Hc"])").toml());
  CHECK(Cli(home).run({"token"}).out == "0\n");
}

TEST_CASE("who ignores SIGCHLD gets a token all the same") {
  const TempHome home;
  home.write_config(command_profile(R"(["echo", "t0ken"])").toml());
  const auto done = Child({.argv = {"sh", "-c", "trap '' CHLD; exec \"$0\" token", Cli::program()}, .env = home.env()}).wait();
  CHECK(done.status == 0);
  CHECK(done.out == "t0ken\n");
}

TEST_CASE("a limit on the size of files is told in a sentence, and not the end by a signal") {
  const TempHome home;
  home.write_config(command_profile(R"(["echo", "t0ken"])").toml());
  const auto done = Child({.argv = {"sh", "-c", "ulimit -f 0; exec \"$0\" login", Cli::program()}, .env = home.env()}).wait();
  CHECK(done.status == 0);  // the login is good
  CHECK(done.err.find("warning: the login is good but could not be kept in file: ") == 0);
  CHECK(done.err.find("File too large") != std::string::npos);
}

TEST_CASE("a folder of plugins that cannot be listed is a row that says so") {
  const TempHome home;
  const auto folder = home.path("plugins.d");
  std::filesystem::create_directory(folder);
  REQUIRE(::chmod(folder.c_str(), 0300) == 0);
  home.write_config("[plugins]\ndirectories = [\"" + folder + "\"]\n");
  std::vector<std::string> argv = {Cli::program(), "plugin", "list"};
  // For root every folder can be listed, but for the capabilities.
  if (::geteuid() == 0) argv.insert(argv.begin(), {"setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"});
  const auto done = Child({.argv = argv, .env = home.env()}).wait();
  ::chmod(folder.c_str(), 0700);
  CHECK(done.status == 0);
  CHECK(done.out.find("  Permission denied\n  hint: check that it may be read\n") != std::string::npos);
}

TEST_CASE("the front says what is wrong when its other half is missing") {
  const TempHome home;
  const auto copy = home.path("bin");
  Child child({.argv = {"sh", "-c", "mkdir " + copy + " && cp " + Cli::program() + " " + copy + " && exec " + copy + "/authhost status"},
               .env = home.env()});
  const auto done = child.wait();
  CHECK(done.status == 1);
  CHECK(said(done).message == "cannot start " + home.path("libexec/authhost/authhost-cli") + ": No such file or directory");
}

TEST_CASE("O80 a set-user-id copy refuses to run for anybody else") {
  const TempHome home;
  const auto copy = home.path("authhost-for-others");
  std::filesystem::copy_file(AUTHHOST_BUILD_DIR "/bin/authhost", copy);
  REQUIRE(::chmod(copy.c_str(), 04755) == 0);
  for (auto folder = std::filesystem::path(copy).parent_path(); folder.string().size() > 4; folder = folder.parent_path()) {
    REQUIRE(::chmod(folder.c_str(), 0711) == 0);
  }
  if (::geteuid() != 0) {  // for oneself it is no privilege, and only root can be somebody else
    CHECK(Child({.argv = {copy, "version"}, .env = home.env()}).wait().status == 0);
    return;
  }
  const auto done =
      Child({.argv = {"setpriv", "--reuid=65534", "--clear-groups", copy, "version"}, .env = home.env()}).wait();
  CHECK(done.status == 1);
  CHECK(done.out.empty());
  CHECK(done.err.find("running set-user-id") != std::string::npos);
}
