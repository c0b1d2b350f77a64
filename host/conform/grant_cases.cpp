// Grants: what a plugin asks for, and how it takes a no.
#include "conform/ways.hpp"

#include <authhost/services.h>

#include <algorithm>

namespace authhost::conform {

namespace {

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

Verdict undeclared_services_not_asked(Bench& bench) {
  if (!bench.info().described) return skip("it does not describe itself");
  for (const auto& [what, outcome] : all_rounds(bench)) {
    for (const auto& service : outcome.record.services) {
      if (!contains(bench.info().services_needed, service)) return fail("in " + what + " it asked for " + service);
    }
  }
  return pass();
}

Verdict undeclared_settings_not_read(Bench& bench) {
  for (const auto& [what, outcome] : all_rounds(bench)) {
    for (const auto& name : outcome.record.settings) {
      const auto& all = bench.info().settings;
      const bool known = std::any_of(all.begin(), all.end(), [&](const auto& setting) { return setting.name == name; });
      if (!known) return fail("in " + what + " it asked for the setting " + name);
    }
  }
  return pass();
}

Verdict sizes_set(Bench& bench) {
  for (const auto& [what, outcome] : all_rounds(bench)) {
    if (!outcome.record.sizes.empty()) return fail("in " + what + " it did not set the size of an " + outcome.record.sizes.front());
  }
  return pass();
}

// Each service in turn is one that the manifest does not grant.
Verdict ungranted_service_survived(Bench& bench) {
  const auto& needed = bench.info().services_needed;
  if (needed.empty()) return skip("it needs no service");
  for (const auto& service : needed) {
    auto others = needed;
    others.erase(std::remove(others.begin(), others.end(), service), others.end());
    bench.granted = others;
    World world;
    const auto odd = oddness(bench.once(world));
    if (!odd.empty()) return fail("without " + service + " " + odd);
  }
  return pass();
}

// Each service in turn is one that this host does not have.
Verdict missing_service_survived(Bench& bench) {
  if (bench.info().services_needed.empty()) return skip("it needs no service");
  for (const auto& service : bench.info().services_needed) {
    World world;
    Round round;
    round.lacks = service;
    const auto odd = oddness(bench.once(world, round));
    if (!odd.empty()) return fail("without " + service + " " + odd);
  }
  if (bench.kind() == Kind::exec) return pass();
  bench.other_host.lacks_service_tables = true;
  World world;
  const auto odd = oddness(bench.once(world));
  return odd.empty() ? pass() : fail("where every service table is NULL " + odd);
}

Verdict with_settings(Bench& bench, const config::Settings& settings, const std::string& what) {
  World world;
  Round round;
  round.settings = settings;
  const auto outcome = bench.once(world, round);
  // A secret that cannot be fetched is the host's error where the request has to hold it: an exec plugin is not even started.
  if (bench.kind() == Kind::exec && outcome.error && outcome.error->status == Status::invalid_config) return pass();
  const auto odd = oddness(outcome);
  return odd.empty() ? pass() : fail(what + " " + odd);
}

Verdict required_setting_missing(Bench& bench) {
  bool any = false;
  World world;
  for (const auto& setting : bench.info().settings) {
    if (!setting.required) continue;
    any = true;
    auto settings = bench.configured(world).settings;
    for (const auto suffix : config::kSecretSuffixes) settings.erase(setting.name + std::string(suffix));
    if (setting.type == AUTHHOST_SETTING_SECRET) {
      settings[setting.name + "_env"] = {std::string("AUTHHOST_CONFORM_IS_NOT_SET"), {config::Layer::program, "the conformance kit"}};
    }
    auto verdict = with_settings(bench, settings, "without " + setting.name);
    if (verdict.finding == Finding::fail) return verdict;
  }
  return any ? pass() : skip("no setting of it is required");
}

Verdict odd_settings(Bench& bench, const std::string& text) {
  World world;
  auto settings = bench.configured(world).settings;
  bool any = false;
  for (const auto& setting : bench.info().settings) {
    if (!setting.allowed.empty()) continue;
    const config::Source source{config::Layer::program, "the conformance kit"};
    const bool list = setting.type == AUTHHOST_SETTING_STRING_LIST;
    if (!list && setting.type != AUTHHOST_SETTING_STRING && setting.type != AUTHHOST_SETTING_SECRET) continue;
    any = true;
    for (const auto suffix : config::kSecretSuffixes) settings.erase(setting.name + std::string(suffix));
    if (list) settings[setting.name] = {std::vector<std::string>{text, "", text}, source};
    else settings[setting.name] = {text, source};
  }
  return any ? with_settings(bench, settings, "with such settings") : skip("it has no setting that holds text");
}

Verdict unicode_settings(Bench& bench) { return odd_settings(bench, "\xC3\xBC \xE2\x80\xAE \xF0\x9F\x90\xA6 %s %n '\"\\ https://\xE4\xBE\x8B.example/\t"); }
Verdict long_settings(Bench& bench) { return odd_settings(bench, std::string(60'000, 'x')); }

Verdict empty_client_config(Bench& bench) {
  Round round;
  round.client.emplace();
  return survives(bench, [](World&) {}, round);
}

Verdict big_previous(Bench& bench) {
  Credentials previous;
  previous.access_token = Secret(std::string(AUTHHOST_MAX_TOKEN, 'a'));
  previous.refresh_token = Secret(std::string(AUTHHOST_MAX_TOKEN, 'r'));
  previous.id_token = Secret(std::string(AUTHHOST_MAX_TOKEN, 'i'));
  for (int i = 0; i < 256; ++i) previous.scopes.push_back("scope" + std::to_string(i));
  Round round;
  round.reason = Reason::expired;
  round.previous = &previous;
  return survives(bench, [](World&) {}, round);
}

Verdict bare_previous(Bench& bench) {
  const Credentials nothing;
  for (const auto reason : {Reason::expired, Reason::rejected, Reason::forced}) {
    Round round;
    round.reason = reason;
    round.previous = &nothing;
    auto verdict = survives(bench, [](World&) {}, round);
    if (verdict.finding == Finding::fail) return verdict;
    round.previous = nullptr;
    verdict = survives(bench, [](World&) {}, round);
    if (verdict.finding == Finding::fail) return verdict;
  }
  return pass();
}

// What works here works there.
Verdict works_on(Bench& bench, OtherHost other, const char* where) {
  World now;
  const bool works = bench.once(now).ok();
  bench.other_host = other;
  World world;
  const auto there = bench.once(world);
  if (const auto odd = oddness(there); !odd.empty()) return fail(odd);
  return works && !there.ok() ? fail(std::string(where) + " it fails: " + there.error->message) : pass();
}

Verdict newer_host(Bench& bench) { return works_on(bench, {.newer = true}, "with longer structs"); }

// Also where something fails, which is where a plugin looks for words.
Verdict oldest_host(Bench& bench) {
  const auto* const library = bench.subject().library();
  if (library != nullptr && library->plugin->min_host_minor > 0) return skip("it says that it needs a later one");
  const auto verdict = works_on(bench, {.oldest = true}, "on a host of 1.0");
  if (verdict.finding == Finding::fail) return verdict;
  return survives(bench, [](World& down) {
    down.http = [](const HttpRequest&) -> Result<HttpResponse> { return Error{Status::unavailable, "connection refused", "try again"}; };
  });
}

}  // namespace

std::vector<Case> grant_cases() {
  return {
      listening({"undeclared-services-not-asked", "R12", "It asks for no service that it does not declare.", For::both, nullptr, undeclared_services_not_asked}),
      {"undeclared-settings-not-read", "R11", "It reads no setting that it does not declare.", For::native, nullptr, undeclared_settings_not_read},
      {"sizes-set", "R8", "It sets the size of every struct that it passes.", For::native, nullptr, sizes_set},
      {"newer-host-survived", "R6", "A later host, whose structs are longer, is as good as this one.", For::native, nullptr, newer_host},
      {"oldest-host-survived", "R3", "A host of the minor that it says to need is good enough.", For::native, nullptr, oldest_host},
      {"ungranted-service-survived", "R12", "Without a grant it ends well or with an error.", For::both, nullptr, ungranted_service_survived},
      {"missing-service-survived", "R9", "On a host without a service it ends well or with an error.", For::both, nullptr, missing_service_survived},
      {"required-setting-missing", "R11", "Without a setting that it requires it ends well or with an error.", For::both, nullptr, required_setting_missing},
      {"unicode-settings-survived", "R21", "Settings may hold any text.", For::both, nullptr, unicode_settings},
      {"long-settings-survived", "R21", "Settings may be long.", For::both, nullptr, long_settings},
      {"empty-client-config-survived", "R21", "The client configuration may be empty.", For::both, nullptr, empty_client_config},
      {"big-previous-survived", "R18", "Previous credentials may be as big as they can be.", For::both, nullptr, big_previous},
      {"bare-previous-survived", "R18", "Previous credentials may be empty, or absent.", For::both, nullptr, bare_previous},
  };
}

}  // namespace authhost::conform
