// `authhost-plugin-runner PLUGIN SHA256 MANIFEST LOG_LEVEL`: one native plugin in a process of its own, behind authhost.exec/1. Started by the
// host at ../libexec/authhost. What the plugin does to its process, it does to this one.
#include "program/process_guard.hpp"
#include "core/plugins/exec/description.hpp"
#include "core/plugins/library.hpp"
#include "core/plugins/native.hpp"
#include "core/plugins/trust.hpp"
#include "core/services/log.hpp"
#include "runner/host_pipe.hpp"
#include "runner/read_request.hpp"
#include "runner/remote_services.hpp"

#include <authhost/services.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace {

using namespace authhost;
using namespace authhost::runner;
using plugins::exec::Fields;
using plugins::exec::Frame;

Frame failure(const Error& error, std::int64_t id) {
  return Frame({{"type", "error"}, {"id", id}, {"status", status_name(error.status)}, {"message", error.message}, {"hint", error.hint}});
}

// The very file that the host has checked.
Result<const plugins::NativeLibrary*> load(const std::string& path, const std::string& sha256) {
  AUTHHOST_TRY(file, plugins::open_trusted(path, {}, plugins::kMaxPlugin));
  if (file.sha256 != sha256) return Error{Status::plugin, path + ": it has changed since it was checked", "try again"};
  return plugins::load_native(std::move(file));
}

// What the plugin has put into its store, or dropped from there, goes to the host before the answer does. What goes goes first: so there
// is never more than at the end, and the host refuses nothing that has not been refused here.
void keep(HostPipe& pipe, const std::map<std::string, Secret>& before, const std::map<std::string, Secret>& now) {
  const auto changed = [](const auto& entry, const auto& others) {
    const auto other = others.find(entry.first);
    return other == others.end() || !(other->second == entry.second);
  };
  for (const auto& entry : before) {
    if (changed(entry, now)) static_cast<void>(pipe.ask(AUTHHOST_SERVICE_STORE, "drop", {{"name", entry.first}}));
  }
  for (const auto& entry : now) {
    if (!changed(entry, before)) continue;
    nlohmann::json params = {{"name", entry.first}};
    plugins::exec::put_bytes(params, "value", entry.second.reveal());
    if (const auto put = pipe.ask(AUTHHOST_SERVICE_STORE, "put", std::move(params)); !put) {
      log::write(log::Level::error, "the store of the plugin: " + put.error().message);
    }
  }
}

// Answers as soon as there is an answer: what the plugin does at its own end must not cost what it has got.
void serve(HostPipe& pipe, const plugins::NativeLibrary& library, const Frame& asked, const std::string& manifest) {
  const std::int64_t id = asked.id().value_or(0);
  const std::string wanted = Fields(asked.body()).text("authenticator");
  const auto loaded = std::find_if(library.authenticators.begin(), library.authenticators.end(),
                                   [&](const auto& one) { return one.info.id == wanted; });
  if (loaded == library.authenticators.end()) return pipe.send(failure({Status::plugin, "the plugin has no authenticator " + wanted, ""}, id));
  ReadRequest read;
  if (auto understood = read_request(asked, loaded->info, read); !understood) return pipe.send(failure(understood.error(), id));
  std::map<std::string, Secret> before;
  for (const auto& [name, value] : read.stored) before[name] = value.clone();

  const auto clock = remote_clock(pipe, read.services);
  Call call;
  call.clock = clock.get();
  call.cancellation = pipe.cancellation();
  call.may_interact = read.may_interact;
  if (read.limit) call = call.within(*read.limit);
  read.request.services = remote_services(pipe, read.services);
  read.request.services.clock = clock.get();
  read.request.fetch_secret = remote_secrets(pipe, read.settings);
  auto authenticator = plugins::make_native(*loaded, {manifest, read.granted, loaded->info.services_needed}, call);
  if (!authenticator) return pipe.send(failure(authenticator.error(), id));
  if (asked.type() == "revoke") {
    auto revoked = (*authenticator)->revoke(read.request, call);
    keep(pipe, before, read.stored);
    return pipe.send(revoked ? Frame({{"type", "done"}, {"id", id}}) : failure(revoked.error(), id));
  }
  auto outcome = (*authenticator)->refresh(read.request, call);
  if (read.request.extras != nullptr) keep(pipe, before, read.stored);
  pipe.send(outcome ? credentials_frame(*outcome, id) : failure(outcome.error(), id));
}

}  // namespace

int main(int argc, char** argv) {
  guard_process();
  if (argc != 5) {
    std::fputs("authhost-plugin-runner: started by authhost, for a plugin with isolation = \"process\"\n", stderr);
    return static_cast<int>(Status::usage);
  }
  log::mark_levels();
  log::set_level(static_cast<log::Level>(std::clamp(std::atoi(argv[4]), 0, static_cast<int>(log::Level::debug))));
  // The plugin must not write into the conversation.
  const int out = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  const int in = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (out < 0 || in < 0 || nothing < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0 || ::dup2(nothing, STDIN_FILENO) < 0) {
    return static_cast<int>(Status::internal);
  }
  HostPipe pipe(in, out);
  const auto library = load(argv[1], argv[2]);
  while (const auto asked = pipe.next_request()) {
    const std::int64_t id = asked->id().value_or(0);
    if (!library) {
      pipe.send(failure(library.error(), id));
    } else if (asked->type() == "describe") {
      std::vector<plugins::AuthenticatorInfo> all;
      for (const auto& one : (*library)->authenticators) all.push_back(one.info);
      pipe.send(plugins::exec::write_description(all, id));
    } else if (asked->type() == "refresh" || asked->type() == "revoke") {
      serve(pipe, **library, *asked, argv[3]);
    } else {
      pipe.send(failure({Status::usage, "this is no request that the runner knows", ""}, id));
    }
  }
  std::fflush(nullptr);
  ::_exit(0);  // what the plugin has registered for the end of a process does not run: the host is not waiting for it
}
