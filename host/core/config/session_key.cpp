#include "core/config/session_key.hpp"

#include "core/config/endpoint.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>

namespace authhost::config {
namespace {

constexpr std::size_t kDigestBytes = 16;

// A field on a line of its own, whatever it contains.
void add_field(std::string& text, std::string_view name, std::string_view value) {
  text += name;
  text += '=';
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
    } else {
      if (c == '\\') text += '\\';
      text += c;
    }
  }
  text += '\n';
}

std::string digest_of(std::string_view text) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  ::crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  std::array<char, kDigestBytes * 2 + 1> hex{};
  ::sodium_bin2hex(hex.data(), hex.size(), hash.data(), kDigestBytes);
  return hex.data();
}

// "org.authhost.pkce" and "pkce" name the same flow.
std::string_view canonical_authenticator(std::string_view name) {
  constexpr std::string_view kOwn = "org.authhost.";
  if (name.substr(0, kOwn.size()) == kOwn) name.remove_prefix(kOwn.size());
  return name;
}

std::string joined_sorted(std::vector<std::string> scopes) {
  std::sort(scopes.begin(), scopes.end());
  scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
  std::string text;
  for (const auto& scope : scopes) {
    if (!text.empty()) text += ' ';
    text += scope;
  }
  return text;
}

// Every setting, each value with its type and length, so that no two different sets make the same text.
std::string settings_text(const Settings& settings) {
  std::string text;
  const auto add = [&text](char type, std::string_view value) {
    text += type;
    text += std::to_string(value.size());
    text += ':';
    text += value;
  };
  for (const auto& [name, setting] : settings) {
    add('k', name);
    if (const auto* string = std::get_if<std::string>(&setting.value)) add('s', *string);
    if (const auto* integer = std::get_if<std::int64_t>(&setting.value)) add('i', std::to_string(*integer));
    if (const auto* boolean = std::get_if<bool>(&setting.value)) add('b', *boolean ? "1" : "0");
    if (const auto* list = std::get_if<std::vector<std::string>>(&setting.value)) {
      add('l', std::to_string(list->size()));
      for (const auto& item : *list) add('s', item);
    }
  }
  return text;
}

}  // namespace

SessionKey session_key(const Profile& profile, Role role) {
  SessionKey key;
  // An endpoint that cannot be read is refused elsewhere; here it stands for itself.
  const auto endpoint = parse_endpoint(profile.endpoint, profile.insecure);
  key.service = endpoint ? endpoint->service : profile.endpoint;
  key.account = profile.account;
  const std::string_view authenticator = canonical_authenticator(profile.authenticator);
  const std::string& issuer = profile.issuer.empty() ? profile.client.issuer : profile.issuer;

  key.text = "authhost-session/1\n";
  add_field(key.text, "endpoint", key.service);
  add_field(key.text, "authenticator", authenticator);
  add_field(key.text, "server", issuer.empty() ? profile.client.token_endpoint : issuer);
  add_field(key.text, "client_id", profile.client.client_id);
  add_field(key.text, "scopes", joined_sorted(profile.client.scopes));
  add_field(key.text, "audience", profile.client.audience);
  add_field(key.text, "account", profile.account);
  add_field(key.text, "role", role == Role::main ? "main" : "proxy");
  // A command line may hold a secret, the key's text may not: it takes a digest.
  if (authenticator == "command") add_field(key.text, "settings", digest_of(settings_text(profile.settings)));
  key.digest = digest_of(key.text);
  return key;
}

}  // namespace authhost::config
