#include "core/config/endpoint.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace authhost::config {
namespace {

// gRPC's own schemes, passed on untouched.
constexpr std::array<std::string_view, 5> kPassedOn{"unix:", "unix-abstract:", "ipv4:", "ipv6:", "xds:"};
constexpr std::string_view kHint =
    "write it like \"host.example.com\", \"host:8080\", \"dns:///host:8080\" or \"https://host\"";

Error bad_endpoint(std::string_view why) {
  return {Status::invalid_config, "the endpoint " + std::string(why), std::string(kHint)};
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool has_prefix(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(), [](char a, char b) { return a == lower(b); });
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

// Letters, digits, '-', '.', '_': what may stand in a host name as it goes over the wire (an international one in its
// xn-- form).
bool host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '-' && host.front() != '.' &&
         host.find("..") == std::string_view::npos && std::all_of(host.begin(), host.end(), [](char c) {
           return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
         });
}

bool ipv6_text(std::string_view host) {
  return host.find(':') != std::string_view::npos && host.size() <= 64 &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f') || c == ':' || c == '.';
         });
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  unsigned port = 0;
  if (text.empty() || text.size() > 5 || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  std::from_chars(text.data(), text.data() + text.size(), port);
  if (port == 0 || port > 65'535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

struct HostPort {
  std::string host;
  std::optional<std::uint16_t> port;
};

Result<HostPort> host_and_port(std::string_view authority) {
  HostPort parsed;
  std::string_view rest;
  if (!authority.empty() && authority.front() == '[') {
    const auto close = authority.find(']');
    if (close == std::string_view::npos || !ipv6_text(authority.substr(1, close - 1))) {
      return bad_endpoint("has no IPv6 address between its brackets");
    }
    parsed.host = authority.substr(1, close - 1);
    rest = authority.substr(close + 1);
  } else {
    const auto colon = authority.find(':');
    parsed.host = authority.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
    if (rest.find(':', 1) != std::string_view::npos) {
      return bad_endpoint(ipv6_text(authority) ? "is an IPv6 address without brackets: write [::1]:8080"
                                               : "has more than one ':' in its host and port");
    }
    if (parsed.host.find('@') != std::string::npos || authority.find('@') != std::string_view::npos) {
      return bad_endpoint("holds a user name or password ('@')");
    }
    if (!host_name(parsed.host)) return bad_endpoint(parsed.host.empty() ? "has no host" : "has no valid host name");
  }
  if (rest.empty()) return parsed;
  parsed.port = rest.front() == ':' ? port_number(rest.substr(1)) : std::nullopt;
  if (!parsed.port) return bad_endpoint("has a port that is not a number from 1 to 65535");
  return parsed;
}

Result<Endpoint> from_authority(std::string_view authority, std::string_view path, std::uint16_t default_port,
                                bool secure) {
  AUTHHOST_TRY(parsed, host_and_port(authority));
  Endpoint endpoint;
  endpoint.host = parsed.host;
  endpoint.port = parsed.port.value_or(default_port);
  endpoint.authority = authority;
  endpoint.target = "dns:///";
  endpoint.target += authority;
  // gRPC takes 443 where no port is said, also on a plaintext channel.
  if (!parsed.port && default_port != kDefaultPort) endpoint.target += ":" + std::to_string(default_port);
  endpoint.service = authority;
  endpoint.service += path;
  endpoint.secure = secure;
  return endpoint;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text, bool insecure) {
  if (text.empty()) return bad_endpoint("is empty");
  if (text.size() > 2048) return bad_endpoint("is longer than 2048 characters");
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; })) {
    return bad_endpoint("contains a space or a control character");
  }
  for (const auto scheme : kPassedOn) {
    if (!has_prefix(text, scheme)) continue;
    if (text.size() == scheme.size()) return bad_endpoint("has nothing after its scheme");
    Endpoint endpoint;
    endpoint.target = endpoint.service = std::string(scheme).append(text.substr(scheme.size()));  // gRPC knows small letters alone
    endpoint.secure = !insecure;
    return endpoint;
  }
  if (has_prefix(text, "dns:") && !has_prefix(text, "dns://")) {
    // gRPC's short form: dns:host[:port].
    const std::string_view authority = text.substr(4);
    if (!authority.empty() && !port_number(authority)) return from_authority(authority, "", kDefaultPort, !insecure);
  }
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) {
    if (text.find('/') != std::string_view::npos) return bad_endpoint("has a path, but no scheme such as https://");
    return from_authority(text, "", kDefaultPort, !insecure);
  }
  const std::string_view rest = text.substr(scheme_end + 3);
  const auto slash = rest.find('/');
  if (has_prefix(text, "dns://")) {
    if (slash == std::string_view::npos)
      return bad_endpoint("names a DNS server, but no host: write dns:///host with three slashes");
    AUTHHOST_TRY(endpoint, from_authority(rest.substr(slash + 1), "", kDefaultPort, !insecure));
    endpoint.target = "dns" + std::string(text.substr(3));  // gRPC knows small letters alone
    return endpoint;
  }
  const bool https = has_prefix(text, "https://");
  if (!https && !has_prefix(text, "http://")) return bad_endpoint("has a scheme that is not known here");
  if (!https && !insecure) {
    return Error{Status::invalid_config, "the endpoint is http://, which would send tokens in clear",
                 "use https://, or set insecure = true if plaintext is really meant"};
  }
  if (https && insecure) {
    return Error{Status::invalid_config, "the endpoint is https://, but insecure = true asks for plaintext",
                 "remove insecure = true, or write the endpoint without https://"};
  }
  if (rest.find_first_of("?#") != std::string_view::npos) return bad_endpoint("has a query or a fragment");
  std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  return from_authority(rest.substr(0, slash), path, https ? kDefaultPort : std::uint16_t{80}, https);
}

Result<std::string> parse_proxy(std::string_view text) {
  const auto bad = [](std::string_view why) {
    return Error{Status::invalid_config, "the proxy " + std::string(why), "write it as http://host:port"};
  };
  const auto scheme_end = text.find("://");
  if (scheme_end != std::string_view::npos) {
    if (!has_prefix(text, "http://")) return bad("is not an http:// one: gRPC knows no other kind");
    text.remove_prefix(scheme_end + 3);
  }
  if (!text.empty() && text.back() == '/') text.remove_suffix(1);
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; }) ||
      text.find_first_of("/?#") != std::string_view::npos) {
    return bad("is more than a host and a port");
  }
  const auto at = text.rfind('@');
  const std::string_view userinfo = text.substr(0, at == std::string_view::npos ? 0 : at);
  if (userinfo.find('@') != std::string_view::npos || userinfo.find("%40") != std::string_view::npos) {
    return bad("has a user or password with '@' in it, and gRPC would go past it");
  }
  auto parsed = host_and_port(at == std::string_view::npos ? text : text.substr(at + 1));
  if (!parsed) return bad("has no host and port that can be read");
  if (!parsed->port) return bad("has no port");
  return "http://" + std::string(text);
}

std::size_t endpoint_prefix(std::string_view text, std::size_t more) {
  std::size_t at = 0;  // start of the part that may hold a host and a port
  for (const auto scheme : kPassedOn) {
    if (has_prefix(text, scheme)) at = scheme.size();
  }
  const bool opaque = at > 0;
  if (const auto scheme_end = text.find("://"); scheme_end != std::string_view::npos && text.find(':') == scheme_end) {
    at = scheme_end + 3;
    if (has_prefix(text, "dns://")) {  // a DNS server of its own, with a port perhaps, comes first
      const auto slash = text.find('/', at);
      if (slash == std::string_view::npos) return 0;
      at = slash + 1;
    }
  }
  if (at < text.size() && text[at] == '[') {
    at = text.find(']', at);
    if (at == std::string_view::npos) return 0;
  }
  const std::size_t end = text.find(':', at);
  if (end == std::string_view::npos) return text.size();
  if (opaque && text.find('/', 0) < end) return end;  // unix:/path has no port
  // A number after the host is its port, if the parts that must follow are still there without it.
  const std::size_t after = text.find(':', end + 1);
  if (after == std::string_view::npos) return end;
  const std::string_view part = text.substr(end + 1, after - end - 1);  // "8443", or "8443/path" of a URL
  if (!port_number(part.substr(0, part.find('/')))) return end;
  const auto parts_left =
      static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(after), text.end(), ':'));
  return parts_left < more ? end : after;
}

}  // namespace authhost::config
