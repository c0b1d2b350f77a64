// org.example.chained: the first of several places that has a token: a setting, a service of the machine, a command. Keeps every cause where none has one.
#include <authhost/authenticator.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace authhost;

class Chained final : public Authenticator {
 public:
  static constexpr auto kId = "org.example.chained";
  static constexpr auto kName = "Chained";
  static constexpr auto kVersion = "1.0.0";
  static constexpr auto kSummary = "Tries several places in turn, and says what was wrong with each";
  static constexpr authhost_setting kSettings[] = {
      setting::string_list("order", "the places: setting, metadata, command; in that order where nothing is said"),
      setting::secret("token", "a token that is there already"), setting::string("metadata_url", "a service of the machine that hands out tokens"),
      setting::string_list("command", "a program that prints one")};
  static constexpr const char* kServices[] = {AUTHHOST_SERVICE_HTTP, AUTHHOST_SERVICE_JSON, AUTHHOST_SERVICE_PROCESS};

  Result<Credentials> do_refresh_credentials(Context& context) override {
    AUTHHOST_TRY(said, context.setting<std::optional<std::vector<std::string>>>("order"));
    const auto order = said.value_or(std::vector<std::string>{"setting", "metadata", "command"});
    std::string causes;
    Status worst = Status::denied;
    for (const auto& place : order) {
      auto found = ask(context, place);
      if (found) return found;
      if (found.status() == Status::not_permitted) return found;  // nothing about the place: the manifest lacks a grant
      // Who cannot be reached just now may have one later: that is not a no.
      if (found.status() == Status::unavailable || found.status() == Status::deadline || found.status() == Status::cancelled) worst = found.status();
      causes += (causes.empty() ? "" : "; ") + place + ": " + context.explained(found.error()).message;
      if (context.is_cancelled()) break;
    }
    return Error{worst, "no place has a token (" + causes + ")", "put one where `order` looks first, or change `order`", -1};
  }

 private:
  static Result<Credentials> ask(Context& context, const std::string& place) {
    if (place == "setting") return from_setting(context);
    if (place == "metadata") return from_metadata(context);
    if (place == "command") return from_command(context);
    return Error{Status::invalid_config, "there is no such place", "", -1};
  }

  static Result<Credentials> token(std::string_view text) {
    Credentials credentials;
    credentials.access_token = Secret(text::trim(text));
    if (credentials.access_token.empty()) return Error{Status::denied, "it is empty", "", -1};
    return credentials;
  }

  static Result<Credentials> from_setting(Context& context) {
    AUTHHOST_TRY(given, context.setting<std::optional<Secret>>("token"));
    if (!given) return Error{Status::denied, "not configured", "", -1};
    return token(given->reveal());
  }

  static Result<Credentials> from_metadata(Context& context) {
    AUTHHOST_TRY(url, context.setting<std::optional<std::string>>("metadata_url"));
    if (!url) return Error{Status::denied, "not configured", "", -1};
    auto answer = context.http().send({.url = *url, .timeout = std::chrono::seconds(3)});
    if (!answer) return answer.error();  // the host knows why
    if (answer->status != 200) return Error{Status::denied, *url + " answered " + std::to_string(answer->status), "", -1};
    auto body = context.json().parse(answer->body);
    if (!body) return Error{Status::protocol, *url + " answered no JSON", "", -1};
    return token((*body)["access_token"].string());
  }

  static Result<Credentials> from_command(Context& context) {
    AUTHHOST_TRY(command, context.setting<std::optional<std::vector<std::string>>>("command"));
    if (!command || command->empty()) return Error{Status::denied, "not configured", "", -1};
    auto ended = context.process().run({.argv = *command});
    if (!ended) return ended.error();
    if (ended->exit_code != 0) {
      const std::string why = ended->error_tail.empty() ? "" : ": " + std::string(ended->error_tail);  // whole: the host cuts where no secret is
      return Error{Status::denied, command->front() + " ended with " + std::to_string(ended->exit_code) + why, "", -1};
    }
    return token(ended->output);
  }
};
AUTHHOST_PLUGIN(Chained)
