// Shape: what can be seen of a plugin before it does anything.
#include "conform/elf_view.hpp"
#include "conform/traces.hpp"
#include "conform/ways.hpp"
#include "core/plugins/descriptor.hpp"
#include "core/services/redact.hpp"
#include "core/plugins/exec/frame.hpp"
#include "core/plugins/host_table.hpp"
#include "core/plugins/settings.hpp"

#include <authhost/testing.hpp>

#include <algorithm>
#include <cstring>
#include <exception>
#include <set>

namespace authhost::conform {

namespace {

// The plugin as it says it is, whether the host would take it or not. Null: it is not even that.
const authhost_plugin* raw_plugin(const Subject& subject) {
  try {
    return &testing::load_plugin(subject.path());
  } catch (const std::exception&) {
    return nullptr;
  }
}

Verdict loads(Subject& subject) {
  const auto loaded = subject.load();
  return loaded ? pass() : fail(loaded.error().message);
}

Verdict loading_is_quiet(Subject& subject) {
  traces::Output output;
  const auto threads = traces::threads();
  const auto descriptors = traces::descriptors().size();
  const auto handlers = traces::signal_handlers();
  const auto environment = traces::environment();
  if (raw_plugin(subject) == nullptr) return skip("the dynamic linker does not load it");
  if (const auto text = output.text(); !text.empty()) return fail("it wrote \"" + text.substr(0, 100) + "\"");
  if (traces::threads() != threads) return fail("it started a thread");
  if (traces::descriptors().size() != descriptors) return fail("it opened a descriptor");
  if (traces::signal_handlers() != handlers) return fail("it installed a signal handler");
  if (traces::environment() != environment) return fail("it changed the environment");
  return pass();
}

Verdict says_the_same_twice(Subject& subject) {
  if (const auto loaded = subject.load(); !loaded) return skip("the host does not load it: see the case loads");
  const auto again = subject.describe();
  if (!again) return fail("asked again, it says: " + again.error().message);
  const auto& first = subject.authenticators();
  const bool same = std::equal(first.begin(), first.end(), again->begin(), again->end(), [](const auto& a, const auto& b) {
    return a.id == b.id && a.version == b.version && a.settings.size() == b.settings.size() && a.services_needed == b.services_needed;
  });
  return same ? pass() : fail("asked again, it says something else");
}

// What the compiler emits for the standard library's own headers, which no -fvisibility hides.
bool is_of_the_standard_library(const std::string& symbol) {
  const auto begins = [&](const char* with) { return symbol.rfind(with, 0) == 0; };
  return begins("_ZSt") || begins("_ZNSt") || begins("_ZNKSt") || begins("_ZTISt") || begins("_ZTSSt") || begins("_ZTVSt");
}

Verdict exports_one_symbol(Subject& subject) {
  for (const auto& name : look_into_elf(subject.file()).exports) {
    if (name == AUTHHOST_PLUGIN_SYMBOL || is_of_the_standard_library(name)) continue;
    return fail("it exports " + name + " too: compile it with -fvisibility=hidden, or link it with a version script as authhost_add_plugin() does");
  }
  return pass();
}

Verdict links_modestly(Subject& subject) {
  for (const auto& library : look_into_elf(subject.file()).needed) {
    for (const char* theirs : {"libprotobuf", "libgrpc", "libcurl", "libssl", "libcrypto", "libjson", "libsecret"}) {
      if (library.find(theirs) == 0) return fail("it links " + library + ": the host has services for these");
    }
  }
  return pass();
}

Verdict abi_known(Subject& subject) {
  const auto* const plugin = raw_plugin(subject);
  if (plugin == nullptr) return skip("it is no plugin: see the case loads");
  if (plugin->abi_major != AUTHHOST_ABI_MAJOR) return fail("it says major " + std::to_string(plugin->abi_major));
  if (plugin->min_host_minor > AUTHHOST_ABI_MINOR) return fail("it needs a host of minor " + std::to_string(plugin->min_host_minor));
  if (plugin->min_host_minor > plugin->abi_minor) return fail("it needs a later minor than it was built with");
  return pass();
}

// What every descriptor has to satisfy; `wrong` says what is wrong with one, or "".
Verdict every_descriptor(const Subject& subject, std::string (*wrong)(const authhost_descriptor&)) {
  const auto* const plugin = raw_plugin(subject);
  if (plugin == nullptr || !AUTHHOST_HAS_FIELD(plugin, authhost_plugin, authenticators) || plugin->authenticators == nullptr) {
    return skip("it shows no descriptor: see the case loads");
  }
  for (std::uint32_t i = 0; i < plugin->n_authenticators; ++i) {
    const auto* const descriptor = plugin->authenticators[i];
    if (descriptor == nullptr) return fail("a descriptor is NULL");
    const auto why = wrong(*descriptor);
    if (!why.empty()) return fail(why);
  }
  return pass();
}

Verdict sizes_cover_fields(Subject& subject) {
  const auto* const plugin = raw_plugin(subject);
  if (plugin == nullptr) return skip("it is no plugin: see the case loads");
  if (!AUTHHOST_HAS_FIELD(plugin, authhost_plugin, authenticators)) return fail("authhost_plugin says " + std::to_string(plugin->size) + " bytes");
  return every_descriptor(subject, [](const authhost_descriptor& one) -> std::string {
    if (!AUTHHOST_HAS_FIELD(&one, authhost_descriptor, refresh)) return "a descriptor says " + std::to_string(one.size) + " bytes";
    for (std::size_t i = 0; one.settings != nullptr && i < one.n_settings; ++i) {
      const auto* const setting = one.settings[i];
      if (setting != nullptr && !AUTHHOST_HAS_FIELD(setting, authhost_setting, n_allowed)) {
        return "a setting says " + std::to_string(setting->size) + " bytes";
      }
    }
    if (!AUTHHOST_HAS_FIELD(&one, authhost_descriptor, get_extension) || one.get_extension == nullptr) return "";
    const auto* const revoke = static_cast<const authhost_revoke*>(one.get_extension(AUTHHOST_EXT_REVOKE));
    if (revoke != nullptr && !AUTHHOST_HAS_FIELD(revoke, authhost_revoke, revoke)) {
      return "its revoke table says " + std::to_string(revoke->size) + " bytes";
    }
    return "";
  });
}

Verdict has_its_functions(Subject& subject) {
  return every_descriptor(subject, [](const authhost_descriptor& one) -> std::string {
    return one.create != nullptr && one.destroy != nullptr && one.refresh != nullptr ? "" : "create, destroy or refresh is NULL";
  });
}

Verdict unknown_extension_is_null(Subject& subject) {
  return every_descriptor(subject, [](const authhost_descriptor& one) -> std::string {
    if (!AUTHHOST_HAS_FIELD(&one, authhost_descriptor, get_extension) || one.get_extension == nullptr) return "";
    return one.get_extension("org.nowhere.conform/9") == nullptr ? "" : "it claims to have org.nowhere.conform/9";
  });
}

// What is said of an authenticator, as far as it can be read, whether the host would take it or not.
struct Said {
  std::string id, name, version;
  std::vector<std::string> services;
  std::vector<std::string> settings;
};
Verdict everything_said(Subject& subject, std::string (*wrong)(const Said&)) {
  std::vector<Said> all;
  if (subject.kind() == Kind::native) {
    const auto* const plugin = raw_plugin(subject);
    const bool readable = plugin != nullptr && AUTHHOST_HAS_FIELD(plugin, authhost_plugin, authenticators);
    if (!readable || plugin->authenticators == nullptr) return skip("it shows no descriptor: see the case loads");
    const auto text = [](const char* from) { return std::string(from != nullptr ? from : ""); };
    for (std::uint32_t i = 0; i < plugin->n_authenticators; ++i) {
      const auto& one = *plugin->authenticators[i];
      Said said{text(one.id), text(one.name), text(one.version), {}, {}};
      for (std::size_t n = 0; n < one.n_services_needed; ++n) said.services.push_back(text(one.services_needed[n]));
      for (std::size_t n = 0; n < one.n_settings; ++n) said.settings.push_back(text(one.settings[n]->name));
      all.push_back(std::move(said));
    }
  } else {
    static_cast<void>(subject.load());  // what it says is there all the same
    const auto frame = plugins::exec::read_frame(subject.known().description.value_or(""));
    if (!frame || frame->type() != "description") return skip("it does not describe itself");
    const auto* const list = plugins::exec::Fields(frame->body()).list("authenticators");
    if (list == nullptr) return skip("it describes no authenticator: see the case loads");
    for (const auto& object : *list) {
      plugins::exec::Fields one(object);
      Said said{one.text("id"), one.text("name"), one.text("version"), one.texts("services"), {}};
      const auto* const settings = one.list("settings");
      for (const auto& setting : settings != nullptr ? *settings : nlohmann::json::array()) {
        said.settings.push_back(plugins::exec::Fields(setting).text("name"));
      }
      all.push_back(std::move(said));
    }
  }
  for (const auto& said : all) {
    const auto why = wrong(said);
    if (!why.empty()) return fail(why);
  }
  return pass();
}

// The host's own judgement of one thing, everything else being in order.
std::string judged(const Said& said, plugins::AuthenticatorInfo info) {
  info.id = plugins::is_authenticator_id(said.id) ? said.id : "org.example.conform";
  info.name = "name";
  info.version = "1";
  const auto checked = plugins::check_info(info);
  return checked ? "" : checked.error().message;
}

Verdict id_is_reverse_dns(Subject& subject) {
  return everything_said(subject, [](const Said& said) -> std::string {
    if (plugins::is_authenticator_id(said.id)) return "";
    return said.id.empty() ? "it says no id" : "\"" + safe_text(said.id, 64) + "\" is not an id: it has to look like org.example.flow";
  });
}
Verdict names_and_version(Subject& subject) {
  return everything_said(subject, [](const Said& said) -> std::string {
    return said.name.empty() || said.version.empty() ? "its name or its version is empty" : "";
  });
}
Verdict services_known(Subject& subject) {
  return everything_said(subject, [](const Said& said) {
    plugins::AuthenticatorInfo info;
    info.services_needed = said.services;
    return judged(said, std::move(info));
  });
}
Verdict settings_well_formed(Subject& subject) {
  return everything_said(subject, [](const Said& said) {
    plugins::AuthenticatorInfo info;
    for (const auto& name : said.settings) info.settings.emplace_back().name = name;
    return judged(said, std::move(info));
  });
}

Verdict defaults_parse(Bench& bench) {
  for (const auto& setting : bench.info().settings) {
    if (!setting.default_value) continue;
    const auto value = plugins::resolve_setting(setting, {}, nullptr, {});
    if (!value) return fail("the default of " + setting.name + ": " + value.error().message);
    const auto& allowed = setting.allowed;
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), *setting.default_value) == allowed.end()) {
      return fail("the default of " + setting.name + " is not among its allowed values");
    }
  }
  return pass();
}

Verdict ids_differ(Subject& subject) {
  if (const auto loaded = subject.load(); !loaded) return skip("the host does not load it: see the case loads");
  std::set<std::string> seen;
  for (const auto& info : subject.authenticators()) {
    if (!seen.insert(info.id).second) return fail("two of its authenticators are called " + info.id);
  }
  return pass();
}

}  // namespace

std::vector<Case> shape_cases() {
  return {
      {"loads", "R2", "The host loads it and takes what it says of itself.", For::both, loads},
      {"loading-is-quiet", "R5", "Its constructors do no I/O and start no threads.", For::native, loading_is_quiet},
      {"says-the-same-twice", "R2", "What it says of itself does not change.", For::exec, says_the_same_twice},
      {"exports-one-symbol", "R1", "It exports authhost_plugin_v1 and nothing else.", For::native, exports_one_symbol},
      {"links-modestly", "R4", "It links no HTTP, JSON, crypto or protobuf library.", For::native, links_modestly},
      {"abi-known", "R3", "It was built for an interface that this host speaks.", For::native, abi_known},
      {"sizes-cover-fields", "R6", "Every struct says a size that covers its fields.", For::native, sizes_cover_fields},
      {"has-its-functions", "R10", "It has create, destroy and refresh.", For::native, has_its_functions},
      {"unknown-extension-is-null", "R7", "Asked for an extension that it does not know, it answers NULL.", For::native, unknown_extension_is_null},
      {"id-is-reverse-dns", "R10", "Its id looks like org.example.flow.", For::both, id_is_reverse_dns},
      {"ids-differ", "R10", "No two of its authenticators have one id.", For::both, ids_differ},
      {"names-and-version", "R10", "It has a name and a version.", For::both, names_and_version},
      {"settings-well-formed", "R11", "Names of settings are snake_case and unique.", For::both, settings_well_formed},
      {"defaults-parse", "R11", "Every default is of its setting's type, and allowed.", For::both, nullptr, defaults_parse},
      {"services-known", "R12", "It declares services that there are.", For::both, services_known},
  };
}

}  // namespace authhost::conform
