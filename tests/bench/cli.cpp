// What a whole run of the command line costs: a cached token beside a program that does nothing, and a forced request beside
// curl making the same one. Pairs are run in turn, so that a slow moment of the machine meets both.
#include "support/cli.hpp"
#include "support/demo_idp.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

using namespace authhost::test;

namespace {

double run_ms(const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
  std::vector<char*> argv;
  std::vector<char*> env;
  for (const auto& word : arguments) argv.push_back(const_cast<char*>(word.c_str()));
  for (const auto& word : environment) env.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  env.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const auto start = std::chrono::steady_clock::now();
  pid_t pid = 0;
  if (posix_spawnp(&pid, argv[0], &files, nullptr, argv.data(), env.data()) != 0) throw std::runtime_error("cannot start " + arguments[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  posix_spawn_file_actions_destroy(&files);
  if (status != 0) throw std::runtime_error(arguments[0] + " failed");
  return took.count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void compare(const char* what, const std::vector<std::string>& ours, const char* beside, const std::vector<std::string>& theirs,
             const std::vector<std::string>& env, int rounds) {
  std::vector<double> a;
  std::vector<double> b;
  std::vector<double> ratios;
  for (int i = 0; i < rounds; ++i) {
    a.push_back(run_ms(ours, env));
    b.push_back(run_ms(theirs, env));
    ratios.push_back(a.back() / b.back());
  }
  std::printf("%-28s %8.2f ms   %-24s %8.2f ms   ratio %.2f (median of %d pairs)\n", what, median(a), beside, median(b),
              median(ratios), rounds);
}

}  // namespace

int main() {
  const DemoIdp idp;
  const TempHome home;
  ProfileText text;
  text.authenticator = "client_credentials";
  text.issuer = idp.issuer();
  text.client_id = "demo-service";
  text.scopes = {};
  text.settings = "client_secret_env = \"DEMO_SECRET\"";
  home.write_config(text.toml());
  auto env = home.env();
  env.push_back("DEMO_SECRET=demo-secret");

  run_ms({Cli::program(), "token"}, env);  // fills the cache
  compare("token, cached", {Cli::program(), "token"}, "empty C program", {AUTHHOST_BUILD_DIR "/tests/bench_empty"}, env, 400);
  compare("token --refresh", {Cli::program(), "token", "--refresh"}, "curl, two requests",
          {"curl", "-sS", idp.url("/.well-known/openid-configuration"), "--next", "-sS", "-u", "demo-service:demo-secret", "-d",
           "grant_type=client_credentials", idp.url("/token")},
          env, 60);
}
