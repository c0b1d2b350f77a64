#include "core/discovery/discovery.hpp"

#include "core/config/endpoint.hpp"
#include "core/config/header_key.hpp"
#include "core/discovery/document.hpp"
#include "core/services/http_url.hpp"
#include "core/services/redact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace authhost {
namespace {

using discovery::Document;
using discovery::fetch;

constexpr std::string_view kOpenid = "/.well-known/openid-configuration";  // OpenID Connect Discovery 1.0, section 4
constexpr std::string_view kAuthorizationServer = "/.well-known/oauth-authorization-server";  // RFC 8414, section 3
constexpr std::string_view kFlyteToday = "flyteidl2.auth.AuthMetadataService";
constexpr std::string_view kFlyteOlder = "flyteidl.service.AuthMetadataService";

struct NamedEndpoint {
  const char* name;
  std::string ClientConfig::*field;
};
constexpr std::array<NamedEndpoint, 6> kEndpoints{{
    {"token_endpoint", &ClientConfig::token_endpoint},
    {"authorization_endpoint", &ClientConfig::authorization_endpoint},
    {"device_authorization_endpoint", &ClientConfig::device_authorization_endpoint},
    {"revocation_endpoint", &ClientConfig::revocation_endpoint},
    {"userinfo_endpoint", &ClientConfig::userinfo_endpoint},
    {"jwks_uri", &ClientConfig::jwks_uri},
}};

HttpRequest get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  request.headers = {{"Accept", "application/json"}};
  return request;
}

// An endpoint that a server named. An address that no configuration could allow is the server's fault; plain http on
// loopback is a matter of a key that is not set.
Result<void> check_endpoint(const std::string& where, const char* name, const std::string& url,
                            bool allow_insecure_http) {
  auto checked = check_oauth_url(name, url, allow_insecure_http);
  if (checked) return {};
  Error error = std::move(checked).error().in(where);
  if (!check_oauth_url(name, url, true)) {
    error.status = Status::protocol;
    error.hint = "the server's metadata names an address that must not be used: tell whoever runs it";
  }
  return error;
}

// RFC 8414, section 2, and its proto3 JSON form, which spells names in lowerCamel case.
Result<ClientConfig> read_metadata(const Document& document, bool allow_insecure_http) {
  ClientConfig out;
  AUTHHOST_TRY(issuer, document.text({"issuer"}));
  AUTHHOST_TRY(token, document.text({"token_endpoint", "tokenEndpoint"}));
  AUTHHOST_TRY(authorization, document.text({"authorization_endpoint", "authorizationEndpoint"}));
  AUTHHOST_TRY(device, document.text({"device_authorization_endpoint", "deviceAuthorizationEndpoint"}));
  AUTHHOST_TRY(revocation, document.text({"revocation_endpoint"}));
  AUTHHOST_TRY(userinfo, document.text({"userinfo_endpoint"}));
  AUTHHOST_TRY(jwks, document.text({"jwks_uri", "jwksUri"}));
  AUTHHOST_TRY(methods, document.texts({"code_challenge_methods_supported", "codeChallengeMethodsSupported"}));
  AUTHHOST_TRY(iss_parameter, document.flag("authorization_response_iss_parameter_supported"));
  out.issuer = std::move(issuer);
  out.token_endpoint = std::move(token);
  out.authorization_endpoint = std::move(authorization);
  out.device_authorization_endpoint = std::move(device);
  out.revocation_endpoint = std::move(revocation);
  out.userinfo_endpoint = std::move(userinfo);
  out.jwks_uri = std::move(jwks);
  out.code_challenge_methods = std::move(methods);
  out.iss_parameter_supported = iss_parameter;
  for (const NamedEndpoint& endpoint : kEndpoints) {
    const std::string& url = out.*endpoint.field;
    if (!url.empty()) AUTHHOST_CHECK(check_endpoint(document.url(), endpoint.name, url, allow_insecure_http));
  }
  return out;
}

// Compared as plain strings: OpenID Connect Discovery 1.0, section 4.3; RFC 8414, section 3.3.
Result<void> check_issuer(const std::string& url, const std::string& said, const std::string& asked) {
  if (said == asked) return {};
  return Error{Status::protocol,
               fmt::format("{} is the metadata of issuer \"{}\", not of \"{}\"", url, safe_text(said, 200),
                           safe_text(asked, 200)),
               "write `issuer` exactly as the server spells it, if that is the server you mean"};
}

// OpenID Connect appends to the issuer's path, RFC 8414 inserts before it.
std::array<std::string, 2> metadata_urls(std::string_view issuer) {
  if (issuer.back() == '/') issuer.remove_suffix(1);
  const std::size_t path = std::min(issuer.find('/', issuer.find("://") + 3), issuer.size());
  return {fmt::format("{}{}", issuer, kOpenid),
          fmt::format("{}{}{}", issuer.substr(0, path), kAuthorizationServer, issuer.substr(path))};
}

// What the configured issuer says about itself; nothing where it has no such document.
Result<std::optional<ClientConfig>> ask_issuer(const config::Profile& profile, Http& http, const Call& call) {
  for (const std::string& url : metadata_urls(profile.issuer)) {
    AUTHHOST_TRY(document, fetch(http, get(url), call));
    if (!document) continue;
    AUTHHOST_TRY(metadata, read_metadata(*document, profile.allow_insecure_http));
    AUTHHOST_CHECK(check_issuer(document->url(), metadata.issuer, profile.issuer));
    return std::optional{std::move(metadata)};
  }
  return std::optional<ClientConfig>{};
}

Result<ClientConfig> ask_oidc(const config::Profile& profile, Http& http, const Call& call) {
  AUTHHOST_TRY(metadata, ask_issuer(profile, http, call));
  if (metadata) return *std::move(metadata);
  const auto urls = metadata_urls(profile.issuer);
  return Error{
      Status::protocol, fmt::format("no metadata at {} nor at {}", urls[0], urls[1]),
      "check issuer; a server without metadata needs discovery = \"none\" and its endpoints in [profiles.NAME.client]"};
}

// A service's word about an issuer that says nothing itself counts as far as it stays with that issuer.
Result<void> check_stays(const Document& document, const ClientConfig& said, const std::string& issuer) {
  AUTHHOST_CHECK(check_issuer(document.url(), said.issuer, issuer));
  AUTHHOST_TRY(own, parse_http_url("issuer", issuer));
  for (const NamedEndpoint& endpoint : kEndpoints) {
    const std::string& text = said.*endpoint.field;
    if (text.empty()) continue;
    AUTHHOST_TRY(url, parse_http_url(endpoint.name, text));
    if (url.origin != own.origin) {
      return Error{Status::protocol,
                   fmt::format("{} moves the {} of issuer {} to {}", document.url(), endpoint.name, own.origin, url.origin),
                   "if that is right, write it into [profiles.NAME.client], or leave out issuer"};
    }
  }
  return {};
}

// A Flyte service: its RPCs, and its well-known document over HTTP where it serves that.
class FlyteServer {
 public:
  FlyteServer(FlyteRpc& rpc, std::string base, Http& http, const Call& call)
      : rpc_(rpc), base_(std::move(base)), http_(http), call_(call) {}

  Result<std::optional<Document>> well_known() {
    bool not_http = false;
    HttpRequest request = get(base_ + std::string(kAuthorizationServer));
    request.plaintext = base_.compare(0, 7, "http://") == 0;
    request.not_http = &not_http;
    auto fetched = fetch(http_, request, call_);
    if (!fetched && not_http) return std::optional<Document>();  // gRPC alone: there are no documents
    return fetched;
  }

  Result<std::optional<Document>> call(std::string_view service, std::string_view procedure) {
    AUTHHOST_TRY(answer, rpc_.call({.service = service, .procedure = procedure}, call_));
    if (answer.kind != FlyteAnswer::Kind::message) return std::optional<Document>();
    AUTHHOST_TRY(document, Document::parse(fmt::format("{}/{}/{}", rpc_.address(), service, procedure), answer.text));
    return std::optional{std::move(document)};
  }

 private:
  FlyteRpc& rpc_;
  std::string base_;
  Http& http_;
  const Call& call_;
};

Result<ClientConfig> read_public_client(const Document& document) {
  ClientConfig out;
  AUTHHOST_TRY(client_id, document.text({"clientId", "client_id"}));
  AUTHHOST_TRY(redirect_uri, document.text({"redirectUri", "redirect_uri"}));
  AUTHHOST_TRY(scopes, document.texts({"scopes"}));
  AUTHHOST_TRY(header_key, document.text({"authorizationMetadataKey", "authorization_metadata_key"}));
  AUTHHOST_TRY(audience, document.text({"audience"}));
  out.client_id = std::move(client_id);
  out.redirect_uri = std::move(redirect_uri);
  out.scopes = std::move(scopes);
  out.header_key = std::move(header_key);
  out.audience = std::move(audience);
  return out;
}

// At most four requests. An issuer that is configured is asked itself: what the service says about it is only the service's
// word, and would lead the issuer's codes to wherever the service likes (RFC 8414, section 3.3). A server of today may leave
// GetOAuth2Metadata unimplemented, but then it has the well-known document; one that has neither is asked in the older package.
Result<ClientConfig> ask_flyte(const config::Profile& profile, Http& http, FlyteRpc& rpc, const Call& call) {
  AUTHHOST_TRY(base, flyte_address(profile));
  FlyteServer server(rpc, std::move(base), http, call);
  std::string_view service = kFlyteToday;
  ClientConfig out;
  std::optional<Document> metadata;
  if (!profile.issuer.empty()) {
    AUTHHOST_TRY(issuers, ask_issuer(profile, http, call));
    if (issuers) out = *std::move(issuers);
  }
  if (out.token_endpoint.empty()) {
    AUTHHOST_TRY(today, server.call(kFlyteToday, "GetOAuth2Metadata"));
    metadata = std::move(today);
    if (!metadata) {
      AUTHHOST_TRY(well_known, server.well_known());
      metadata = std::move(well_known);
    }
    if (!metadata) {
      AUTHHOST_TRY(older, server.call(kFlyteOlder, "GetOAuth2Metadata"));
      metadata = std::move(older);
      service = kFlyteOlder;
    }
  }
  AUTHHOST_TRY(client, server.call(service, "GetPublicClientConfig"));
  if (!client && service == kFlyteToday) {
    AUTHHOST_TRY(older, server.call(kFlyteOlder, "GetPublicClientConfig"));
    client = std::move(older);
  }
  if (!metadata && out.token_endpoint.empty() && profile.client.token_endpoint.empty()) {
    return Error{Status::protocol, fmt::format("{} says nothing about its OAuth endpoints", rpc.address()),
                 "check the endpoint; or set discovery = \"none\" and the endpoints in [profiles.NAME.client]"};
  }
  if (metadata) {
    AUTHHOST_TRY(endpoints, read_metadata(*metadata, profile.allow_insecure_http));
    if (!profile.issuer.empty()) AUTHHOST_CHECK(check_stays(*metadata, endpoints, profile.issuer));
    out = std::move(endpoints);
  }
  if (client) {
    AUTHHOST_TRY(public_client, read_public_client(*client));
    out = out.with_override(public_client);
  }
  return out;
}

// The header's name goes into every call: a server must not put anything else there.
Result<std::string> check_header_key(const std::string& key) {
  if (key.empty()) return std::string("authorization");
  std::string out = config::header_key_of(key);
  if (config::is_header_key(out)) return out;
  return Error{Status::protocol, fmt::format("\"{}\" is no name for the token's header", safe_text(key, 64)),
               "set header_key in [profiles.NAME.client]"};
}

bool is_complete(const ClientConfig& local) {
  return !local.token_endpoint.empty() && !local.authorization_endpoint.empty() &&
         !local.device_authorization_endpoint.empty() && !local.revocation_endpoint.empty() && !local.client_id.empty();
}

Result<void> check_issuer_url(const config::Profile& profile) {
  if (profile.issuer.empty()) {
    return Error{Status::invalid_config, "discovery = \"oidc\" needs an issuer",
                 "set issuer = \"https://…\" in the profile"};
  }
  AUTHHOST_CHECK(check_oauth_url("issuer", profile.issuer, profile.allow_insecure_http));
  if (profile.issuer.find('?') != std::string::npos) {  // RFC 8414, section 2
    return Error{Status::invalid_config, "issuer cannot be used: it has a query", "write it as https://host/path"};
  }
  return {};
}

Result<void> check_flyte_endpoint(const config::Profile& profile) {
  AUTHHOST_TRY(endpoint, config::parse_endpoint(profile.endpoint, profile.insecure));
  if (!endpoint.host.empty()) return {};
  return Error{Status::invalid_config,
               fmt::format("discovery = \"flyte\" cannot ask {} over HTTP", safe_text(profile.endpoint, 200)),
               "set discovery = \"none\" and the endpoints in [profiles.NAME.client]"};
}

// `checked` with the file and line that say `key`.
Result<void> located(const config::Profile& profile, const std::string& key, Result<void> checked) {
  const auto source = profile.sources.find(key);
  if (checked || source == profile.sources.end() || source->second.line == 0) return checked;
  return std::move(checked).error().in(source->second.text());
}

}  // namespace

Result<void> check_client_config(const config::Profile& profile) {
  for (const NamedEndpoint& endpoint : kEndpoints) {
    const std::string& url = profile.client.*endpoint.field;
    if (url.empty()) continue;
    AUTHHOST_CHECK(located(profile, std::string("client.") + endpoint.name,
                           check_oauth_url(endpoint.name, url, profile.allow_insecure_http)));
  }
  if (is_complete(profile.client)) return {};
  if (profile.discovery == config::Discovery::oidc) return located(profile, "issuer", check_issuer_url(profile));
  if (profile.discovery == config::Discovery::flyte) return located(profile, "discovery", check_flyte_endpoint(profile));
  return {};
}

Result<ClientConfig> resolve_client_config(const config::Profile& profile, Http& http, const Call& call, FlyteRpc* rpc) {
  // First what is configured: a wrong address there is reported without any request.
  AUTHHOST_CHECK(check_client_config(profile));
  ClientConfig local = profile.client;
  if (!profile.issuer.empty()) local.issuer = profile.issuer;
  ClientConfig found;
  if (profile.discovery == config::Discovery::oidc && !is_complete(local)) {
    AUTHHOST_TRY(asked, ask_oidc(profile, http, call));
    found = std::move(asked);
  } else if (profile.discovery == config::Discovery::flyte && !is_complete(local)) {
    AUTHHOST_TRY(address, flyte_address(profile));
    ConnectRpc connect(std::move(address), http);
    AUTHHOST_TRY(asked, ask_flyte(profile, http, rpc != nullptr ? *rpc : connect, call));
    found = std::move(asked);
  }
  ClientConfig out = found.with_override(local);
  AUTHHOST_TRY(header_key, check_header_key(out.header_key));
  out.header_key = std::move(header_key);
  return out;
}

}  // namespace authhost
