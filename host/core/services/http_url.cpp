#include "core/services/http_url.hpp"

#include "core/services/http.hpp"
#include "core/services/redact.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <locale.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>

namespace authhost {
namespace {

struct CurlUrlDeleter {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
using CurlUrl = std::unique_ptr<CURLU, CurlUrlDeleter>;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK || text == nullptr) return "";
  std::string out(text);
  curl_free(text);
  return out;
}

Error bad(std::string_view what, std::string_view why) {
  return {Status::invalid_config, std::string(what).append(" cannot be used: ").append(why),
          "write it as https://host/path"};
}

// The host as it is written, without port. libcurl turns spellings such as 2130706433 or 0x7f.1 into 127.0.0.1; whoever
// writes those wants to look like something else, so only the plain form counts as loopback.
std::string_view written_host(std::string_view authority) {
  if (authority.substr(0, 1) == "[") return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.rfind(':'));
}

bool is_loopback(const std::string& host) {
  if (host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  if (host.size() < 2 || host.front() != '[' || host.back() != ']') return false;
  in6_addr v6{};
  const std::string inner = host.substr(1, host.size() - 2);
  return inet_pton(AF_INET6, inner.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

// libidn2, inside libcurl, reads host names in the locale's letters; servers write UTF-8 whatever the locale is.
class Utf8Locale {
 public:
  Utf8Locale() : utf8_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (utf8_ != nullptr) before_ = ::uselocale(utf8_);
  }
  ~Utf8Locale() {
    if (utf8_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(utf8_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t utf8_;
  locale_t before_ = nullptr;
};

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

}  // namespace

Result<HttpUrl> parse_http_url(std::string_view what, std::string_view url) {
  if (url.empty()) return bad(what, "it is empty");
  const auto odd = [](char c) { return c <= ' ' || c == '\\' || static_cast<unsigned char>(c) >= 0x7F; };
  if (std::any_of(url.begin(), url.end(), odd)) {
    return bad(what, "it holds a space, a backslash, a control or a non-ASCII character");
  }
  const std::size_t mark = url.find("://");
  if (mark == std::string_view::npos) return bad(what, "it has no scheme");
  const std::string scheme = lower(url.substr(0, mark));
  if (scheme != "https" && scheme != "http") {
    return bad(what, "the scheme " + safe_text(scheme, 32) + " is not https");
  }
  const std::string_view rest = url.substr(mark + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos) return bad(what, "it holds a user name or password");
  if (url.find('#') != std::string_view::npos) return bad(what, "it has a fragment");  // RFC 6749, section 3.1
  const std::string_view written = written_host(authority);
  if (written.empty()) return bad(what, "it names no host");
  if (written.front() != '[' && !std::all_of(written.begin(), written.end(), is_host_character)) {
    return bad(what, "its host holds characters that no host name has");
  }

  const CurlUrl parsed(curl_url());
  const std::string text(url);
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK) {
    return bad(what, "it is not a URL");
  }
  HttpUrl out;
  out.https = scheme == "https";
  out.host = lower(part(parsed.get(), CURLUPART_HOST));
  const std::string port = part(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  out.port = std::atoi(port.c_str());
  if (out.host.empty() || out.port <= 0) return bad(what, "it names no host or no port");
  out.loopback = is_loopback(lower(written)) && is_loopback(out.host);
  out.origin = scheme + "://" + out.host;
  if (out.port != (out.https ? 443 : 80)) out.origin += ":" + port;
  out.shown = safe_text(out.origin + part(parsed.get(), CURLUPART_PATH), 300);
  return out;
}

std::string punycode_url(std::string_view url) {
  const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  const auto odd = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\\' || c == 0x7F; };
  std::string out(url);
  if (std::all_of(url.begin(), url.end(), ascii) || std::any_of(url.begin(), url.end(), odd)) return out;
  const Utf8Locale utf8;
  const CurlUrl parsed(curl_url());
  if (parsed && curl_url_set(parsed.get(), CURLUPART_URL, out.c_str(), CURLU_URLENCODE) == CURLUE_OK) {
    if (auto text = part(parsed.get(), CURLUPART_URL, CURLU_PUNYCODE); !text.empty()) return text;
  }
  return out;
}

Result<void> check_oauth_url(std::string_view what, std::string_view url, bool allow_insecure_http) {
  AUTHHOST_TRY(parsed, parse_http_url(what, url));
  if (parsed.https) return {};
  if (!parsed.loopback) return bad(what, "http:// is allowed on loopback only");
  if (!allow_insecure_http) {
    Error error = bad(what, "http:// is not allowed");
    error.hint = "use https://, or set allow_insecure_http = true for a server on this machine";
    return error;
  }
  return {};
}

}  // namespace authhost
