#include "core/plugins/opening.hpp"

#include "core/plugins/trust.hpp"
#include "core/services/log.hpp"
#include "core/services/own_program.hpp"
#include "core/services/redact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace authhost::plugins {
namespace {

std::string log_level() {
  int level = static_cast<int>(log::Level::error);
  while (level < static_cast<int>(log::Level::debug) && log::enabled(static_cast<log::Level>(level + 1))) ++level;
  return std::to_string(level);
}

// The runner makes the same checks again, on the very file that it loads.
exec::Command runner_of(std::string runner, const TrustedFile& file, const std::string& manifest) {
  return {.name = safe_text(file.path, 300), .argv = {std::move(runner), file.path, file.sha256, manifest, log_level()}, .is_runner = true};
}

Result<void> load(const Manifest& manifest, TrustedFile file, bool isolated, Opened& out, const Call& call) {
  if (isolated) {
    out.isolated = true;
    AUTHHOST_TRY(runner, own_program("authhost-plugin-runner"));
    out.command = runner_of(std::move(runner), file, manifest.file);
    AUTHHOST_TRY(said, exec::describe(*out.command, call));
    if (said.authenticators.empty()) return std::move(said.silence).in("when it was loaded, in a process of its own");
    out.authenticators = std::move(said.authenticators);
    return {};
  }
  AUTHHOST_TRY(library, load_native(std::move(file)));
  out.library = library;
  for (const auto& one : library->authenticators) out.authenticators.push_back(one.info);
  return {};
}

// Each of them once, and of several the one that the manifest means.
Result<void> choose(const Manifest& manifest, Opened& out) {
  auto& infos = out.authenticators;
  for (auto one = infos.begin(); one != infos.end(); ++one) {
    if (std::none_of(infos.begin(), one, [&](const auto& before) { return before.id == one->id; })) continue;
    return Error{Status::plugin, fmt::format("{}: two of its authenticators are {}", out.path, one->id), "tell the plugin's author"};
  }
  if (manifest.id.empty()) return {};
  std::string ids;
  for (const auto& info : infos) ids.append(ids.empty() ? "" : ", ").append(info.id);
  infos.erase(std::remove_if(infos.begin(), infos.end(), [&](const auto& info) { return info.id != manifest.id; }), infos.end());
  if (!infos.empty()) return {};
  return Error{Status::plugin, fmt::format("{}: it says id = \"{}\", and the plugin is {}", manifest.file, safe_text(manifest.id, 128), ids),
               "correct the id, or remove the line"};
}

Result<void> open(const Manifest& manifest, const Origin& origin, Opened& out, const Call& call) {
  AUTHHOST_TRY(file, open_trusted(manifest.path, {.installation = origin.builtin}, kMaxPlugin));
  out.path = file.path;
  out.sha256 = file.sha256;
  if (!manifest.sha256.empty() && manifest.sha256 != file.sha256) {
    return Error{Status::plugin, fmt::format("{}: its SHA-256 is {}, the manifest says {}", file.path, file.sha256, manifest.sha256),
                 fmt::format("if you trust the new file: authhost plugin pin {}", manifest.file)};
  }
  if (manifest.kind == Kind::exec) {
    AUTHHOST_CHECK(exec::check_program(file.fd.get(), file.path));
    out.authenticators.push_back(exec::undescribed(manifest.id));
    out.command = exec::command_of(file.path, std::make_shared<const Fd>(std::move(file.fd)), manifest.describe);
    return {};
  }
  const auto usual = origin.of_user ? Isolation::process : Isolation::none;
  AUTHHOST_CHECK(load(manifest, std::move(file), manifest.isolation.value_or(usual) == Isolation::process, out, call));
  return choose(manifest, out);
}

}  // namespace

Opened open_plugin(const Manifest& manifest, const Origin& origin, const Call& call) {
  Opened out;
  if (auto opened = open(manifest, origin, out, call); !opened) out.failure = std::move(opened).error();
  return out;
}

}  // namespace authhost::plugins
