#include "core/keyring/runtime_cache.hpp"

#include "core/config/paths.hpp"
#include "core/keyring/runtime_cache_places.hpp"
#include "core/keyring/safe_file.hpp"

#include <keyutils.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace authhost::keyring {
namespace {

constexpr std::string_view kFormat = "authhost-cache/1";
constexpr char kIdFile[] = "cache-id";
constexpr std::size_t kIdSize = 32;
constexpr std::size_t kMaxEntry = 32'767;  // what a key of type "user" can hold (keyrings(7))
constexpr char kKeyType[] = "user";

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}
bool is_hex(std::string_view text) { return text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }

// One field a line, the token last; a field is visible ASCII, scopes are divided by a space. Nothing that does not fit
// this is cached: then there is nothing to escape.
std::optional<Secret> encode(const CachedToken& token) {
  if (token.access_token.empty() || !is_visible_ascii(token.access_token.reveal())) return {};
  Secret out{kFormat};
  const auto line = [&out](std::string_view text) {
    out.append("\n");
    out.append(text);
  };
  line(std::to_string(token.refresh_at_ms));
  line(std::to_string(token.expires_at_ms));
  for (const auto* field : {&token.token_type, &token.header_key, &token.id}) {
    if (!is_visible_ascii(*field)) return {};
    line(*field);
  }
  std::string scopes;
  for (const auto& scope : token.scopes) {
    if (scope.empty() || !is_visible_ascii(scope)) return {};
    if (!scopes.empty()) scopes += ' ';
    scopes += scope;
  }
  line(scopes);
  line(token.access_token.reveal());
  if (out.size() > kMaxEntry) return {};
  return out;
}

// Takes text up to the next `end` (or all of it) off the front.
std::string_view take(std::string_view& rest, char end) {
  const auto at = rest.find(end);
  const auto head = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return head;
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

std::optional<CachedToken> decode(std::string_view entry) {
  if (std::count(entry.begin(), entry.end(), '\n') != 7 || take(entry, '\n') != kFormat) return {};
  CachedToken token;
  const auto refresh_at = number(take(entry, '\n'));
  const auto expires_at = number(take(entry, '\n'));
  if (!refresh_at || !expires_at) return {};
  token.refresh_at_ms = *refresh_at;
  token.expires_at_ms = *expires_at;
  token.token_type = take(entry, '\n');
  token.header_key = take(entry, '\n');
  token.id = take(entry, '\n');
  for (auto scopes = take(entry, '\n'); !scopes.empty();) token.scopes.emplace_back(take(scopes, ' '));
  // Checked again: it is about to be put into a header (RFC 6750, section 2.1).
  if (entry.empty() || !is_visible_ascii(entry)) return {};
  token.access_token = Secret(entry);
  return token;
}

// The id that binds entries to one state folder. none: there is no safe folder, or no id in it (and `create` is false).
std::optional<std::string> binding(const std::string& state_folder, bool create) {
  const auto opened = PrivateFolder::open(state_folder, false);
  if (!opened || !*opened) return {};
  const auto& folder = **opened;
  auto id = folder.read(kIdFile, kIdSize);
  if (id && !*id && create) {
    const auto fresh = random_hex();
    // Of two that make one at once, the winner's is read.
    if (!fresh || !folder.write_new(kIdFile, *fresh)) return {};
    id = folder.read(kIdFile, kIdSize);
  }
  if (!id || !*id || (*id)->size() != kIdSize || !is_hex((*id)->reveal())) return {};
  return std::string((*id)->reveal());
}

std::string key_name(const std::string& bind, const config::SessionKey& key) { return "authhost:" + bind + ":" + key.digest; }
std::string file_name(const std::string& bind, const config::SessionKey& key) { return bind + "-" + key.digest + ".token"; }

std::optional<key_serial_t> find_key(const std::string& name) {
  const long found = ::keyctl_search(KEY_SPEC_USER_KEYRING, kKeyType, name.c_str(), 0);
  if (found < 0) return {};
  return static_cast<key_serial_t>(found);
}

std::optional<CachedToken> read_key(const std::string& name) {
  const auto serial = find_key(name);
  if (!serial) return {};
  std::string entry(kMaxEntry, '\0');
  const long size = ::keyctl_read(*serial, entry.data(), entry.size());
  std::optional<CachedToken> token;
  if (size > 0 && static_cast<std::size_t>(size) <= entry.size()) {
    token = decode(std::string_view(entry).substr(0, static_cast<std::size_t>(size)));
  }
  wipe(entry);
  return token;
}

void remove_key(const std::string& name) {
  if (const auto serial = find_key(name)) ::keyctl_unlink(*serial, KEY_SPEC_USER_KEYRING);
}

// A key is made in the thread's keyring, because only who possesses a key may change its permissions, and the user keyring
// is not in every session's reach (cron, su, containers). Linked into the user keyring it takes the place of an older
// entry in one step.
bool write_key(const std::string& name, const Secret& entry, unsigned seconds) {
  const auto bytes = entry.reveal();
  const key_serial_t serial = ::add_key(kKeyType, name.c_str(), bytes.data(), bytes.size(), KEY_SPEC_THREAD_KEYRING);
  if (serial < 0) return false;
  // The owner's other processes may find and read it, and replace it; nobody else may anything.
  constexpr key_perm_t kPermissions = KEY_POS_ALL | KEY_USR_VIEW | KEY_USR_READ | KEY_USR_SEARCH | KEY_USR_LINK;
  const bool linked = ::keyctl_setperm(serial, kPermissions) == 0 && ::keyctl_set_timeout(serial, seconds) == 0 &&
                      ::keyctl_link(serial, KEY_SPEC_USER_KEYRING) == 0;
  ::keyctl_unlink(serial, KEY_SPEC_THREAD_KEYRING);
  return linked;
}

std::optional<CachedToken> read_file(const CachePlaces& places, const std::string& name) {
  if (!places.file_folder) return {};
  const auto folder = PrivateFolder::open(*places.file_folder, false);
  if (!folder || !*folder) return {};
  const auto entry = (*folder)->read(name, kMaxEntry);
  if (!entry || !*entry) return {};
  return decode((*entry)->reveal());
}

void remove_file(const CachePlaces& places, const std::string& name) {
  if (!places.file_folder) return;
  const auto folder = PrivateFolder::open(*places.file_folder, false);
  if (folder && *folder) (void)(*folder)->remove(name);
}

void write_file(const CachePlaces& places, const std::string& name, const Secret& entry) {
  if (!places.file_folder) return;
  // Only in a runtime folder that is there already: a made-up one would outlive the login session.
  const auto parent = places.file_folder->substr(0, places.file_folder->rfind('/'));
  const auto base = PrivateFolder::open(parent, false);
  if (!base || !*base) return;
  const auto folder = PrivateFolder::open(*places.file_folder, true);
  if (folder && *folder) (void)(*folder)->write(name, entry.reveal());
}

void remove_both(const CachePlaces& places, const std::string& bind, const config::SessionKey& key) {
  if (places.kernel) remove_key(key_name(bind, key));
  remove_file(places, file_name(bind, key));
}

}  // namespace

std::optional<CachePlaces> CachePlaces::current() {
  auto state = paths::state_home();
  if (!state) return {};
  CachePlaces places;
  places.state_folder = std::move(*state);
  places.file_folder = paths::runtime_dir();
  places.now_ms = std::chrono::duration_cast<Milliseconds>(system_clock().wall().time_since_epoch()).count();
  return places;
}

std::optional<CachedToken> cache_get(const config::SessionKey& key, const CachePlaces& places) {
  const auto bind = binding(places.state_folder, false);
  if (!bind) return {};
  std::optional<CachedToken> token;
  if (places.kernel) token = read_key(key_name(*bind, key));
  if (!token) token = read_file(places, file_name(*bind, key));
  if (token && token->expires_at_ms <= places.now_ms) token.reset();
  return token;
}

void cache_put(const config::SessionKey& key, const CachedToken& token, const CachePlaces& places) {
  const auto bind = binding(places.state_folder, true);
  if (!bind) return;
  const std::int64_t left_ms = token.expires_at_ms - places.now_ms;
  const auto entry = left_ms > 0 ? encode(token) : std::nullopt;
  if (!entry) return remove_both(places, *bind, key);  // whatever is there is older
  constexpr std::int64_t kYear = 365LL * 86'400;       // the kernel adds it to its own clock in 32 bits on old versions
  const auto seconds = static_cast<unsigned>(std::min((left_ms + 999) / 1000, kYear));
  if (places.kernel && write_key(key_name(*bind, key), *entry, seconds)) {
    return remove_file(places, file_name(*bind, key));
  }
  if (places.kernel) remove_key(key_name(*bind, key));
  write_file(places, file_name(*bind, key), *entry);
}

void cache_drop(const config::SessionKey& key, const CachePlaces& places) {
  if (const auto bind = binding(places.state_folder, false)) remove_both(places, *bind, key);
}

std::optional<CachedToken> RuntimeCache::get(const config::SessionKey& key) {
  const auto places = CachePlaces::current();
  return places ? cache_get(key, *places) : std::nullopt;
}

void RuntimeCache::put(const config::SessionKey& key, const CachedToken& token) {
  if (const auto places = CachePlaces::current()) cache_put(key, token, *places);
}

void RuntimeCache::drop(const config::SessionKey& key) {
  if (const auto places = CachePlaces::current()) cache_drop(key, *places);
}

}  // namespace authhost::keyring
