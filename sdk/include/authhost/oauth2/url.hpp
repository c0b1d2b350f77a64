// URLs that a server hands us to show to a person: what may be shown and opened.
#pragma once

#include <authhost/text.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace authhost::oauth2 {

namespace detail {

inline bool loopback_host(std::string_view host) {
  if (text::equal_ignoring_case(host, "localhost") || host == "[::1]") return true;
  // 127.0.0.0/8 as four plain decimals; other spellings of an address are not worth a guess.
  int parts = 0;
  for (std::string_view rest = host;; ++parts) {
    const auto dot = rest.find('.');
    const auto part = rest.substr(0, dot);
    if (part.empty() || part.size() > 3 || part.find_first_not_of("0123456789") != std::string_view::npos) return false;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  return parts == 3 && host.substr(0, 4) == "127.";
}

// Letters, digits, dots, hyphens, and whatever is beyond ASCII.
inline bool host_character(char c) {
  const char l = text::lower(c);
  return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80u) != 0;
}

}  // namespace detail

// The URL in the form to show and to open, or nothing: https, or http on loopback; no userinfo, no white space, control or
// hidden characters, no quotes. A host in another script than Latin is left to the host's prompt, which shows its punycode.
inline std::optional<std::string> presentable_url(std::string_view url) {
  constexpr std::size_t kLongest = 2048;
  if (url.size() > kLongest || text::clean(url, kLongest + 8) != url) return std::nullopt;
  if (url.find_first_of(" \"<>\\^`{|}'") != std::string_view::npos) return std::nullopt;
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const auto scheme = url.substr(0, scheme_end);
  const bool https = text::equal_ignoring_case(scheme, "https");
  if (!https && !text::equal_ignoring_case(scheme, "http")) return std::nullopt;

  const auto rest = url.substr(scheme_end + 3);
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  const auto colon = authority.find(':', authority.rfind(']') == std::string_view::npos ? 0 : authority.rfind(']'));
  const auto host = authority.substr(0, colon);
  const auto port = colon == std::string_view::npos ? std::string_view{} : authority.substr(colon + 1);
  if (port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const bool literal = host.size() > 2 && host.front() == '[' && host.back() == ']' &&
                       host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") ==
                           std::string_view::npos;
  const bool name = !host.empty() && host.front() != '-' && host.front() != '.' &&
                    std::all_of(host.begin(), host.end(), detail::host_character);
  if (!literal && !name) return std::nullopt;
  if (!https && !detail::loopback_host(host)) return std::nullopt;

  std::string shown(https ? "https://" : "http://");
  for (const char c : authority) shown.push_back(text::lower(c));
  return shown.append(rest.substr(authority.size()));
}

}  // namespace authhost::oauth2
