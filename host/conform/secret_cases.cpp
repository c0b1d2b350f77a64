// Secrets: what must not be said.
#include "conform/ways.hpp"

#include <functional>

namespace authhost::conform {

namespace {

// Everything secret in a world: of its settings, its server, and the call before.
std::vector<std::string> secrets_in(Bench& bench, const World& world) {
  auto out = secrets_of(bench.info(), bench.configured(world).settings);
  for (const char* kind : {"conform-access-", "conform-refresh-", "conform-device-", "conform-code-", "conform-previous-"}) out.push_back(kind);
  return out;
}

// What is written down in rounds in which much can be said; `said` picks what is looked at.
Verdict never_said(Bench& bench, const std::vector<std::string>& only, const std::function<std::vector<std::string>(const Record&)>& said) {
  const World world;
  const auto secrets = only.empty() ? secrets_in(bench, world) : only;
  for (const auto& [what, outcome] : all_rounds(bench)) {
    for (const auto& text : said(outcome.record)) {
      if (holds_any(text, secrets)) return fail("in " + what + " it said a secret, in a line of " + std::to_string(text.size()) + " bytes");
    }
  }
  return pass();
}

Verdict secret_not_logged(Bench& bench) {
  const World world;
  auto secrets = secrets_in(bench, world);
  secrets.pop_back();  // the previous ones are another case's
  return never_said(bench, secrets, [](const Record& record) { return record.log; });
}

Verdict previous_not_logged(Bench& bench) {
  return never_said(bench, {"conform-previous-"}, [](const Record& record) { return record.log; });
}

Verdict secret_not_in_error(Bench& bench) {
  return never_said(bench, {}, [](const Record& record) {
    std::vector<std::string> out;
    for (const auto& error : record.errors) out.push_back(error.message + "\n" + error.hint);
    return out;
  });
}

// To a person, or to a program whose arguments all may read.
Verdict secret_not_shown(Bench& bench) {
  World world;
  static_cast<void>(bench.once(world));
  const auto secrets = secrets_in(bench, world);
  for (const auto& text : world.shown) {
    if (holds_any(text, secrets)) return fail("it showed a secret, or passed it as an argument");
  }
  return pass();
}

Verdict secret_not_in_address(Bench& bench) {
  World world;
  static_cast<void>(bench.once(world));
  const auto secrets = secrets_in(bench, world);
  for (const auto& request : world.requests) {
    if (holds_any(request.substr(0, request.find('\n')), secrets)) return fail("a secret is a part of an address that it asks");
  }
  return pass();
}

}  // namespace

std::vector<Case> secret_cases() {
  return {
      listening({"secret-not-logged", "R27", "No log line holds a secret.", For::both, nullptr, secret_not_logged}),
      listening({"previous-token-not-logged", "R27", "No log line holds a previous token.", For::both, nullptr, previous_not_logged}),
      listening({"secret-not-in-error", "R27", "No message or hint holds a secret.", For::both, nullptr, secret_not_in_error}),
      {"secret-not-shown", "R27", "No secret is shown to a person, or is an argument of a program.", For::both, nullptr, secret_not_shown},
      {"secret-not-in-address", "R27", "No secret is a part of an address.", For::both, nullptr, secret_not_in_address},
  };
}

}  // namespace authhost::conform
