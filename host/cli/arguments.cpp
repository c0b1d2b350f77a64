#include "arguments.hpp"

#include "scaffold.hpp"

#include "core/config/duration.hpp"
#include "core/config/suggest.hpp"

#include <CLI/CLI.hpp>

#include <authhost/abi.h>

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

namespace authhost::cli {

namespace {

constexpr const char* kVerbs = "Verbs";
constexpr const char* kWhich = "name or id of an authenticator, or the path of a plugin or a manifest";

// The verbs that `app` would have understood; not the ones that only completions use.
std::vector<std::string> known_verbs(const CLI::App& app) {
  std::vector<std::string> words;
  for (const auto* verb : app.get_subcommands([](const CLI::App* one) { return one->get_group() == kVerbs; })) {
    words.push_back(verb->get_name());
  }
  return words;
}

// The options that `app` would have understood: all of them, or the long ones alone.
std::vector<std::string> known_options(const CLI::App& app, bool short_ones) {
  std::vector<std::string> words;
  const auto add = [&](std::string word) {
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(std::move(word));
  };
  for (const CLI::App* level = &app; level; level = level->get_parent()) {
    for (const auto* option : level->get_options()) {
      for (const auto& name : option->get_lnames()) add("--" + name);
      if (!short_ones || !option->get_lnames().empty()) continue;
      for (const auto& name : option->get_snames()) add("-" + name);
    }
  }
  return words;
}

Error unknown_word(std::string_view kind, std::string_view word, std::string hint) {
  return {Status::usage, "reading the command line: unknown " + std::string(kind) + " `" + std::string(word.substr(0, 64)) + "`",
          std::move(hint)};
}

Error unknown_option(const CLI::App& app, std::string_view word) {
  // Words that other programs have for it.
  if (word == "--json") return unknown_word("option", word, "did you mean `--output json`?");
  if (word == "--verbose") return unknown_word("option", word, "did you mean `-v`?");
  const auto near = nearest(word, known_options(app, false));
  return unknown_word("option", word, near.empty() ? known_ones(known_options(app, true)) : "did you mean `" + near + "`?");
}

// The innermost verb that was named.
const CLI::App& innermost(const CLI::App& root) {
  const CLI::App* app = &root;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return *app;
}

std::string usage_of(const CLI::App& app) {
  std::string usage = app.get_name();
  for (const CLI::App* up = app.get_parent(); up; up = up->get_parent()) usage = up->get_name() + " " + usage;
  return usage;
}

// What a verb that was named alone still wants, as a sentence.
Error missing_argument(const CLI::App& app) {
  const auto usage = usage_of(app);
  if (app.get_name() == "new") {
    return {Status::usage, "reading the command line: `" + usage + "` needs a folder to make and the new plugin's --id",
            "for example: " + usage + " corp-sso --id com.example.corp-sso"};
  }
  const bool is_shell = app.get_name() == "completion";
  const std::string what = is_shell ? "name a shell: bash, zsh or fish" : "name a plugin, by name, id or path";
  return {Status::usage, "reading the command line: `" + usage + "` needs to know which: " + what,
          is_shell ? "for example: " + usage + " bash" : "for example: " + usage + " pkce; `authhost plugin list` shows them"};
}

// CLI11 says "--profile: 1 required NAME missing".
std::string missing_value(const std::string& why) {
  constexpr std::string_view kMiddle = ": 1 required ";
  constexpr std::string_view kEnd = " missing";
  const auto middle = why.find(kMiddle);
  if (middle == std::string::npos || !why.ends_with(kEnd)) return why;
  const auto begin = middle + kMiddle.size();
  return why.substr(0, middle) + " needs a " + why.substr(begin, why.size() - kEnd.size() - begin);
}

Error usage_error(const CLI::App& root, const CLI::ParseError& error) {
  const auto& app = innermost(root);
  const auto is = [&](CLI::ExitCodes code) { return error.get_exit_code() == static_cast<int>(code); };
  const auto words = root.remaining(true);
  if (is(CLI::ExitCodes::ExtrasError) || (is(CLI::ExitCodes::RequiredError) && !words.empty())) {
    // What looks like an option comes first: its value may be among the words too.
    const auto option = std::find_if(words.begin(), words.end(), [](const auto& word) { return word.starts_with("-"); });
    const std::string word = words.empty() ? std::string() : option != words.end() ? *option : words.front();
    if (word.starts_with("-")) return unknown_option(app, std::string_view(word).substr(0, word.find('=')));
    const auto verbs = known_verbs(app);
    if (!verbs.empty()) return unknown_word("verb", word, suggest(word, verbs));
    Error unexpected{Status::usage, "reading the command line: unexpected argument `" + word.substr(0, 64) + "`", ""};
    unexpected.hint = "run `" + usage_of(app) + " --help` for what it takes";
    return unexpected;
  }
  std::string why = missing_value(error.what());
  if (is(CLI::ExitCodes::RequiredError)) {
    if (known_verbs(app).empty()) return missing_argument(app);
    why = "no verb was given";
  }
  if (!why.empty() && why.size() > 1 && std::islower(static_cast<unsigned char>(why[1]))) {
    why[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(why[0])));
  }
  return {Status::usage, "reading the command line: " + why, "run `" + usage_of(app) + " --help` for what it takes"};
}

// CLI::IsMember with words of our own.
CLI::Validator one_of(std::vector<std::string> words) {
  return CLI::Validator(
      [words = std::move(words)](const std::string& value) {
        if (std::find(words.begin(), words.end(), value) != words.end()) return std::string();
        std::string list;
        for (const auto& word : words) list += (list.empty() ? "" : ", ") + word;
        return "`" + value.substr(0, 64) + "` is not one of " + list;
      },
      "");
}

Color color_named(std::string_view word) {
  return word == "always" ? Color::always : word == "never" ? Color::never : Color::automatic;
}

// Everything that can be said, bound to `arguments`.
class Grammar {
 public:
  explicit Grammar(Arguments& arguments) : arguments_(arguments) {
    root_.name("authhost");
    root_.fallthrough();  // the common options may stand after the verb too
    root_.require_subcommand(1);
    const auto words = std::make_shared<CLI::Formatter>();
    words->label("SUBCOMMAND", "VERB");
    root_.formatter(words);
    root_.set_version_flag("--version", version_line(), "print the version and exit");
    root_.set_help_flag("-h,--help", "print this help and exit");
    root_.add_option("--config", arguments_.config, "configuration file")->type_name("FILE");
    root_.add_option("--profile", arguments_.profile, "profile to work with")->type_name("NAME");
    root_.add_flag("--no-interactive", arguments_.no_interactive, "never open a browser or ask a question");
    root_.add_option("--output", output_, "form of results and errors")
        ->type_name("text|json")->check(one_of({"text", "json"}));
    root_.add_option("--color", color_, "colours on stderr")
        ->type_name("auto|always|never")->check(one_of({"auto", "always", "never"}));
    root_.add_flag("-v", arguments_.verbosity, "say more on stderr; up to -vvv");
    root_.footer(
        "Environment: AUTHHOST_CONFIG, AUTHHOST_PROFILE, NO_COLOR, BROWSER.\n"
        "The exit status is that of the operation; man authhost lists them.\n"
        "`authhost help VERB` says more about a verb.");

    verb(root_, "login", "get credentials, asking a person if the flow needs one")
        .add_flag("--force", arguments_.force, "log in anew, even with valid credentials");
    auto& token = verb(root_, "token", "print a valid access token");
    token.add_option("--min-ttl", min_ttl_, "how long it must still be valid, e.g. 5m")->type_name("DUR");
    token.add_flag("--refresh", arguments_.refresh, "ask the server for a new one in any case");
    verb(root_, "header", "print the header that carries the token");
    verb(root_, "status", "show what is stored, without touching it")
        .add_flag("--all", arguments_.all, "every profile");
    verb(root_, "logout", "revoke the credentials and delete them")
        .add_flag("--all", arguments_.all, "every profile");
    verb(root_, "whoami", "who the token speaks for");

    auto& plugin = group("plugin", "the authenticator plugins");
    verb(plugin, "list", "what is loaded, what is not, and why");
    verb(plugin, "inspect", "what a plugin says of itself")
        .add_option("plugin", arguments_.plugin, kWhich)->required()->type_name("PLUGIN");
    auto& check = verb(plugin, "check", "try a plugin against the rules for plugins");
    check.add_option("plugin", arguments_.plugin, kWhich)->type_name("PLUGIN");
    check.add_option("--profile", arguments_.check_profile, "here a file with settings for it, in [profiles.check]")->type_name("FILE");
    check.add_option("--case", arguments_.cases, "this case alone; may be repeated")->type_name("NAME")->allow_extra_args(false);
    check.add_flag("--list", arguments_.list, "list the cases");
    check.footer(
        "Common options, before or after the verb: --config FILE, --output text|json,\n"
        "--color auto|always|never, -v. A --profile NAME has no part in a check.\n"
        "`authhost --help` explains them.");

    auto& made = verb(plugin, "new", "write the project of a new one");
    made.add_option("folder", arguments_.folder, "folder to make")->required()->type_name("DIR");
    made.add_option("--id", arguments_.id, "its id, reverse DNS, e.g. com.example.corp-sso")->required()->type_name("ID");
    made.add_option("--lang", arguments_.language, "language to write it in; cpp unless said otherwise")
        ->type_name("cpp|c|sh|python")->check(one_of(kLanguages));
    auto& pin = verb(plugin, "pin", "tie a manifest to the plugin's file as it is now");
    pin.add_option("plugin", arguments_.plugin, kWhich)->required()->type_name("PLUGIN");
    pin.add_flag("--check", arguments_.check, "only say whether the pin still holds");

    auto& config = group("config", "the configuration");
    verb(config, "show", "the resolved values of the profile, secrets redacted")
        .add_flag("--explain", arguments_.explain, "with the source of every value");
    verb(config, "check", "check every profile, its plugin and its settings");
    verb(config, "path", "the files that are looked for");
    verb(config, "schema", "the JSON schema of the configuration");

    verb(root_, "completion", "print completions for a shell")
        .add_option("shell", arguments_.shell, "bash, zsh or fish")
        ->required()->type_name("SHELL")->check(one_of({"bash", "zsh", "fish"}));
    verb(root_, "help", "print this help, or that of a verb").add_option("verb", help_, "a verb")->type_name("VERB");
    verb(root_, "version", "print the version");
    verb(root_, "complete", "names for the completions to offer").group("")
        ->add_option("what", arguments_.complete, "profiles or plugins")->required()->check(one_of({"profiles", "plugins"}));
  }

  Result<Parsed> parse(int argc, const char* const* argv) {
    try {
      root_.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
      return Parsed{Notice{root_.help()}};  // of the innermost verb that was named
    } catch (const CLI::CallForVersion&) {
      return Parsed{Notice{version_line() + "\n"}};
    } catch (const CLI::ParseError& error) {
      return usage_error(root_, error);
    }
    if (!min_ttl_.empty()) {
      auto duration = parse_duration(min_ttl_);
      if (!duration) return std::move(duration).error().in("reading the command line: --min-ttl");
      arguments_.min_ttl = *duration;
    }
    if (root_.got_subcommand("help")) return help();
    arguments_.output = output_ == "json" ? Output::json : Output::text;
    arguments_.color = color_named(color_);
    const auto* chosen = root_.get_subcommands().front();
    arguments_.verb = chosen->get_name();
    if (const auto inner = chosen->get_subcommands(); !inner.empty()) arguments_.verb += " " + inner.front()->get_name();
    return Parsed{std::move(arguments_)};
  }

 private:
  static CLI::App& verb(CLI::App& parent, const char* name, const char* summary) {
    auto& app = *parent.add_subcommand(name, summary)->group(kVerbs);
    app.footer(
        "Common options, before or after the verb: --config FILE, --profile NAME,\n"
        "--no-interactive, --output text|json, --color auto|always|never, -v.\n"
        "`authhost --help` explains them.");
    return app;
  }
  CLI::App& group(const char* name, const char* summary) {
    auto& app = verb(root_, name, summary);
    app.require_subcommand(1);
    return app;
  }

  // What `authhost help …` prints.
  Result<Parsed> help() const {
    const CLI::App* app = &root_;
    std::string before;
    for (const auto& word : help_) {
      const auto verbs = known_verbs(*app);
      if (verbs.empty()) break;  // `help token now`: what follows is no verb any more
      if (std::find(verbs.begin(), verbs.end(), word) == verbs.end()) return unknown_word("verb", word, suggest(word, verbs));
      before += (before.empty() ? "" : " ") + app->get_name();
      app = app->get_subcommand(word);
    }
    return Parsed{Notice{app == &root_ ? root_.get_formatter()->make_help(app, app->get_name(), CLI::AppFormatMode::Normal)
                                       : app->help(before)}};
  }

  Arguments& arguments_;
  std::vector<std::string> help_;
  std::string output_ = "text";
  std::string color_ = "auto";
  std::string min_ttl_;
  CLI::App root_{"Fresh, safely kept credentials for any endpoint."};
};

}  // namespace

Result<Parsed> parse_arguments(int argc, const char* const* argv) {
  Arguments arguments;
  return Grammar(arguments).parse(argc, argv);
}

namespace {

// The value of the last `--name=value` or `--name value`.
std::string_view value_asked_for(std::string_view name, int argc, const char* const* argv) {
  std::string_view value;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") break;
    if (word == name && i + 1 < argc) value = argv[i + 1];
    if (word.starts_with(name) && word.substr(name.size()).starts_with('=')) value = word.substr(name.size() + 1);
  }
  return value;
}

}  // namespace

Output output_asked_for(int argc, const char* const* argv) {
  return value_asked_for("--output", argc, argv) == "json" ? Output::json : Output::text;
}

Color color_asked_for(int argc, const char* const* argv) { return color_named(value_asked_for("--color", argc, argv)); }

bool colored(Color color) {
  if (color != Color::automatic) return color == Color::always;
  const char* no_color = std::getenv("NO_COLOR");  // no-color.org: set and not empty
  const char* term = std::getenv("TERM");
  return !(no_color && *no_color) && term && *term && std::string_view(term) != "dumb" && ::isatty(STDERR_FILENO);
}

std::string version_line() {
  return "authhost " AUTHHOST_VERSION " (plugin ABI " + std::to_string(AUTHHOST_ABI_MAJOR) + "." +
         std::to_string(AUTHHOST_ABI_MINOR) + ")";
}

}  // namespace authhost::cli
