// Results: credentials, or an error that says why.
#include "conform/ways.hpp"
#include "core/plugins/call_state.hpp"

#include <algorithm>

namespace authhost::conform {

namespace {

bool visible(std::string_view text) {
  return text.size() <= AUTHHOST_MAX_TOKEN && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

Verdict gets_credentials(Bench& bench) {
  World world;
  const auto outcome = bench.once(world);
  if (outcome.ok()) return pass();
  if (const auto odd = oddness(outcome); !odd.empty()) return fail(odd);
  if (outcome.error->status == Status::plugin) return fail("it cannot work like that: " + outcome.error->message);
  if (bench.has_profile()) return fail("with the settings of the profile it got none: " + outcome.error->message);
  return skip("it got none (" + outcome.error->message + "); --profile FILE gives it settings with which it does");
}

// What all rounds have to satisfy; `wrong` says what is wrong with one, or "".
Verdict every_round(Bench& bench, std::string (*wrong)(const Outcome&)) {
  for (const auto& [what, outcome] : all_rounds(bench)) {
    const auto why = wrong(outcome);
    if (!why.empty()) return fail("in " + what + " " + why);
  }
  return pass();
}

Verdict ends_in_one_way(Bench& bench) {
  return every_round(bench, [](const Outcome& outcome) -> std::string {
    const bool returned_ok = outcome.record.status == AUTHHOST_OK;
    return returned_ok && outcome.record.emissions.empty() ? "it returned OK without credentials" : "";
  });
}

Verdict no_credentials_after_error(Bench& bench) {
  return every_round(bench, [](const Outcome& outcome) -> std::string {
    const auto& emissions = outcome.record.emissions;
    const bool taken = std::any_of(emissions.begin(), emissions.end(), [](const Emission& one) { return one.taken; });
    return taken && outcome.record.status.value_or(0) != AUTHHOST_OK ? "it emitted credentials and then returned an error" : "";
  });
}

Verdict error_status_exists(Bench& bench) {
  return every_round(bench, [](const Outcome& outcome) -> std::string {
    const auto& record = outcome.record;
    if (!record.status || plugins::known_status(*record.status)) return "";
    return record.status_word.empty() ? "it returned the status " + std::to_string(*record.status) : "it failed with \"" + record.status_word + "\"";
  });
}

Verdict error_has_message(Bench& bench) {
  return every_round(bench, [](const Outcome& outcome) -> std::string {
    const auto& record = outcome.record;
    const bool failed = record.status.value_or(AUTHHOST_OK) != AUTHHOST_OK;
    return failed && !record.explained ? "it failed without a word" : "";
  });
}

Verdict no_exceptions(Bench& bench) {
  return every_round(bench, [](const Outcome& outcome) -> std::string { return outcome.record.threw ? "an exception left it" : ""; });
}

Verdict answers_every_request(Bench& bench) {
  return every_round(bench, [](const Outcome& outcome) -> std::string {
    // How long a cancelled one may take is another case's business.
    const bool cancelled = !outcome.ok() && outcome.error->status == Status::cancelled;
    return outcome.record.status || outcome.record.threw || outcome.ok() || cancelled ? "" : "it gave no answer: " + outcome.error->message;
  });
}

Verdict token_is_visible_ascii(Bench& bench) {
  return every_emission(bench, [](const Emission& one) -> std::string {
    if (one.access_token.empty()) return "the access token is empty";
    if (!visible(one.access_token)) return "the access token is not 1 byte to 64 KiB of visible ASCII";
    if (!visible(one.refresh_token)) return "the refresh token is not visible ASCII";
    return visible(one.id_token) ? "" : "the id token is not visible ASCII";
  });
}

Verdict token_type_is_bearer(Bench& bench) {
  return every_emission(bench, [](const Emission& one) -> std::string {
    std::string type = one.token_type;
    for (auto& c : type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return type.empty() || type == "bearer" ? "" : "the token type is " + one.token_type;
  });
}

Verdict expiry_sane(Bench& bench) {
  return every_emission(bench, [](const Emission& one) -> std::string {
    if (one.expires_in_s != -1 && one.expires_in_s <= 0) return "expires_in_s is " + std::to_string(one.expires_in_s);
    if (one.expires_at_ms != -1 && one.expires_at_ms <= 0) return "expires_at_ms is " + std::to_string(one.expires_at_ms);
    return "";
  });
}

Verdict scopes_well_formed(Bench& bench) {
  return every_emission(bench, [](const Emission& one) -> std::string {
    if (one.scopes.size() > AUTHHOST_MAX_SCOPES) return "there are " + std::to_string(one.scopes.size()) + " scopes";
    for (const auto& scope : one.scopes) {
      if (scope.empty() || scope.size() > AUTHHOST_MAX_SCOPE || !visible(scope)) return "\"" + scope + "\" is no scope";
    }
    return "";
  });
}

// A server that sends no new refresh token has not taken the old one back.
Verdict keeps_refresh_token(Bench& bench) {
  World world;
  world.provider.gives_refresh_tokens = false;
  const auto previous = Bench::previous(world);
  Round round;
  round.reason = Reason::expired;
  round.previous = &previous;
  const auto outcome = bench.once(world, round);
  for (const auto& one : outcome.record.emissions) {
    const bool kept = one.refresh_token.empty() || one.refresh_token == previous.refresh_token.reveal();
    if (!kept) return fail("it emitted a refresh token that nobody gave it");
  }
  return pass();
}

Verdict login_ignores_previous(Bench& bench) {
  World world;
  const auto previous = Bench::previous(world);
  Round round;
  round.previous = &previous;
  static_cast<void>(bench.once(world, round));
  for (const auto& request : world.requests) {
    if (holds_any(request, {std::string(previous.refresh_token.reveal())})) return fail("it sent the refresh token");
  }
  return pass();
}

Verdict rejected_is_survived(Bench& bench) {
  World world;
  auto previous = Bench::previous(world);
  previous.refresh_token.clear();
  Round round;
  round.reason = Reason::rejected;
  round.previous = &previous;
  return survives(bench, [](World&) {}, round);
}

Verdict revoke_survives(Bench& bench) {
  if (!bench.info().can_revoke) return skip("it cannot revoke");
  using Answer = std::function<Result<HttpResponse>(const HttpRequest&)>;
  const Answer answers[] = {nullptr, [](const HttpRequest&) -> Result<HttpResponse> { return http_answer(500, "<h1>down</h1>", "text/html"); },
                            [](const HttpRequest&) -> Result<HttpResponse> { return Error{Status::unavailable, "no connection", ""}; }};
  for (const auto& answer : answers) {
    for (const bool known : {true, false}) {
      World world;
      const auto previous = Bench::previous(world);
      Round round;
      round.reason = Reason::forced;
      round.revoke = true;
      if (known) round.previous = &previous;
      auto verdict = survives(bench, [&](World& changed) { changed.http = answer; }, round);
      if (verdict.finding == Finding::fail) return verdict;
    }
  }
  return pass();
}

}  // namespace

std::vector<Case> result_cases() {
  return {
      {"gets-credentials", "R23", "In a healthy world it gets credentials.", For::both, nullptr, gets_credentials},
      listening({"ends-in-one-way", "R23", "OK means that there are credentials.", For::both, nullptr, ends_in_one_way}),
      {"no-credentials-after-error", "R23", "It does not emit credentials and fail all the same.", For::native, nullptr, no_credentials_after_error},
      listening({"answers-every-request", "R23", "It returns, and an exec plugin writes an answer.", For::both, nullptr, answers_every_request}),
      listening({"error-status-exists", "R26", "It fails with a status that exists.", For::both, nullptr, error_status_exists}),
      listening({"error-has-message", "R27", "It says why it fails.", For::both, nullptr, error_has_message}),
      {"no-exceptions", "R30", "No exception leaves it.", For::native, nullptr, no_exceptions},
      listening({"token-is-visible-ascii", "R24", "Tokens are visible ASCII of at most 64 KiB.", For::both, nullptr, token_is_visible_ascii}),
      listening({"token-type-is-bearer", "R24", "The token's type is empty or Bearer.", For::both, nullptr, token_type_is_bearer}),
      listening({"expiry-sane", "R24", "Lifetimes are positive, or -1.", For::both, nullptr, expiry_sane}),
      listening({"scopes-well-formed", "R24", "There are at most 256 scopes of visible ASCII.", For::both, nullptr, scopes_well_formed}),
      {"keeps-refresh-token", "R25", "Where no new refresh token came, it makes none up.", For::both, nullptr, keeps_refresh_token},
      {"login-ignores-previous", "R29", "In a login it does not send the previous refresh token.", For::both, nullptr, login_ignores_previous},
      {"rejected-is-survived", "R23", "Rejected credentials without a refresh token end well or with an error.", For::both, nullptr,
       rejected_is_survived},
      {"revoke-survives", "R23", "A revocation ends well or with an error, whatever the server says.", For::both, nullptr, revoke_survives},
  };
}

}  // namespace authhost::conform
