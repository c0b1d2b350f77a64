#include "core/services/http.hpp"

#include "core/services/http_url.hpp"
#include "core/services/log.hpp"
#include "core/services/redact.hpp"
#include "core/services/sigpipe.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace authhost {
namespace {

constexpr std::size_t kMaxBody = 1 << 20;      // bytes, decompressed
constexpr std::size_t kMaxHeaders = 64 << 10;  // bytes, interim answers included
constexpr Milliseconds kMaxRetryAfter{60'000};
constexpr Milliseconds kConnectTimeout{10'000};
constexpr Milliseconds kPollPause{1'000};  // an upper bound: libcurl's own timers and events end it earlier
constexpr Milliseconds kTimerSlack{20};    // libcurl's timer may fire this much before the call's deadline
constexpr long kLowSpeedBytes = 10;        // a second …
constexpr long kLowSpeedSeconds = 20;      // … for so long: give up
constexpr const char* kSystemCaDirectory = "/etc/ssl/certs";

struct EasyDeleter {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;
using Multi = std::unique_ptr<CURLM, MultiDeleter>;

// Header lines for libcurl, which copies them: the copies are wiped, as they hold bearers and client secrets.
class HeaderList {
 public:
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() {
    for (curl_slist* line = list_; line != nullptr; line = line->next) wipe(line->data, std::strlen(line->data));
    curl_slist_free_all(list_);
  }
  void add(std::string_view name, std::string_view value) {
    // "Name;" is libcurl's spelling of a header without a value, "Name:" would remove it.
    std::string line(name);
    line += value.empty() ? ";" : ": ";
    line += value;
    append(line.c_str());
    wipe(line);
  }
  void remove(const char* name_and_colon) { append(name_and_colon); }
  [[nodiscard]] curl_slist* get() const { return list_; }

 private:
  void append(const char* line) {
    if (curl_slist* longer = curl_slist_append(list_, line); longer != nullptr) list_ = longer;
  }
  curl_slist* list_ = nullptr;
};

// What the callbacks of one transfer collect.
struct Answer {
  std::vector<HttpHeader> headers;
  std::size_t header_bytes = 0;
  bool headers_complete = false;  // what follows are trailers: counted, not kept
  Secret body;
  std::string_view over_limit;  // why the transfer was ended by us; empty: it was not
};

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::size_t on_header(char* data, std::size_t /*one*/, std::size_t size, void* user) {
  auto& answer = *static_cast<Answer*>(user);
  answer.header_bytes += size;
  if (answer.header_bytes > kMaxHeaders) {
    answer.over_limit = "its headers exceed 64 KiB";
    return 0;
  }
  const std::string_view line(data, size);
  if (line.substr(0, 5) == "HTTP/") {  // the status line; an interim answer (100, 103) came before
    answer.headers.clear();
    answer.headers_complete = false;
  } else if (trim(line).empty()) {
    answer.headers_complete = true;
  } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos && !answer.headers_complete) {
    answer.headers.push_back({std::string(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1)))});
  }
  return size;
}

std::size_t on_body(char* data, std::size_t /*one*/, std::size_t size, void* user) {
  auto& answer = *static_cast<Answer*>(user);
  if (size > kMaxBody - answer.body.size()) {
    answer.over_limit = "its body exceeds 1 MiB";
    return 0;
  }
  answer.body.append({data, size});
  return size;
}

// RFC 9110, section 10.2.3. A date is measured against the server's own clock if it told us, so that skew does not
// count.
std::optional<Milliseconds> parse_retry_after(std::string_view text, WallTime now) {
  if (text.empty()) return std::nullopt;
  if (std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    if (text.size() > 5) return kMaxRetryAfter;
    return std::min(kMaxRetryAfter, Milliseconds{1000L * std::atol(std::string(text).c_str())});
  }
  const std::time_t at = curl_getdate(std::string(text).c_str(), nullptr);
  if (at < 0) return std::nullopt;
  const auto wait = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::from_time_t(at) - now);
  return std::clamp<Milliseconds>(wait, Milliseconds{0}, kMaxRetryAfter);
}

// RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7F); });
}

}  // namespace

Result<void> check_request(const HttpRequest& request) {
  if (!is_token(request.method)) return Error{Status::usage, "an HTTP request has a method that is none", ""};
  for (const HttpHeader& header : request.headers) {
    if (!is_token(header.name)) return Error{Status::usage, "an HTTP request has a header name that is none", ""};
    if (!is_field_value(header.value)) {
      return Error{Status::usage, "the value of the HTTP header " + header.name + " holds a control character", ""};
    }
  }
  return {};
}

namespace {

// A server of gRPC alone answers HTTP/1.1 with HTTP/2 frames, with nothing, or not even TLS's handshake.
bool is_not_http(CURLcode code, std::string_view detail) {
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:  // also "HTTP/0.9": a body without a head
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return true;
    case CURLE_SSL_CONNECT_ERROR:
      return detail.find("no application protocol") != std::string_view::npos;  // RFC 7301, section 3.2
    default:
      return false;
  }
}

class CurlHttp final : public Http {
 public:
  explicit CurlHttp(HttpOptions options) : options_(std::move(options)) {
    static const CURLcode ready = [] {
      // Or OpenSSL ends before a session that is a static object of the program, and its thread with it.
      OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
      return curl_global_init(CURL_GLOBAL_DEFAULT);
    }();
    ready_ = ready == CURLE_OK;
  }

  Result<HttpResponse> send(const HttpRequest& request, const Call& call) override;

 private:
  [[nodiscard]] Result<HttpUrl> check_target(const HttpRequest& request) const;
  [[nodiscard]] bool set_trust(CURL* easy) const;
  [[nodiscard]] bool set_proxy(CURL* easy, const HttpUrl& url) const;
  [[nodiscard]] Error explain(CURL* easy, CURLcode code, const HttpUrl& url, const Answer& answer, const char* detail,
                              const Call& call) const;

  HttpOptions options_;
  bool ready_ = false;
};

// Sets options until one fails; libcurl fails when memory is short or when it was built without the feature.
class Setter {
 public:
  explicit Setter(CURL* easy) : easy_(easy) {}
  template <class T>
  Setter& set(CURLoption option, T value) {
    if (ok_) ok_ = curl_easy_setopt(easy_, option, value) == CURLE_OK;
    return *this;
  }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  CURL* easy_;
  bool ok_ = true;
};

Result<HttpUrl> CurlHttp::check_target(const HttpRequest& request) const {
  AUTHHOST_TRY(url, parse_http_url("the URL", request.url));
  if (!request.plaintext) AUTHHOST_CHECK(check_oauth_url(url.shown, request.url, options_.allow_insecure_http));
  if (!options_.ca_cert_file.empty()) {
    struct stat file {};
    const bool there = ::access(options_.ca_cert_file.c_str(), R_OK) == 0 && ::stat(options_.ca_cert_file.c_str(), &file) == 0;
    if (!there || !S_ISREG(file.st_mode)) {  // libcurl would wait for ever at a pipe
      return Error{Status::invalid_config,
                   fmt::format("ca_cert_file {} cannot be read: {}", safe_text(options_.ca_cert_file),
                               there ? "it is not a regular file" : std::strerror(errno)),
                   "name a PEM file with the certificate authority's certificates"};
    }
  }
  return url;
}

bool CurlHttp::set_trust(CURL* easy) const {
  // A directory of hashed names is read as far as needed; parsing the whole bundle costs 20 ms on every start.
  const char* file = nullptr;
  const char* directory = nullptr;
  if (!options_.ca_cert_file.empty()) {
    file = options_.ca_cert_file.c_str();
  } else {
    file = ::secure_getenv("SSL_CERT_FILE");
    directory = ::secure_getenv("SSL_CERT_DIR");
    if (file == nullptr && directory == nullptr) directory = kSystemCaDirectory;
  }
  // Skipping verification accepts any issuer; the certificate must still be made out to this host.
  const long verify = options_.insecure_skip_verify ? 0 : 1;
  return Setter(easy)
      .set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2))
      .set(CURLOPT_SSL_VERIFYPEER, verify)
      .set(CURLOPT_SSL_VERIFYHOST, 2L)
      .set(CURLOPT_CAINFO, file)
      .set(CURLOPT_CAPATH, directory)
      .set(CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2))
      .set(CURLOPT_PROXY_SSL_VERIFYPEER, verify)
      .set(CURLOPT_PROXY_SSL_VERIFYHOST, 2L)
      .set(CURLOPT_PROXY_CAINFO, file)
      .set(CURLOPT_PROXY_CAPATH, directory)
      .ok();
}

bool CurlHttp::set_proxy(CURL* easy, const HttpUrl& url) const {
  Setter setter(easy);
  if (!options_.http_proxy.empty()) {
    setter.set(CURLOPT_PROXY, options_.http_proxy.c_str()).set(CURLOPT_NOPROXY, "");
  } else if (url.loopback) {
    setter.set(CURLOPT_PROXY, "");  // the environment's proxy must not carry off what is meant to stay on this machine
  }
  return setter.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L)
      .set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE))
      .ok();
}

Result<HttpResponse> CurlHttp::send(const HttpRequest& request, const Call& call) {
  AUTHHOST_CHECK(call.check());
  AUTHHOST_CHECK(check_request(request));
  AUTHHOST_TRY(url, check_target(request));

  HeaderList headers;
  HeaderList proxy_headers;
  for (const HttpHeader& header : request.headers) headers.add(header.name, header.value);
  headers.remove("Expect:");  // a body this small is sent at once
  // For the proxy that the profile names, and for the one that stands before the endpoint itself. Nobody else gets it, nor another
  // port of that host.
  const bool for_proxy = !options_.http_proxy.empty();
  if (options_.proxy_authorization && (for_proxy || fmt::format("{}://{}:{}", url.https ? "https" : "http", url.host, url.port) == options_.guarded_origin)) {
    AUTHHOST_TRY(authorization, options_.proxy_authorization(call));
    if (!is_field_value(authorization.reveal())) {
      return Error{Status::protocol, "the proxy authorization holds a control character", ""};
    }
    // With a proxy and TLS it belongs to the CONNECT request alone; else it travels with the request itself.
    const bool tunnel = url.https && !options_.http_proxy.empty();
    if (!authorization.empty()) (tunnel ? proxy_headers : headers).add("Proxy-Authorization", authorization.reveal());
  }

  const SigpipeBlock no_sigpipe;  // TLS writes to a closed connection, too; until the handles below are gone
  const Easy easy(ready_ ? curl_easy_init() : nullptr);
  const Multi multi(ready_ ? curl_multi_init() : nullptr);
  Answer answer;
  std::array<char, CURL_ERROR_SIZE> detail{};
  const Milliseconds timeout = std::max(Milliseconds{1}, std::min(request.timeout, call.left()));
  Setter setter(easy.get());
  if (easy) {
    setter.set(CURLOPT_URL, request.url.c_str())
        .set(CURLOPT_PROTOCOLS_STR, "http,https")
        .set(CURLOPT_FOLLOWLOCATION, 0L)
        .set(CURLOPT_NOSIGNAL, 1L)
        .set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED))
        .set(CURLOPT_QUICK_EXIT, 1L)  // a cancelled call does not wait for the resolver's thread
        .set(CURLOPT_USERAGENT, "authhost/0.1")
        .set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate")
        .set(CURLOPT_HTTPHEADER, headers.get())
        .set(CURLOPT_PROXYHEADER, proxy_headers.get())
        .set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()))
        .set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(kConnectTimeout.count()))
        .set(CURLOPT_LOW_SPEED_LIMIT, kLowSpeedBytes)
        .set(CURLOPT_LOW_SPEED_TIME, kLowSpeedSeconds)
        .set(CURLOPT_ERRORBUFFER, detail.data())
        .set(CURLOPT_HEADERFUNCTION, &on_header)
        .set(CURLOPT_HEADERDATA, &answer)
        .set(CURLOPT_WRITEFUNCTION, &on_body)
        .set(CURLOPT_WRITEDATA, &answer);
    if (request.method == "HEAD") {
      setter.set(CURLOPT_NOBODY, 1L);
    } else {
      if (!request.body.empty() || request.method == "POST") {
        setter.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()))
            .set(CURLOPT_POSTFIELDS, request.body.reveal().data());  // not copied
      }
      setter.set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
  }
  if (!easy || !multi || !setter.ok() || !set_trust(easy.get()) || !set_proxy(easy.get(), url) ||
      curl_multi_add_handle(multi.get(), easy.get()) != CURLM_OK) {
    return Error{Status::internal, "libcurl cannot prepare a request", ""};
  }
  struct Detach {  // before either handle goes
    CURLM* multi;
    CURL* easy;
    ~Detach() { curl_multi_remove_handle(multi, easy); }
  } const detach{multi.get(), easy.get()};

  const auto started = std::chrono::steady_clock::now();
  CURLcode code = CURLE_OK;
  for (int running = 1; running != 0;) {
    if (auto over = call.check(); !over) return std::move(over).error().in(url.shown);
    if (curl_multi_perform(multi.get(), &running) != CURLM_OK) return Error{Status::internal, "libcurl failed", ""};
    if (running == 0) break;
    curl_waitfd cancelled{call.cancel_fd(), CURL_WAIT_POLLIN, 0};
    const auto pause = static_cast<int>(std::min(kPollPause, call.left()).count());
    curl_multi_poll(multi.get(), &cancelled, cancelled.fd >= 0 ? 1 : 0, pause, nullptr);
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
    if (message->msg == CURLMSG_DONE) code = message->data.result;
  }
  if (code != CURLE_OK) {
    if (request.not_http != nullptr) {
      long tunnel = 0;
      curl_easy_getinfo(easy.get(), CURLINFO_HTTP_CONNECTCODE, &tunnel);
      const bool refused = tunnel != 0 && tunnel / 100 != 2;  // by the proxy
      *request.not_http = !refused && answer.over_limit.empty() && is_not_http(code, detail.data());
    }
    return explain(easy.get(), code, url, answer, detail.data(), call);
  }

  HttpResponse response;
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  response.headers = std::move(answer.headers);
  response.body = std::move(answer.body);
  if (const std::string date(response.header("date")); !date.empty()) {
    const std::time_t at = curl_getdate(date.c_str(), nullptr);
    if (at >= 0) response.date = std::chrono::system_clock::from_time_t(at);
  }
  response.retry_after = parse_retry_after(response.header("retry-after"), response.date.value_or(call.clock->wall()));
  if (log::enabled(log::Level::debug)) {
    const auto took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - started);
    log::write(log::Level::debug, fmt::format("{} {}: {} ({} bytes, {} ms)", request.method, url.shown, status,
                                              response.body.size(), took.count()));
  }
  return response;
}

// By the words of OpenSSL and libcurl.
const char* certificate_hint(std::string_view reason) {
  const auto says = [&](std::string_view part) { return reason.find(part) != std::string_view::npos; };
  if (says("subject name")) return "use a host name that the certificate has, or have it made out to this one";
  if (says("has expired")) return "the server's certificate must be renewed; check this machine's clock, too";
  if (says("not yet valid")) return "check this machine's clock, and from when on the certificate is good";
  return "if a private certificate authority issued it, name its file in ca_cert_file";
}

Error CurlHttp::explain(CURL* easy, CURLcode code, const HttpUrl& url, const Answer& answer, const char* detail,
                        const Call& call) const {
  const auto error = [&](Status status, std::string_view why, std::string_view hint) {
    return Error{status, fmt::format("{}: {}", url.shown, why), std::string(hint)};
  };
  constexpr std::string_view kNetwork = "check the network and the server, then try again";
  constexpr std::string_view kProxy = "check http_proxy, or the https_proxy variable of the environment";
  if (!answer.over_limit.empty()) {
    return error(Status::protocol, fmt::format("the answer was cut off: {}", answer.over_limit),
                 "check that the URL names an OAuth server");
  }
  long tunnel = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &tunnel);
  if (tunnel != 0 && tunnel / 100 != 2) {
    return error(Status::unavailable, fmt::format("the proxy refused the connection with status {}", tunnel), kProxy);
  }
  long os_error = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
  const std::string port = fmt::format("{}:{}", url.host, url.port);
  const std::string reason = safe_text(detail[0] != '\0' ? detail : curl_easy_strerror(code), 200);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return error(Status::unavailable, fmt::format("the name {} does not resolve", url.host),
                   "check the spelling of the host and the network");
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
      return error(Status::unavailable, "the proxy cannot be reached", kProxy);
    case CURLE_URL_MALFORMAT:  // our own URL was parsed before
      return error(Status::invalid_config, "http_proxy is not a URL", "write it as http://host:port");
    case CURLE_COULDNT_CONNECT:
      return error(Status::unavailable,
                   fmt::format("no connection to {}: {}", options_.http_proxy.empty() ? port : "the proxy",
                               os_error != 0 ? std::strerror(static_cast<int>(os_error)) : "nobody answers"),
                   options_.http_proxy.empty() ? kNetwork : kProxy);
    case CURLE_OPERATION_TIMEDOUT: {
      if (auto over = call.check(); !over) return std::move(over).error().in(url.shown);
      if (call.left() <= kTimerSlack) return error(Status::deadline, "time ran out", "");
      return error(Status::unavailable, fmt::format("no complete answer from {} in time", port), kNetwork);
    }
    case CURLE_PEER_FAILED_VERIFICATION:
      return error(Status::protocol, fmt::format("the server's certificate is not trusted: {}", reason), certificate_hint(reason));
    case CURLE_SSL_CACERT_BADFILE:
      return error(Status::invalid_config,
                   fmt::format("{} holds no usable certificates",
                               options_.ca_cert_file.empty() ? "the system's certificate store"
                                                             : "ca_cert_file " + safe_text(options_.ca_cert_file)),
                   "name a PEM file with the certificate authority's certificates in ca_cert_file");
    case CURLE_SSL_CONNECT_ERROR: {
      const bool cut = reason.find("reset") != std::string::npos || reason.find("SYSCALL") != std::string::npos;
      return error(cut ? Status::unavailable : Status::protocol, fmt::format("no TLS with {}: {}", port, reason),
                   cut ? kNetwork : "check that the server speaks TLS 1.2 or later on this port");
    }
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_WRITE_ERROR:
      return error(Status::protocol, fmt::format("the answer is not HTTP as it should be: {}", reason),
                   "check that the URL names an OAuth server");
    case CURLE_OUT_OF_MEMORY:  // what libcurl also says of a header line without an end
      return error(Status::protocol, "the answer was cut off: a header line is too long",
                   "check that the URL names an OAuth server");
    case CURLE_GOT_NOTHING:
      return error(Status::unavailable, fmt::format("{} closed the connection without an answer", port), kNetwork);
    default:
      return error(Status::unavailable, fmt::format("the exchange with {} broke off: {}", port, reason), kNetwork);
  }
}

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const {
  for (const HttpHeader& each : headers) {
    if (same_name(each.name, name)) return each.value;
  }
  return "";
}

std::unique_ptr<Http> make_http(HttpOptions options) { return std::make_unique<CurlHttp>(std::move(options)); }

}  // namespace authhost
