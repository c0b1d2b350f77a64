#include "core/config/schema.hpp"

namespace authhost::config {

const std::vector<Key>& keys() {
  static const std::vector<Key> table = {
      {Section::root, "default_profile", Type::text, "", "\"prod\"", "The profile that is meant where none is named."},
      {Section::root, "profiles", Type::table, "", "", "One table a profile: [profiles.NAME]."},
      {Section::root, "plugins", Type::table, "", "", "Where plugins come from, and which may be loaded."},

      {Section::profile,
       "endpoint",
       Type::text,
       "",
       "\"dns:///flyte.example.com\"",
       "The service that the tokens are for: host, host:port, dns:///host, https://host or unix:/path.",
       {},
       &Profile::endpoint},
      {Section::profile,
       "authenticator",
       Type::text,
       "",
       "\"pkce\"",
       "The flow: the short name or the id of an authenticator that `authhost plugin list` shows.",
       {},
       &Profile::authenticator},
      {Section::profile,
       "discovery",
       Type::choice,
       "\"none\"",
       "\"flyte\"",
       "How the OAuth endpoints are found: asked of a Flyte endpoint, of an OpenID Connect issuer, or not at all.",
       {"none", "oidc", "flyte"},
       &Profile::discovery},
      {Section::profile,
       "issuer",
       Type::text,
       "",
       "\"https://login.example.com\"",
       "The authorization server's issuer URL; discovery = \"oidc\" needs it.",
       {},
       &Profile::issuer},
      {Section::profile,
       "insecure",
       Type::boolean,
       "false",
       "true",
       "Plaintext to the endpoint, without TLS.",
       {},
       &Profile::insecure},
      {Section::profile,
       "insecure_skip_verify",
       Type::boolean,
       "false",
       "true",
       "Trusts the certificate chain that the endpoint shows at first; its host name is still checked.",
       {},
       &Profile::insecure_skip_verify},
      {Section::profile,
       "ca_cert_file",
       Type::path,
       "",
       "\"corp-ca.pem\"",
       "Certificates (PEM) that are trusted instead of the system's, for HTTP and gRPC alike.",
       {},
       &Profile::ca_cert_file},
      {Section::profile,
       "http_proxy",
       Type::text,
       "",
       "\"http://proxy.example.com:3128\"",
       "The proxy for HTTP and gRPC alike, as http://host:port; without it, the environment's.",
       {},
       &Profile::http_proxy},
      {Section::profile,
       "storage",
       Type::choice,
       "\"auto\"",
       "\"secret-service\"",
       "Where credentials rest; a store that is named is the only one that is used.",
       {"auto", "secret-service", "file", "memory"},
       &Profile::storage},
      {Section::profile,
       "allow_insecure_http",
       Type::boolean,
       "false",
       "true",
       "Allows http:// for OAuth endpoints, on loopback only.",
       {},
       &Profile::allow_insecure_http},
      {Section::profile,
       "runtime_cache",
       Type::boolean,
       "true",
       "false",
       "Keeps the access token alone, until it expires, in the kernel keyring or $XDG_RUNTIME_DIR for the next "
       "process.",
       {},
       &Profile::runtime_cache},
      {Section::profile,
       "account",
       Type::text,
       "\"\"",
       "\"work\"",
       "Tells several accounts on one endpoint apart.",
       {},
       &Profile::account},
      {Section::profile,
       "refresh_timeout",
       Type::duration,
       "\"60s\"",
       "\"30s\"",
       "How long a refresh that needs no person may take.",
       {},
       &Profile::refresh_timeout},
      {Section::profile, "proxy_authenticator", Type::table, "",
       "{ authenticator = \"command\", settings = { command = [\"proxy-token\"] } }",
       "A second authenticator, whose token goes out as proxy-authorization."},
      {Section::profile, "client", Type::table, "", "",
       "The OAuth client and its endpoints; each value wins over what discovery says."},
      {Section::profile, "settings", Type::settings, "", "",
       "Settings that the authenticator declares; `authhost plugin inspect` lists them."},

      {Section::client,
       "token_endpoint",
       Type::text,
       "",
       "\"https://login.example.com/token\"",
       "The token endpoint.",
       {},
       &ClientConfig::token_endpoint},
      {Section::client,
       "authorization_endpoint",
       Type::text,
       "",
       "\"https://login.example.com/authorize\"",
       "The authorization endpoint, which the browser opens.",
       {},
       &ClientConfig::authorization_endpoint},
      {Section::client,
       "device_authorization_endpoint",
       Type::text,
       "",
       "\"https://login.example.com/device\"",
       "The device authorization endpoint.",
       {},
       &ClientConfig::device_authorization_endpoint},
      {Section::client,
       "redirect_uri",
       Type::text,
       "",
       "\"http://127.0.0.1/callback\"",
       "Where the browser comes back to; without a port, any free one.",
       {},
       &ClientConfig::redirect_uri},
      {Section::client, "client_id", Type::text, "", "\"flytectl\"", "The client id.", {}, &ClientConfig::client_id},
      {Section::client,
       "scopes",
       Type::text_list,
       "[]",
       "[\"openid\", \"offline_access\"]",
       "The scopes to ask for.",
       {},
       &ClientConfig::scopes},
      {Section::client,
       "audience",
       Type::text,
       "",
       "\"https://flyte.example.com\"",
       "The audience to ask for.",
       {},
       &ClientConfig::audience},
      {Section::client,
       "header_key",
       Type::text,
       "\"authorization\"",
       "\"flyte-authorization\"",
       "The header that carries the token.",
       {},
       &ClientConfig::header_key},

      {Section::proxy,
       "authenticator",
       Type::text,
       "",
       "\"command\"",
       "As in the profile.",
       {},
       &Profile::authenticator},
      {Section::proxy, "client", Type::table, "", "", "As in the profile."},
      {Section::proxy, "settings", Type::settings, "", "", "As in the profile."},

      {Section::plugins, "directories", Type::path_list, "[]", "[\"plugins.d\"]",
       "Folders whose *.toml files each announce a plugin; those of all files count, beside the built-in one."},
      {Section::plugins,
       "policy",
       Type::choice,
       "\"any\"",
       "\"allowlist\"",
       "Which plugins may be loaded beside the built-in ones; the strictest value of all files counts.",
       {"any", "allowlist", "none"}},
  };
  return table;
}

const Key* find_key(Section section, std::string_view name) {
  for (const auto& key : keys()) {
    if (key.section == section && key.name == name) return &key;
  }
  return nullptr;
}

std::vector<std::string> key_names(Section section) {
  std::vector<std::string> names;
  for (const auto& key : keys()) {
    if (key.section == section) names.emplace_back(key.name);
  }
  return names;
}

std::string_view section_title(Section section) {
  switch (section) {
    case Section::root:
      return "the top level";
    case Section::plugins:
      return "[plugins]";
    case Section::profile:
      return "[profiles.NAME]";
    case Section::client:
      return "[profiles.NAME.client]";
    case Section::proxy:
      return "proxy_authenticator";
  }
  return "";
}

std::string type_text(const Key& key) {
  switch (key.type) {
    case Type::text:
      return "string";
    case Type::path:
      return "path";
    case Type::boolean:
      return "boolean";
    case Type::duration:
      return "duration";
    case Type::choice: {
      std::string text;
      for (const auto& choice : key.choices) {
        if (!text.empty()) text += ", ";
        text += '"' + choice + '"';
      }
      return text;
    }
    case Type::text_list:
      return "list of strings";
    case Type::path_list:
      return "list of paths";
    case Type::table:
      return "table";
    case Type::settings:
      return "table of settings";
  }
  return "";
}

}  // namespace authhost::config
