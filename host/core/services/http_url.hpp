// HttpUrl: what a URL that we are about to ask turns out to be; libcurl's URL API behind it, so that the check and the
// request never read one URL in two ways.
#pragma once

#include <authhost/result.hpp>

#include <string>
#include <string_view>

namespace authhost {

struct HttpUrl {
  bool https = false;
  bool loopback = false;  // `localhost`, 127.0.0.0/8 as a dotted quad, or ::1
  std::string host;       // lower case; an IPv6 literal in brackets
  int port = 0;           // the scheme's own if none is written
  std::string origin;     // scheme://host[:port]
  std::string shown;      // origin and path, safe to show: no query, because it may hold what nobody should see
};

// INVALID_CONFIG: not http or https, no host, userinfo, a fragment, or characters that a URL cannot hold.
Result<HttpUrl> parse_http_url(std::string_view what, std::string_view url);

// The URL as a browser goes to it: a host in other letters than ASCII as punycode, what follows it percent-encoded. Unchanged
// where there is nothing to change, and where it cannot be done: parse_http_url() refuses it then.
std::string punycode_url(std::string_view url);

}  // namespace authhost
