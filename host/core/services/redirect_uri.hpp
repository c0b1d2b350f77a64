// The redirect URI of a native application (RFC 8252, section 7.3): http, on this machine, nothing else.
#pragma once

#include <authhost/result.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace authhost {

struct RedirectUri {
  std::string host;       // "127.0.0.1", "[::1]" or "localhost"
  int port = 0;           // 0: none was named
  std::string path;       // begins with a slash
  std::string rest;       // path and query as they were written; may be empty

  [[nodiscard]] std::string text() const { return "http://" + host + ":" + std::to_string(port) + rest; }
};

// INVALID_CONFIG if it is anything else.
Result<RedirectUri> parse_redirect_uri(std::string_view text);

// The decoded parameters of a query (RFC 6749, appendix B). None if one is repeated (section 3.1) or an escape is broken.
std::optional<std::map<std::string, std::string>> parse_query(std::string_view query);

}  // namespace authhost
