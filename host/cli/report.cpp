#include "report.hpp"

#include "core/services/redact.hpp"

#include <unistd.h>

#include <cerrno>

namespace authhost::cli {

namespace {

constexpr std::size_t kMessageLimit = 1500;  // bytes; JSON may double a text's quotes and backslashes
constexpr std::size_t kHintLimit = 500;
constexpr std::size_t kWarningLimit = 300;
constexpr std::size_t kMaxWarnings = 5;

// Codes of ECMA-48's "select graphic rendition".
constexpr std::string_view kRed = "31";
constexpr std::string_view kYellow = "33";
constexpr std::string_view kCyan = "36";

std::string line(bool colored, std::string_view color, const std::string& text) {
  return colored ? "\x1b[" + std::string(color) + "m" + text + "\x1b[0m\n" : text + "\n";
}

}  // namespace

std::string_view default_hint(Status status) {
  switch (status) {
    case Status::ok: return "";
    case Status::internal: return "this is a fault of authhost; run the command again with -vvv and report what it says";
    case Status::usage: return "run `authhost --help` for the verbs and their options";
    case Status::invalid_config: return "run `authhost config check`, and `authhost config path` for the files it reads";
    case Status::interaction_required: return "run `authhost login` in a terminal";
    case Status::denied: return "ask whoever runs the server whether this client, or you, may do that";
    case Status::unavailable: return "check the network and the endpoint, then try again";
    case Status::protocol: return "check that the configured URLs are those of the authorization server; -vvv shows more";
    case Status::store_failed: return "unlock the keyring or check the rights of the state folder; `storage` chooses another store";
    case Status::plugin: return "run `authhost plugin list` to see what is loaded, and why something is not";
    case Status::invalid_grant: return "run `authhost login`";
    case Status::deadline: return "try again; `timeout` and `refresh_timeout` in the profile allow more time";
    case Status::not_permitted: return "add the service to `grants` in the plugin's manifest if you trust it that far";
    case Status::cancelled: return "run the command again when you are ready";
  }
  return "run the command again with -vvv";
}

std::string error_text(const Error& error, Output output, bool colored) {
  const auto message = safe_text(error.message.empty() ? "failed without saying why" : error.message, kMessageLimit);
  const auto hint = safe_text(error.hint.empty() ? default_hint(error.status) : error.hint, kHintLimit);
  if (output == Output::text) return line(colored, kRed, "authhost: " + message) + line(colored, kCyan, "hint: " + hint);
  return "{\"error\":{\"status\":" + json_string(status_name(error.status)) + ",\"message\":" + json_string(message) +
         ",\"hint\":" + json_string(hint) + "}}\n";
}

std::string warnings_text(const std::vector<std::string>& warnings, Output output, bool colored) {
  std::string text;
  const auto add = [&](std::string_view sentence) {
    const auto safe = safe_text(sentence, kWarningLimit);
    text += output == Output::text ? line(colored, kYellow, "warning: " + safe) : "{\"warning\":{\"message\":" + json_string(safe) + "}}\n";
  };
  const auto shown = warnings.size() > kMaxWarnings ? kMaxWarnings - 1 : warnings.size();
  for (std::size_t i = 0; i < shown; ++i) add(warnings[i]);
  if (shown < warnings.size()) add(std::to_string(warnings.size() - shown) + " more warnings; see `authhost config check`");
  return text;
}

void print_error(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace authhost::cli
