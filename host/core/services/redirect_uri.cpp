#include "core/services/redirect_uri.hpp"

#include "core/services/redact.hpp"

#include <algorithm>
#include <charconv>

namespace authhost {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

}  // namespace

Result<RedirectUri> parse_redirect_uri(std::string_view text) {
  const auto refuse = [&](const char* why) {
    return Error{Status::invalid_config, "redirect_uri " + safe_text(text, 200) + ": " + why,
                 "use http://127.0.0.1/…, http://[::1]/… or http://localhost/…, with or without a port"};
  };
  constexpr std::string_view kScheme = "http://";
  if (text.substr(0, kScheme.size()) != kScheme) return refuse("it does not begin with http://");
  const auto in_url = [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '\\' && c != '"' && c != '<' && c != '>'; };
  if (!std::all_of(text.begin(), text.end(), in_url)) return refuse("it has a character that no URL has");
  if (text.find('#') != std::string_view::npos) return refuse("it has a fragment");
  auto authority = text.substr(kScheme.size());
  RedirectUri uri;
  uri.rest = authority.substr(std::min(authority.size(), authority.find_first_of("/?")));
  authority.remove_suffix(uri.rest.size());
  if (authority.find('@') != std::string_view::npos) return refuse("it has a user name in it");
  for (const std::string_view host : {"127.0.0.1", "[::1]", "localhost"}) {
    if (authority.substr(0, host.size()) != host) continue;
    const auto port = authority.substr(host.size());
    if (!port.empty() && port.front() != ':') break;  // localhost.example.com
    uri.host = host;
    if (port.size() <= 1) break;
    const auto [end, error] = std::from_chars(port.data() + 1, port.data() + port.size(), uri.port);
    if (error != std::errc() || end != port.data() + port.size() || uri.port < 0 || uri.port > 65535) {
      return refuse("its port is not a number from 1 to 65535");
    }
    break;
  }
  if (uri.host.empty()) return refuse("it does not point to this machine");
  uri.path = uri.rest.substr(0, uri.rest.find('?'));
  if (uri.path.empty()) uri.path = "/";
  return uri;
}

std::optional<std::map<std::string, std::string>> parse_query(std::string_view query) {
  std::map<std::string, std::string> parameters;
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = decode(pair.substr(0, equals));
    auto value = decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
    if (!name || !value) return std::nullopt;
    if (!parameters.emplace(std::move(*name), std::move(*value)).second) return std::nullopt;
  }
  return parameters;
}

}  // namespace authhost
