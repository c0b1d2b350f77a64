#include "cli.hpp"

namespace authhost::test {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::string ProfileText::toml() const {
  std::string list;
  for (const auto& scope : scopes) list += (list.empty() ? "" : ", ") + quoted(scope);
  std::string out = "[profiles." + name + "]\nendpoint = " + quoted(endpoint) + "\nauthenticator = " + quoted(authenticator) +
                    "\nallow_insecure_http = true\nstorage = " + quoted(storage) + "\n";
  if (!issuer.empty()) out += "discovery = \"oidc\"\nissuer = " + quoted(issuer) + "\n";
  out += profile + "\n[profiles." + name + ".client]\nclient_id = " + quoted(client_id) + "\nscopes = [" + list + "]\n" + client;
  if (!settings.empty()) out += "\n[profiles." + name + ".settings]\n" + settings;
  return out + "\n";
}

std::string Cli::program() { return AUTHHOST_BUILD_DIR "/bin/authhost"; }

std::string Cli::fake_browser(const std::string& page) {
  return "BROWSER=" AUTHHOST_SOURCE_DIR "/tests/support/fake_browser " + page;
}

Child Cli::start(std::vector<std::string> arguments, const RunOptions& options) const {
  ChildOptions child;
  child.argv = std::move(arguments);
  child.argv.insert(child.argv.begin(), program());
  child.env = home_.env();
  child.env.insert(child.env.end(), options.env.begin(), options.env.end());
  child.input = options.input;
  child.keep_stdin_open = options.keep_stdin_open;
  child.terminal = options.terminal;
  child.directory = home_.path("home");
  return Child(child);
}

Finished Cli::run(std::vector<std::string> arguments, const RunOptions& options) const {
  return start(std::move(arguments), options).wait(options.deadline);
}

}  // namespace authhost::test
