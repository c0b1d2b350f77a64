// Endpoint: the service that tokens are for, in every way that people write it.
#pragma once

#include <authhost/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace authhost::config {

inline constexpr std::uint16_t kDefaultPort = 443;

struct Endpoint {
  std::string target;     // for gRPC: "dns:///foo.com:8090"; unix:, ipv4:, ipv6: and xds: are passed on as they are
  std::string service;    // the name in keyrings: "foo.com:8090", without the scheme
  std::string authority;  // for HTTP: "foo.com" or "foo.com:8090"; "" where HTTP cannot reach it (unix:, xds:, …)
  std::string host;       // "foo.com"; an IPv6 address without its brackets; "" as above
  std::uint16_t port = kDefaultPort;
  bool secure = true;  // TLS
};

// Reads an endpoint. INVALID_CONFIG: says what is wrong with it, also for http:// without `insecure` and https:// with
// it.
Result<Endpoint> parse_endpoint(std::string_view text, bool insecure);

// A proxy as HTTP and gRPC both understand it: "http://[user:password@]host:port", which is also what "host:port" means.
// INVALID_CONFIG: any other scheme, no port, a path. Never shows user and password.
Result<std::string> parse_proxy(std::string_view text);

// How many characters at the start of `text` an endpoint takes, up to a ':' that is no part of it; 0: no endpoint
// there. `more` is how many ':'-separated parts must follow it: a host's port is one only if enough parts are left.
std::size_t endpoint_prefix(std::string_view text, std::size_t more);

}  // namespace authhost::config
