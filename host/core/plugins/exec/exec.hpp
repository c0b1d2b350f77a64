// Exec: an Authenticator whose code is a program of its own, which speaks authhost.exec/1: a script, a binary, or the runner that holds
// a native plugin.
#pragma once

#include "core/plugins/authenticator.hpp"
#include "core/plugins/call_state.hpp"
#include "core/plugins/exec/program.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace authhost::plugins::exec {

// What the program says of itself.
struct Description {
  std::vector<AuthenticatorInfo> authenticators;  // none: it does not answer that question, as the smallest ones do not
  Error silence;                                  // what became of it then
};

// PLUGIN: it describes itself in a way that cannot be, or does not end in time. DEADLINE, CANCELLED.
Result<Description> describe(const Command& command, const Call& call);

// Of one of its authenticators. What is known of one that does not describe itself is no more than its id.
Result<AuthenticatorInfo> describe_one(const Command& command, const std::string& id, const Call& call);
AuthenticatorInfo undescribed(const std::string& id);
// Of those that a program describes, the one that the manifest calls `id`: that counts, whatever a lone one says. None: it describes others.
std::optional<AuthenticatorInfo> described_as(std::vector<AuthenticatorInfo> all, const std::string& id);

// How a program's file is run once it was checked: it is that very file, and finds its own folder by AUTHHOST_PLUGIN_FILE, for it does
// not know its name.
Command command_of(const std::string& path, std::shared_ptr<const Fd> file, bool describes);

// Whether the kernel could run it, found out before it is tried. PLUGIN: it may not be executed; neither a program nor a
// script whose first line names an interpreter that is there.
Result<void> check_program(int fd, const std::string& path);

// A new process for each call.
std::unique_ptr<Authenticator> make_exec(Command command, AuthenticatorInfo info, Permissions permissions);

}  // namespace authhost::plugins::exec
