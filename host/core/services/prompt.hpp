// Prompt: words to the person who logs in, and questions.
#pragma once

#include "core/services/call.hpp"

#include <authhost/secret.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace authhost {

struct PromptCode {
  std::string verification_uri;
  std::string verification_uri_complete;  // empty: none
  std::string user_code;
  std::chrono::seconds expires_in{0};
  bool qr = false;
};

class Prompt {
 public:
  virtual ~Prompt() = default;
  // Whether somebody can read what is shown: stderr is a terminal. `notice` and `show_code` write all the same, because the
  // device flow is of use without one; a URL to open on this machine (pkce) is not.
  [[nodiscard]] virtual bool available() const = 0;
  virtual void notice(std::string_view line) = 0;
  virtual void show_code(const PromptCode& code) = 0;
  // Repaints one line, on a terminal only; zero takes it away, as does whatever is said next.
  virtual void countdown(std::chrono::seconds left) = 0;
  // INTERACTION_REQUIRED: no terminal, no consent (call.may_interact), or no answer. CANCELLED, DEADLINE.
  virtual Result<Secret> ask(std::string_view question, bool secret, const Call& call) = 0;
};

// Writes to stderr, reads from the terminal; never touches stdout. Text is cleaned of control and direction characters.
// `color` false: no escape sequences at all.
std::unique_ptr<Prompt> make_terminal_prompt(bool color);
// For programs: shows nothing; available() is false.
std::unique_ptr<Prompt> make_silent_prompt();

}  // namespace authhost
