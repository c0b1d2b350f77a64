// org.authhost.command: a program of the user's prints the token.
#include "output.hpp"

#include <authhost/authenticator.hpp>
#include <authhost/oauth2.hpp>

namespace {

using authhost::Context;
using authhost::Credentials;
using authhost::Error;
using authhost::Result;
using authhost::Status;

class Command final : public authhost::Authenticator {
  static constexpr const char* kFormats[] = {"raw", "json", "exec-credential"};

 public:
  static constexpr auto kId = "org.authhost.command";
  static constexpr auto kName = "Command";
  static constexpr auto kVersion = "1.0.0";
  static constexpr auto kSummary = "Runs a command that prints a token; no shell";
  static constexpr authhost_setting kSettings[] = {
      authhost::setting::required(authhost::setting::string_list("command", "the program and its arguments")),
      authhost::setting::duration("timeout", "how long the command may run", "60s"),
      authhost::setting::one_of("format", "what the command prints", kFormats, "raw"),
      authhost::setting::string_list("env", "more variables for the command: NAME=value, or NAME to pass ours on")};
  static constexpr const char* kServices[] = {AUTHHOST_SERVICE_CLOCK, AUTHHOST_SERVICE_JSON, AUTHHOST_SERVICE_PROCESS};

  Result<Credentials> do_refresh_credentials(Context& context) override {
    AUTHHOST_TRY(argv, context.setting<std::vector<std::string>>("command"));
    AUTHHOST_TRY(timeout, context.setting<std::chrono::milliseconds>("timeout"));
    AUTHHOST_TRY(format, context.setting<std::string>("format"));
    AUTHHOST_TRY(env, context.setting<std::optional<std::vector<std::string>>>("env"));
    if (argv.empty() || argv.front().empty()) {
      return Error{Status::invalid_config, "the setting `command` names no program",
                   "write it as a list: command = [\"program\", \"argument\"]", -1};
    }
    AUTHHOST_CHECK(authhost::oauth2::check_timeout(timeout));

    authhost::service::ProcessRequest request{argv, env.value_or(std::vector<std::string>{}), {}, timeout};
    if (format == "exec-credential") request.env.emplace_back(kExecInfo);
    // Arguments may hold what should not be seen, so only the program is named.
    const std::string failed = "Failed to refresh token with command " + authhost::text::clean(argv.front(), 120);
    auto ended = context.process().run(request);
    if (!ended && ended.status() == Status::deadline) {
      return Error{Status::deadline, failed + ": it did not end in time",
                   "the setting `timeout` gives it more time", -1};
    }
    if (!ended) return std::move(ended).error();
    if (ended->exit_code != 0) return ended_badly(failed, *ended);

    auto credentials = format == "json"              ? authhost::command::read_json(context, ended->output)
                       : format == "exec-credential" ? authhost::command::read_exec_credential(context, ended->output)
                                                     : authhost::command::read_raw(context, ended->output);
    if (credentials || credentials.error().message.empty()) return credentials;
    return std::move(credentials).error().in(failed);
  }

 private:
  // What kubectl tells its credential plugins; nobody can be asked anything there.
  static constexpr auto kExecInfo =
      "KUBERNETES_EXEC_INFO={\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\","
      "\"spec\":{\"interactive\":false}}";

  static Error ended_badly(const std::string& failed, const authhost::service::ProcessResult& ended) {
    const std::string how = ended.exit_code < 0 ? "it was ended by signal " + std::to_string(ended.signal)
                                                : "exit status " + std::to_string(ended.exit_code);
    // The end of what it said tells most.
    const auto said = ended.error_tail.substr(ended.error_tail.size() - std::min<std::size_t>(ended.error_tail.size(), 600));
    const std::string tail = authhost::text::clean(said, 700);
    return Error{Status::denied, failed + ": " + how + (tail.empty() ? "" : ": " + tail),
                 "run the command by hand and see what it says", -1};
  }
};

}  // namespace

AUTHHOST_PLUGIN(Command)
