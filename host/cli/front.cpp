// `authhost`: prints a cached token by itself, and becomes the full program for everything else.
//
// A token is asked for before every request of a script, so this path links no HTTP, JSON, OpenSSL or fmt and writes
// nothing. Whatever is not plain (an argument it does not know, a broken configuration, a token that is due for a refresh)
// is left to the full program, which also has the words for it.
#include "front_arguments.hpp"
#include "program/process_guard.hpp"
#include "token_view.hpp"

#include "core/config/profile.hpp"
#include "core/config/session_key.hpp"
#include "core/keyring/runtime_cache.hpp"
#include "core/services/call.hpp"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <string>

namespace {

using namespace authhost;

std::optional<keyring::CachedToken> cached_token(const cli::FrontArguments& arguments) {
  const auto config = config::load({.config_file = arguments.config, .profile = arguments.profile});
  if (!config || !config->warnings.empty()) return std::nullopt;
  const auto profile = config->profile(arguments.profile.value_or(""));
  if (!profile || profile->authenticator.empty()) return std::nullopt;
  if (!profile->runtime_cache || profile->storage == config::Storage::memory) return std::nullopt;
  auto token = keyring::RuntimeCache::get(config::session_key(*profile, config::Role::main));
  if (!token) return std::nullopt;
  const auto now = std::chrono::floor<std::chrono::milliseconds>(system_clock().wall().time_since_epoch()).count();
  if (now >= token->refresh_at_ms || now >= token->expires_at_ms) return std::nullopt;
  if (token->expires_at_ms - now < arguments.min_ttl.count()) return std::nullopt;
  return token;
}

// none: not answered.
std::optional<int> answer(int argc, char** argv) {
  const auto arguments = cli::parse_front_arguments(argc, argv);
  if (!arguments) return std::nullopt;
  const auto token = cached_token(*arguments);
  if (!token) return std::nullopt;
  const cli::TokenView view{token->access_token.reveal(), token->token_type, token->header_key, token->id,
                            &token->scopes, token->expires_at_ms};
  const auto text = arguments->header ? cli::header_text(view, arguments->output) : cli::token_text(view, arguments->output);
  // After a failed write the full program would print the token a second time, or its beginning: say so here.
  if (const auto printed = cli::print(text.reveal()); !printed) {
    std::fprintf(stderr, "authhost: %s\nhint: %s\n", printed.error().message.c_str(), printed.error().hint.c_str());
    return static_cast<int>(printed.error().status);
  }
  return 0;
}

// <prefix>/libexec/authhost/authhost-cli, next to this program wherever it was moved to.
std::string full_program() {
  char path[4096];
  const auto size = ::readlink("/proc/self/exe", path, sizeof path);
  if (size <= 0 || static_cast<std::size_t>(size) == sizeof path) return {};
  std::string prefix(path, static_cast<std::size_t>(size));
  for (int up = 0; up < 2; ++up) prefix.resize(prefix.rfind('/') == std::string::npos ? 0 : prefix.rfind('/'));
  return prefix + "/libexec/authhost/authhost-cli";
}

}  // namespace

int main(int argc, char** argv) {
  guard_process();
  try {
    if (const auto status = answer(argc, argv)) return *status;
  } catch (const std::exception&) {
    // The full program meets the same trouble and has the words for it.
  }
  const auto program = full_program();
  char name[] = "authhost";
  if (argc > 0) argv[0] = name;
  ::execv(program.c_str(), argv);
  std::fprintf(stderr, "authhost: cannot start %s: %s\nhint: install authhost again; its files belong together\n",
               program.c_str(), std::strerror(errno));
  return 1;
}
