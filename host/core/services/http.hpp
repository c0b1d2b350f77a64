// Http: requests with the profile's CA, proxy and limits. Redirects are never followed.
#pragma once

#include "core/services/call.hpp"

#include <authhost/secret.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace authhost {

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<HttpHeader> headers = {};
  Secret body = {};
  Milliseconds timeout{30'000};  // in all
  // http:// to any host, for a request without secrets to an endpoint that the profile calls `insecure`.
  bool plaintext = false;
  // If set, says of a failure that a peer was there, and that what it said was not HTTP: it may speak something else.
  bool* not_http = nullptr;
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers = {};
  Secret body = {};
  std::optional<Milliseconds> retry_after = {};  // from Retry-After, seconds or date, at most 60 s
  std::optional<WallTime> date = {};             // from Date: the server's clock

  // The first header of that name, in any case; "" if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

class Http {
 public:
  virtual ~Http() = default;
  // OK: a complete answer, whatever its status. UNAVAILABLE: no connection, or cut off. PROTOCOL: not HTTP, TLS that does
  // not verify, or over a limit. INVALID_CONFIG: a URL that must not be asked (no request is made). DEADLINE, CANCELLED.
  virtual Result<HttpResponse> send(const HttpRequest& request, const Call& call) = 0;
};

struct HttpOptions {
  std::string ca_cert_file = {};  // the sole roots, if set
  std::string http_proxy = {};    // e.g. "http://proxy:3128"; empty: the environment's
  bool allow_insecure_http = false;   // http:// on loopback only
  bool insecure_skip_verify = false;
  std::string guarded_origin = {};    // scheme://host:port that a proxy of its own stands before: the service's
  // A header value for `proxy-authorization`, asked for before each request to http_proxy or guarded_origin; may be empty.
  std::function<Result<Secret>(const Call&)> proxy_authorization = {};
};

// libcurl behind the interface. Thread-safe.
std::unique_ptr<Http> make_http(HttpOptions options);

// Whether method and headers can be sent: USAGE, before anything is.
Result<void> check_request(const HttpRequest& request);

// Whether an OAuth URL may be used at all: https with a host and no userinfo, or http on a loopback literal or
// `localhost` if allow_insecure_http. INVALID_CONFIG says what is wrong. `what` names the URL, e.g. "token_endpoint".
Result<void> check_oauth_url(std::string_view what, std::string_view url, bool allow_insecure_http);

}  // namespace authhost
