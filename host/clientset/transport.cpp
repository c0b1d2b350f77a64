#include "clientset/transport.hpp"

#include "core/services/http_url.hpp"
#include "core/services/redact.hpp"

#include <fmt/format.h>
#include <grpc/compression.h>
#include <grpc/grpc.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <vector>

namespace authhost::clientset {

namespace {

constexpr int kMostRetries = 4;  // gRPC makes at most five attempts, whatever it is told
constexpr int kReplayBytes = (4 << 20) + (64 << 10);  // what a repeat may hold: a largest message with room to spare

Error invalid(std::string message, std::string hint) { return {Status::invalid_config, std::move(message), std::move(hint)}; }

// A PEM file, read here: gRPC would report one that is missing or empty as a failed handshake, much later.
Result<std::string> read_pem(const char* what, const std::string& path, std::string_view marker) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  if (file) text.assign(std::istreambuf_iterator<char>(file), {});
  if (!file) {
    const std::string why = std::strerror(errno != 0 ? errno : EIO);
    return invalid(fmt::format("{} {} cannot be read: {}", what, safe_text(path, 200), why), "check the path and its permissions");
  }
  if (text.find(marker) == std::string::npos) {
    const bool key = text.find("PRIVATE KEY") != std::string::npos;
    wipe(text);
    return invalid(fmt::format("{} {} holds no {}{}", what, safe_text(path, 200), marker, key ? ", but a key" : ""),
                   "it must be a PEM file");
  }
  return text;
}

struct Identity {
  std::string certificates;
  std::string key;
  ~Identity() { wipe(key); }
};

Result<void> read_identity(const ChannelOptions& options, Identity& out) {
  if (options.client_certificate_file.empty() && options.client_key_file.empty()) return {};
  if (options.client_certificate_file.empty() || options.client_key_file.empty()) {
    return invalid("client_certificate_file and client_key_file go together", "set both, or neither");
  }
  AUTHHOST_TRY(certificates, read_pem("client_certificate_file", options.client_certificate_file, "BEGIN CERTIFICATE"));
  AUTHHOST_TRY(key, read_pem("client_key_file", options.client_key_file, "PRIVATE KEY"));
  out.certificates = std::move(certificates);
  out.key = std::move(key);
  return {};
}

// The chain is taken as it comes; whether the certificate is for this host is looked at all the same.
std::shared_ptr<grpc::ChannelCredentials> unverified(const Identity& identity) {
  namespace tls = grpc::experimental;
  tls::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_certificate_verifier(std::make_shared<tls::HostNameCertificateVerifier>());
  if (!identity.key.empty()) {
    options.set_certificate_provider(std::make_shared<tls::StaticDataCertificateProvider>(
        std::vector<tls::IdentityKeyCertPair>{{identity.key, identity.certificates}}));
    options.watch_identity_key_cert_pairs();
  }
  return tls::TlsCredentials(options);
}

Result<std::shared_ptr<grpc::ChannelCredentials>> make_credentials(const config::Endpoint& endpoint, const config::Profile& profile,
                                                                   const ChannelOptions& options) {
  Identity identity;
  AUTHHOST_CHECK(read_identity(options, identity));
  if (!endpoint.secure) {
    if (!identity.key.empty()) {
      return invalid("a client certificate cannot be used on a plaintext connection", "leave out `insecure`, or the certificate");
    }
    return grpc::InsecureChannelCredentials();
  }
  if (profile.insecure_skip_verify) return unverified(identity);
  grpc::SslCredentialsOptions ssl;
  if (!profile.ca_cert_file.empty()) {  // exactly these roots; else the system's
    AUTHHOST_TRY(roots, read_pem("ca_cert_file", profile.ca_cert_file, "BEGIN CERTIFICATE"));
    ssl.pem_root_certs = std::move(roots);
  }
  ssl.pem_cert_chain = identity.certificates;
  ssl.pem_private_key = identity.key;
  auto credentials = grpc::SslCredentials(ssl);
  wipe(ssl.pem_private_key);
  return credentials;
}

Result<grpc_compression_algorithm> compression_of(const std::string& name) {
  if (name.empty() || name == "none") return GRPC_COMPRESS_NONE;
  if (name == "deflate") return GRPC_COMPRESS_DEFLATE;
  if (name == "gzip") return GRPC_COMPRESS_GZIP;
  return invalid(fmt::format("compression \"{}\" is not known", safe_text(name, 40)), "it is one of: none, deflate, gzip");
}

// As for HTTP, the environment's proxy must not carry off what is meant to stay on this machine.
bool is_loopback(const config::Endpoint& endpoint) {
  if (endpoint.host.empty()) {  // ipv4:127.0.0.1:80, ipv6:[::1]:80, unix:/run/socket
    return endpoint.target.compare(0, 5, "unix:") == 0 || endpoint.target.compare(0, 14, "unix-abstract:") == 0 || endpoint.target.compare(0, 9, "ipv4:127.") == 0 || endpoint.target.compare(0, 10, "ipv6:[::1]") == 0 ||
           endpoint.target.compare(0, 12, "ipv6:%5B::1%") == 0;
  }
  const bool ipv6 = endpoint.host.find(':') != std::string::npos;
  const auto url = parse_http_url("the endpoint", fmt::format("https://{}{}{}/", ipv6 ? "[" : "", endpoint.host, ipv6 ? "]" : ""));
  return url && url->loopback;
}

// gRPC reads the environment by itself, but passes by what is not a URL: "host:port", which libcurl takes for a proxy.
std::string proxy_without_scheme() {
  for (const char* name : {"grpc_proxy", "https_proxy", "http_proxy"}) {  // gRPC's order
    const char* const value = ::secure_getenv(name);
    if (value == nullptr) continue;
    if (std::string_view(value).find("://") != std::string_view::npos) return "";
    auto proxy = config::parse_proxy(value);  // "": none is wanted
    return proxy ? *std::move(proxy) : "";
  }
  return "";
}

int milliseconds_of(std::chrono::milliseconds duration) {
  return static_cast<int>(std::clamp<std::int64_t>(duration.count(), 0, std::numeric_limits<int>::max()));
}

// gRPC takes the last of two with one name.
void append(grpc::ChannelArguments& to, const grpc::ChannelArguments& from, std::initializer_list<std::string_view> except) {
  const grpc_channel_args all = from.c_channel_args();
  for (std::size_t i = 0; i < all.num_args; ++i) {
    const grpc_arg& arg = all.args[i];
    if (std::find(except.begin(), except.end(), arg.key) != except.end()) continue;
    if (arg.type == GRPC_ARG_STRING) to.SetString(arg.key, arg.value.string);
    if (arg.type == GRPC_ARG_INTEGER) to.SetInt(arg.key, arg.value.integer);
    if (arg.type == GRPC_ARG_POINTER) to.SetPointerWithVtable(arg.key, arg.value.pointer.p, arg.value.pointer.vtable);
  }
}

}  // namespace

Result<Transport> make_transport(std::string_view target, const config::Profile& profile, const ChannelOptions& options) {
  Transport out;
  AUTHHOST_TRY(endpoint, config::parse_endpoint(target, profile.insecure));
  AUTHHOST_TRY(credentials, make_credentials(endpoint, profile, options));
  AUTHHOST_TRY(compression, compression_of(options.compression));
  if (options.rpc_retries < 0 || options.rpc_retries > kMostRetries) {
    return invalid(fmt::format("rpc_retries = {} cannot be kept", options.rpc_retries),
                   "it is 0 to 4: gRPC makes at most five attempts");
  }
  out.endpoint = std::move(endpoint);
  out.credentials = std::move(credentials);
  out.rpc_retries = options.rpc_retries;

  grpc::ChannelArguments& arguments = out.arguments;
  arguments.SetMaxReceiveMessageSize(options.max_receive_message_bytes);
  if (options.max_send_message_bytes >= 0) arguments.SetMaxSendMessageSize(options.max_send_message_bytes);
  if (compression != GRPC_COMPRESS_NONE) arguments.SetCompressionAlgorithm(compression);
  // gRPC unpacks a message before it looks at its size: a server that is not asked for compression cannot send a megabyte that
  // becomes a gigabyte.
  else arguments.SetInt(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1U << GRPC_COMPRESS_NONE);
  if (options.keepalive_time.count() > 0) {
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, milliseconds_of(options.keepalive_time));
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, milliseconds_of(options.keepalive_timeout));
  }
  if (!profile.http_proxy.empty()) arguments.SetString(GRPC_ARG_HTTP_PROXY, profile.http_proxy);
  else if (is_loopback(out.endpoint)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  else if (const std::string proxy = proxy_without_scheme(); !proxy.empty()) arguments.SetString(GRPC_ARG_HTTP_PROXY, proxy);
  arguments.SetUserAgentPrefix(options.user_agent.empty() ? "authhost" : options.user_agent);
  arguments.SetInt(GRPC_ARG_PER_RPC_RETRY_BUFFER_SIZE, std::max(kReplayBytes, options.max_send_message_bytes));
  append(arguments, options.arguments, {GRPC_ARG_PRIMARY_USER_AGENT_STRING});  // of which gRPC would take both
  return out;
}

Result<Transport> make_transport_to_named(std::string_view target, const config::Profile& profile, ChannelOptions options) {
  const auto endpoint = config::parse_endpoint(target, profile.insecure);
  constexpr std::string_view kPlain = "dns:///";  // and not dns://server/host
  if (!endpoint || endpoint->host.empty() || endpoint->target.compare(0, kPlain.size(), kPlain) != 0) {
    return invalid(fmt::format("{} is not followed: {}", safe_text(target, 200), endpoint ? "it is more than a host and a port" : endpoint.error().message),
                   "ask the server's operator: it must name host:port, dns:///host:port or https://host");
  }
  grpc::ChannelArguments arguments;
  append(arguments, options.arguments, {GRPC_ARG_DEFAULT_AUTHORITY, GRPC_SSL_TARGET_NAME_OVERRIDE_ARG});
  options.arguments = std::move(arguments);
  return make_transport(target, profile, options);
}

std::unique_ptr<Http> make_http_for(const config::Profile& profile) {
  HttpOptions options;
  options.ca_cert_file = profile.ca_cert_file;
  options.http_proxy = profile.http_proxy;
  options.insecure_skip_verify = profile.insecure_skip_verify;
  return make_http(std::move(options));
}

}  // namespace authhost::clientset
