// What a plugin costs, beside the bare system call in the same run: loading, a process for each request, a folder of manifests.
#include "core/plugins/authenticator.hpp"
#include "core/plugins/registry.hpp"
#include "core/plugins/library.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

using namespace authhost;
namespace fs = std::filesystem;

namespace {

constexpr int kRounds = 200;

// Processor time of this process and of its children: what else the machine does counts less than by the clock on the wall.
double cpu_us() {
  double sum = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    struct rusage used {};
    ::getrusage(who, &used);
    sum += 1e6 * static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
  }
  return sum;
}

struct Cost {
  double wall = 0;  // median, us
  double cpu = 0;   // mean, us
};
Cost measure(int rounds, const std::function<void(int)>& once) {
  std::vector<double> all;
  const double before = cpu_us();
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    once(i);
    all.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
  }
  const double cpu = (cpu_us() - before) / rounds;
  std::nth_element(all.begin(), all.begin() + rounds / 2, all.end());
  return {all[static_cast<std::size_t>(rounds / 2)], cpu};
}

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "bench_plugins: %s\n", what);
  std::exit(1);
}

void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }

// The program, with a line in and a line out: no more than a shell would do.
void bare_spawn(const char* program) {
  int in[2];
  int out[2];
  require(::pipe2(in, O_CLOEXEC) == 0 && ::pipe2(out, O_CLOEXEC) == 0, "no pipes");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  char* const argv[] = {const_cast<char*>(program), nullptr};
  pid_t pid = 0;
  require(::posix_spawn(&pid, program, &actions, nullptr, argv, environ) == 0, "no child");
  posix_spawn_file_actions_destroy(&actions);
  ::close(in[0]), ::close(out[1]);
  require(::write(in[1], "{}\n", 3) == 3, "no request");
  ::close(in[1]);
  char answer[4096];
  while (::read(out[0], answer, sizeof answer) > 0) {
  }
  ::close(out[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
}

Result<plugins::RefreshOutcome> refresh(plugins::Registry& registry, const char* name) {
  AUTHHOST_TRY(made, registry.create(name, Call{}));
  config::Settings settings;
  settings["token"] = {std::string("t0ken"), {config::Layer::program, "bench", 0}};
  plugins::RefreshRequest request;
  request.endpoint = "api.example.com";
  request.settings = &settings;
  return made->refresh(request, Call{});
}

}  // namespace

int main() {
  std::string pattern = (fs::temp_directory_path() / "authhost-bench-XXXXXX").string();
  require(::mkdtemp(pattern.data()) != nullptr, "no folder");
  const fs::path root = pattern;
  const fs::path build = AUTHHOST_BUILD_DIR;
  const auto registry_of = [&](const char* folder) {
    config::PluginsConfig config;
    config.directories = {(root / folder).string()};
    return plugins::make_registry(config);
  };

  const fs::path plugin = build / "lib/authhost/examples/example-minimal_cpp.so";

  // A process for each request.
  fs::create_directory(root / "exec");
  fs::copy_file(build / "tests/bench_answer", root / "exec/answer");
  ::chmod((root / "exec/answer").c_str(), 0755);
  write(root / "exec/answer.toml", "kind = \"exec\"\npath = \"answer\"\ndescribe = false\n");
  const auto exec = registry_of("exec");
  require(refresh(*exec, "answer").ok(), "the exec plugin gives no token");
  const Cost spawned = measure(kRounds, [&](int) { bare_spawn((root / "exec/answer").c_str()); });
  const Cost called = measure(kRounds, [&](int) { require(refresh(*exec, "answer").ok(), "no token"); });
  std::printf("a request to an exec plugin that is not asked what it is: %.0f us, posix_spawn of the same program %.0f us: %.2fx, %.2fx of processor time (aim: under 3x)\n",
              called.wall, spawned.wall, called.wall / spawned.wall, called.cpu / spawned.cpu);

  // The same plugin in the process, and in the runner.
  for (const char* isolation : {"none", "process"}) {
    fs::create_directory(root / isolation);
    fs::copy_file(plugin, root / isolation / "m.so");
    write(root / isolation / "m.toml", std::string("path = \"m.so\"\nisolation = \"") + isolation + "\"\n");
    const auto registry = registry_of(isolation);
    require(refresh(*registry, "minimal_cpp").ok(), "the plugin gives no token");
    const Cost took = measure(kRounds, [&](int) { require(refresh(*registry, "minimal_cpp").ok(), "no token"); });
    std::printf("a request to a native plugin, isolation = \"%s\": %.0f us, %.0f us of processor time\n", isolation, took.wall, took.cpu);
  }

  // Loading: each time a file that the process does not know yet.
  fs::create_directory(root / "load");
  for (int i = 0; i < 2 * kRounds; ++i) fs::copy_file(plugin, root / "load" / (std::to_string(i) + ".so"));
  const Cost opened = measure(kRounds, [&](int i) {
    require(::dlopen((root / "load" / (std::to_string(i) + ".so")).c_str(), RTLD_NOW | RTLD_LOCAL) != nullptr, "dlopen fails");
  });
  const Cost loaded = measure(kRounds, [&](int i) {
    auto file = plugins::open_trusted((root / "load" / (std::to_string(kRounds + i) + ".so")).string(), {}, 1 << 28);
    require(file.ok() && plugins::load_native(*std::move(file)).ok(), "the plugin does not load");
  });
  std::printf("load a native plugin: %.0f us, dlopen alone %.0f us: %.2f ms more, %.2f ms of processor time (aim: under 1 ms)\n", loaded.wall,
              opened.wall, (loaded.wall - opened.wall) / 1000, (loaded.cpu - opened.cpu) / 1000);

  // A folder of manifests.
  fs::create_directory(root / "empty");
  fs::create_directory(root / "many");
  fs::copy_file(build / "tests/bench_answer", root / "many/answer");
  for (int i = 0; i < 100; ++i) {
    write(root / "many" / ("p" + std::to_string(i) + ".toml"), "kind = \"exec\"\npath = \"answer\"\nid = \"org.example.p" + std::to_string(i) + "\"\n");
  }
  const auto scan = [&](const char* folder) {
    return measure(50, [&](int) { require(registry_of(folder)->describe("pkce", Call{}).ok(), "pkce is not there"); });
  };
  const Cost none = scan("empty");
  const Cost many = scan("many");
  std::printf("100 manifests: %.2f ms more than none, %.2f ms of processor time (aim: under 10 ms)\n", (many.wall - none.wall) / 1000,
              (many.cpu - none.cpu) / 1000);
  fs::remove_all(root);
}
