// `authhost-cli`: every verb. Started by `authhost`, under its name.
#include "app.hpp"
#include "arguments.hpp"
#include "interrupt.hpp"
#include "program/process_guard.hpp"
#include "report.hpp"
#include "verbs.hpp"

#include <exception>
#include <string>
#include <string_view>

namespace {

using namespace authhost;

struct Verb {
  std::string_view name;
  Result<void> (*run)(const cli::App& app);
};

constexpr Verb kVerbs[] = {
    {"login", cli::login},
    {"token", cli::token},
    {"header", cli::header},
    {"status", cli::status},
    {"logout", cli::logout},
    {"whoami", cli::whoami},
    {"config show", cli::config_show},
    {"config check", cli::config_check},
    {"config path", cli::config_path},
    {"config schema", cli::config_schema},
    {"plugin list", cli::plugin_list},
    {"plugin inspect", cli::plugin_inspect},
    {"plugin check", cli::plugin_check},
    {"plugin new", cli::plugin_new},
    {"plugin pin", cli::plugin_pin},
    {"version", cli::version},
    {"completion", cli::completion},
    {"complete", cli::complete},
};

Result<void> run(int argc, char** argv) {
  AUTHHOST_TRY(parsed, cli::parse_arguments(argc, argv));
  if (const auto* notice = std::get_if<cli::Notice>(&parsed)) return cli::print(notice->text);
  auto& arguments = std::get<cli::Arguments>(parsed);
  for (const auto& verb : kVerbs) {
    if (verb.name != arguments.verb) continue;
    const cli::App app(std::move(arguments), cli::cancel_on_signals());
    if (auto result = verb.run(app); !result) {
      // Whatever a cancelled operation tripped over, the person asked for its end.
      if (app.call().cancellation->cancelled() && result.status() != Status::cancelled) {
        return Error{Status::cancelled, std::string(verb.name) + ": cancelled", ""};
      }
      return result;
    }
    cli::print_error(cli::warnings_text(app.warnings(), app.arguments().output, cli::colored(app.arguments().color)));
    return {};
  }
  return Error{Status::internal, "no code for the verb " + arguments.verb, ""};
}

}  // namespace

int main(int argc, char** argv) {
  guard_process();
  Result<void> result;
  try {
    result = run(argc, argv);
  } catch (const std::exception& error) {
    result = Error{Status::internal, std::string("unexpected: ") + error.what(), ""};
  }
  if (result) return 0;
  cli::print_error(cli::error_text(result.error(), cli::output_asked_for(argc, argv),
                                   cli::colored(cli::color_asked_for(argc, argv))));
  return static_cast<int>(result.status());
}
