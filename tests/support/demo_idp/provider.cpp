// What the provider says about itself, its settings and faults, and the routing. The grants are in grants.cpp.
#include "provider.hpp"

#include <array>
#include <chrono>

namespace demo_idp {
namespace {

struct Route {
  std::string_view path;
  std::string_view endpoint;
};
constexpr std::array kRoutes = {
    Route{"/.well-known/openid-configuration", "discovery"},
    Route{"/.well-known/oauth-authorization-server", "discovery"},
    Route{"/jwks", "jwks"},
    Route{"/authorize", "authorize"},
    Route{"/token", "token"},
    Route{"/device_authorization", "device_authorization"},
    Route{"/device", "device_page"},
    Route{"/revoke", "revoke"},
    Route{"/introspect", "introspect"},
    Route{"/userinfo", "userinfo"},
    Route{"/api", "api"},
    Route{"/flyteidl2.auth.AuthMetadataService/GetOAuth2Metadata", "flyte_metadata"},
    Route{"/flyteidl2.auth.AuthMetadataService/GetPublicClientConfig", "flyte_client"},
    Route{"/flyteidl.service.AuthMetadataService/GetOAuth2Metadata", "flyte_metadata"},
    Route{"/flyteidl.service.AuthMetadataService/GetPublicClientConfig", "flyte_client"},
};

bool is_endpoint(std::string_view name) {
  for (const auto& route : kRoutes)
    if (route.endpoint == name) return true;
  return false;
}

Json default_settings() {
  return Json::parse(R"({
    "clients": {
      "demo-cli": {},
      "demo-service": {"secret": "demo-secret"},
      "client": {"secret": "a+b c/%~é"}
    },
    "person": {"sub": "alice", "name": "Alice Example", "email": "alice@example.com"},
    "access_token": {"format": "opaque", "ttl": 300},
    "refresh": {"rotate": true, "only_offline_access": false},
    "clock": {"offset_s": 0},
    "device": {"interval": 1, "expires_in": 600, "auto": "none", "pending": 0, "slow_down": 0},
    "id_token": {},
    "flyte": {
      "v1": true, "v2": true, "client_id": "demo-cli", "redirect_uri": "http://localhost:53593/callback",
      "scopes": ["openid", "offline_access"], "header_key": "authorization", "audience": "", "device": true
    }
  })");
}

}  // namespace

std::string endpoint_name(std::string_view path) {
  for (const auto& route : kRoutes)
    if (route.path == path) return std::string(route.endpoint);
  // RFC 8414, section 3.1: an issuer with a path has it after the well-known part.
  if (path.starts_with("/.well-known/oauth-authorization-server/")) return "discovery";
  return {};
}

Provider::Provider(std::string issuer) : issuer_(std::move(issuer)), settings_(default_settings()), initial_(settings_) {}

std::int64_t Provider::now() const {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count() +
         settings_["clock"].value("offset_s", std::int64_t{0});
}

void Provider::control(const Json& settings) {
  for (const auto& [name, value] : settings.items()) {
    if (name == "approve" || name == "deny") {
      decide(value.get<std::string>(), name);
    } else if (name == "rotate_keys") {
      key_ = SigningKey("demo-" + std::to_string(++key_number_));
    } else if (name == "expire_access_tokens") {  // the API refuses all that were issued so far
      for (auto& entry : access_tokens_) entry.second.revoked = true;
    } else if (name == "revoke_grants") {
      for (auto& entry : grants_) entry.second.revoked = true;
    } else if (is_endpoint(name)) {
      faults_[name] = value;
    } else {
      settings_.merge_patch({{name, value}});
    }
  }
}

void Provider::reset() {
  settings_ = initial_;
  faults_.clear();
  grants_.clear();
  codes_.clear();
  access_tokens_.clear();
  refresh_tokens_.clear();
  devices_.clear();
}

Json Provider::take_fault(std::string_view endpoint, const Request& request) {
  const auto found = faults_.find(std::string(endpoint));
  if (found == faults_.end() || found->second.is_null()) return nullptr;
  const auto take = [&](Json& fault, int default_times) -> bool {
    if (fault.contains("grant") && fault["grant"] != first(request.form, "grant_type")) return false;
    if (fault.contains("path") && fault["path"] != request.path) return false;
    if (const int skip = fault.value("skip", 0); skip > 0) {
      fault["skip"] = skip - 1;
      return false;
    }
    const int times = fault.value("times", default_times);
    if (times == 0) return false;
    if (times > 0) fault["times"] = times - 1;
    return true;
  };
  if (!found->second.is_array()) return take(found->second, -1) ? found->second : Json(nullptr);
  for (Json& fault : found->second)
    if (take(fault, 1)) return fault;
  return nullptr;
}

Response Provider::handle(std::string_view endpoint, const Request& request, const Json& fault) {
  const bool post = request.method == "POST";
  const auto post_only = [&](auto handler) { return post ? handler() : Response::error("invalid_request", "POST only", 405); };
  if (endpoint == "discovery") return discovery();
  if (endpoint == "jwks") return Response::of({{"keys", Json::array({key_.jwk()})}});
  if (endpoint == "authorize") return authorize(request, fault);
  if (endpoint == "token") return post_only([&] { return token(request, fault); });
  if (endpoint == "device_authorization") return post_only([&] { return device_authorization(request); });
  if (endpoint == "device_page") return device_page(request);
  if (endpoint == "revoke") return post_only([&] { return revoke(request); });
  if (endpoint == "introspect") return post_only([&] { return introspect(request); });
  if (endpoint == "userinfo") return userinfo(request);
  if (endpoint == "api") return api(request);
  if (endpoint.starts_with("flyte_")) {
    if (!flyte_version_enabled(request.path)) return Response::of({{"code", "unimplemented"}, {"message", "unknown"}}, 404);
    return post_only([&] { return endpoint == "flyte_client" ? flyte_client() : flyte_metadata(); });
  }
  return {.status = 404, .body = "not found\n", .content_type = "text/plain"};
}

bool Provider::flyte_version_enabled(std::string_view path) const {
  return settings_["flyte"].value(path.starts_with("/flyteidl2.") ? "v2" : "v1", true);
}

Response Provider::discovery() const {
  return Response::of({
      {"issuer", issuer_},
      {"authorization_endpoint", issuer_ + "/authorize"},
      {"token_endpoint", issuer_ + "/token"},
      {"device_authorization_endpoint", issuer_ + "/device_authorization"},
      {"revocation_endpoint", issuer_ + "/revoke"},
      {"introspection_endpoint", issuer_ + "/introspect"},
      {"userinfo_endpoint", issuer_ + "/userinfo"},
      {"jwks_uri", issuer_ + "/jwks"},
      {"response_types_supported", {"code"}},
      {"response_modes_supported", {"query"}},
      {"grant_types_supported",
       {"authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"}},
      {"code_challenge_methods_supported", {"S256"}},
      {"token_endpoint_auth_methods_supported", {"client_secret_basic", "client_secret_post", "none"}},
      {"scopes_supported", {"openid", "profile", "email", "offline_access", "all"}},
      {"subject_types_supported", {"public"}},
      {"id_token_signing_alg_values_supported", {"RS256"}},
      {"authorization_response_iss_parameter_supported", true},
  });
}

// proto3 JSON of the Connect protocol.
Response Provider::flyte_metadata() const {
  Json answer = {
      {"issuer", issuer_},
      {"authorizationEndpoint", issuer_ + "/authorize"},
      {"tokenEndpoint", issuer_ + "/token"},
      {"responseTypesSupported", {"code"}},
      {"tokenEndpointAuthMethodsSupported", {"client_secret_basic"}},
      {"jwksUri", issuer_ + "/jwks"},
      {"codeChallengeMethodsSupported", {"S256"}},
      {"grantTypesSupported", {"client_credentials", "refresh_token", "authorization_code"}},
  };
  if (settings_["flyte"].value("device", true)) answer["deviceAuthorizationEndpoint"] = issuer_ + "/device_authorization";
  return Response::of(std::move(answer));
}

Response Provider::flyte_client() const {
  const Json& flyte = settings_["flyte"];
  Json answer = {{"clientId", flyte["client_id"]},
                 {"redirectUri", flyte["redirect_uri"]},
                 {"scopes", flyte["scopes"]},
                 {"authorizationMetadataKey", flyte["header_key"]}};
  if (flyte["audience"] != "") answer["audience"] = flyte["audience"];
  return Response::of(std::move(answer));
}

bool Provider::bearer_is_valid(const Request& request, std::int64_t& grant) const {
  constexpr std::string_view kScheme = "Bearer ";
  std::string header = first(request.headers, "authorization");
  if (header.empty()) header = first(request.headers, settings_["flyte"].value("header_key", "authorization"));
  if (!header.starts_with(kScheme)) return false;
  const AccessToken* token = living_token(header.substr(kScheme.size()));
  if (token != nullptr) grant = token->grant;
  return token != nullptr;
}

const Provider::AccessToken* Provider::living_token(const std::string& access_token) const {
  const auto found = access_tokens_.find(access_token);
  if (found == access_tokens_.end() || found->second.revoked || found->second.expires_at <= now()) return nullptr;
  return grants_.at(found->second.grant).revoked ? nullptr : &found->second;
}

// RFC 7662, for access tokens: about all others it says the same as about a token that does not exist (section 2.2).
Response Provider::introspect(const Request& request) const {
  const Client client = authenticate(request);
  if (client.refused) return *client.refused;
  if (settings_["clients"][client.id].value("secret", "").empty())
    return Response::error("invalid_client", "only a client with a secret may ask", 401);
  const AccessToken* token = living_token(first(request.form, "token"));
  if (token == nullptr) return Response::of({{"active", false}});
  const Grant& grant = grants_.at(token->grant);
  return Response::of({{"active", true}, {"token_type", "Bearer"}, {"iss", issuer_}, {"sub", grant.subject},
                       {"client_id", grant.client_id}, {"scope", grant.scope}, {"exp", token->expires_at}});
}

Response Provider::userinfo(const Request& request) {
  std::int64_t grant = 0;
  if (!bearer_is_valid(request, grant)) return api(request);
  Json claims = settings_["person"];
  claims["sub"] = grants_.at(grant).subject;
  return Response::of(std::move(claims));
}

// A protected resource (RFC 6750, section 3).
Response Provider::api(const Request& request) {
  std::int64_t grant = 0;
  if (bearer_is_valid(request, grant)) {
    const Grant& found = grants_.at(grant);
    return Response::of({{"hello", found.subject}, {"client_id", found.client_id}, {"scope", found.scope}});
  }
  Response refused = Response::error("invalid_token", "The access token is missing, expired or revoked", 401);
  refused.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"demo\", error=\"invalid_token\"");
  return refused;
}

}  // namespace demo_idp
