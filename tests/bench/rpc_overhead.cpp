// What an authenticated call costs the client, beside gRPC's own ways, in one run: TLS, 64 callback calls in flight. The server is
// another process, so that the CPU time is the client's alone. Prints the median of the rounds.
//
//   rpc_overhead [CALLS [ROUNDS [CHANNEL]]]      CHANNEL: only the one of that number, for a profiler
#include <authhost/channel.hpp>

#include "support/child.hpp"
#include "support/temp_home.hpp"

#include <flyteidl2/task/task_service.grpc.pb.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/server_builder.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace {

namespace task = flyteidl2::task;
using authhost::test::Child;
using authhost::test::TempHome;

constexpr int kInFlight = 64;

class Tasks final : public task::TaskService::CallbackService {
  grpc::ServerUnaryReactor* ListTasks(grpc::CallbackServerContext* context, const task::ListTasksRequest*,
                                      task::ListTasksResponse*) override {
    auto* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

int serve(const std::string& certificate, const std::string& key) {
  Tasks tasks;
  int port = 0;
  grpc::ServerBuilder builder;
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({key, certificate});
  builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options), &port);
  builder.RegisterService(&tasks);
  const auto server = builder.BuildAndStart();
  std::cout << port << std::endl;
  std::string line;
  std::getline(std::cin, line);  // until the bench ends
  return 0;
}

class Plugin final : public grpc::MetadataCredentialsPlugin {
 public:
  Plugin(std::string value, bool blocking) : value_(std::move(value)), blocking_(blocking) {}
  [[nodiscard]] bool IsBlocking() const override { return blocking_; }
  grpc::Status GetMetadata(grpc::string_ref, grpc::string_ref, const grpc::AuthContext&,
                           std::multimap<std::string, std::string>* metadata) override {
    metadata->emplace("authorization", value_);
    return grpc::Status::OK;
  }

 private:
  std::string value_;
  bool blocking_;
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Figure {
  double cpu_us = 0;  // per call
  double per_second = 0;
};

Figure measure(task::TaskService::Stub& stub, int calls) {
  struct Call {
    grpc::ClientContext context;
    task::ListTasksRequest request;
    task::ListTasksResponse response;
  };
  std::mutex mutex;
  std::condition_variable all;
  std::atomic<int> started{0};
  int ended = 0;
  std::function<void()> start = [&] {
    if (started.fetch_add(1) >= calls) return;
    auto* const call = new Call;
    stub.async()->ListTasks(&call->context, &call->request, &call->response, [&, call](const grpc::Status& status) {
      if (!status.ok()) {
        std::cerr << status.error_message() << "\n";
        std::abort();
      }
      delete call;
      start();
      const std::lock_guard lock(mutex);
      if (++ended == calls) all.notify_all();
    });
  };
  const double cpu = cpu_seconds();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kInFlight; ++i) start();
  std::unique_lock lock(mutex);
  all.wait(lock, [&] { return ended == calls; });
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  return {(cpu_seconds() - cpu) / calls * 1e6, calls / wall.count()};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 3 && std::string(argv[1]) == "--serve") return serve(argv[2], argv[3]);
  const int calls = argc > 1 ? std::atoi(argv[1]) : 20'000;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 7;
  const int only = argc > 3 ? std::atoi(argv[3]) : -1;

  const TempHome home;
  const std::string ca = home.path("ca.pem");
  const std::string key = home.path("key.pem");
  Child({{"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", ca,
          "-days", "30", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"},
         authhost::test::base_environment()})
      .wait();
  home.write("pem", "");
  const auto read = [&](const char* name) { return home.read(name); };
  Child server({{argv[0], "--serve", read("ca.pem"), read("key.pem")}, authhost::test::base_environment(), {}, true});
  while (server.out().find('\n') == std::string::npos && server.running()) ::usleep(1000);
  const std::string target = "localhost:" + std::to_string(std::atoi(server.out().c_str()));

  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = read("ca.pem");
  for (const std::size_t size : {64, 900}) {
    const std::string token(size, 't');
    ::setenv("BENCH_TOKEN", token.c_str(), 1);
    auto session = authhost::Session::open({.endpoint = target, .authenticator = "passthrough", .settings = {{"token_env", "BENCH_TOKEN"}},
                                            .ca_cert_file = ca, .storage = "memory", .account = std::to_string(size)});
    if (!session || !session->refresh_credentials()) {
      std::cerr << "no session: " << (session ? "" : session.error().message) << "\n";
      return 1;
    }
    const auto with = [&](std::shared_ptr<grpc::CallCredentials> credentials, int number) {
      grpc::ChannelArguments arguments;
      arguments.SetInt("bench", number);  // a connection of its own
      auto transport = grpc::SslCredentials(ssl);
      return grpc::CreateCustomChannel(target, credentials ? grpc::CompositeChannelCredentials(transport, credentials) : transport, arguments);
    };
    const auto plugin = [&](bool blocking) {
      return grpc::MetadataCredentialsFromPlugin(std::make_unique<Plugin>("Bearer " + token, blocking));
    };
    const auto make = [&](int retries) {
      authhost::ChannelOptions options;
      options.rpc_retries = retries;
      auto channel = authhost::make_channel(target, *session, options);
      if (!channel) std::abort();
      return *channel;
    };
    const std::vector<std::pair<const char*, std::shared_ptr<grpc::Channel>>> channels{
        {"bare channel", with(nullptr, 1)},
        {"plugin, non-blocking", with(plugin(false), 2)},
        {"plugin, blocking", with(plugin(true), 3)},
        {"AccessTokenCredentials", with(grpc::AccessTokenCredentials(token), 4)},
        {"make_channel", make(3)},
    };
    std::vector<std::vector<double>> cpu(channels.size());
    std::vector<std::vector<double>> speed(channels.size());
    for (int round = -1; round < rounds; ++round) {
      for (std::size_t i = 0; i < channels.size(); ++i) {
        if (only >= 0 && static_cast<int>(i) != only) continue;
        task::TaskService::Stub stub(channels[i].second);
        const Figure figure = measure(stub, round < 0 ? 1000 : calls);
        if (round < 0) continue;  // connections, caches
        cpu[i].push_back(figure.cpu_us);
        speed[i].push_back(figure.per_second);
      }
    }
    if (only >= 0) continue;
    const double bare = median(cpu[0]);
    const double peer = median(cpu[1]) - bare;
    std::printf("token of %zu bytes, %d calls, %d rounds\n", size, calls, rounds);
    for (std::size_t i = 0; i < channels.size(); ++i) {
      const double own = median(cpu[i]);
      std::printf("  %-24s %6.2f us CPU a call, %+6.2f us, %5.2f x what the non-blocking plugin adds, %7.0f calls/s (%.2f x bare)\n",
                  channels[i].first, own, own - bare, (own - bare) / peer, median(speed[i]), median(speed[i]) / median(speed[0]));
    }
  }
  server.close_stdin();
  return 0;
}
