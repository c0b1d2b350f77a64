// The grants of the demo provider: authorization code, refresh, client credentials, device code; and revocation.
#include "provider.hpp"

#include <algorithm>

namespace demo_idp {
namespace {

constexpr std::string_view kDeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

bool contains_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const auto end = words.find(' ');
    if (words.substr(0, end) == word) return true;
    words = end == std::string_view::npos ? std::string_view{} : words.substr(end + 1);
  }
  return false;
}

bool omits(const Json& fault, const char* name) {
  if (!fault.is_object() || !fault.contains("omit")) return false;
  const Json& list = fault["omit"];
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool is_loopback_redirect(std::string_view uri) {
  for (const std::string_view prefix : {"http://127.0.0.1:", "http://localhost:", "http://[::1]:"})
    if (uri.starts_with(prefix)) return true;
  return false;
}

std::string page(std::string_view title, std::string_view body) {
  return "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + std::string(title) +
         "</title><style>body{font-family:sans-serif;max-width:32em;margin:4em auto;line-height:1.5}"
         "button{font-size:1em;padding:.5em 1.5em;margin-right:1em}</style></head><body><h1>" +
         std::string(title) + "</h1>" + std::string(body) + "</body></html>\n";
}

}  // namespace

// RFC 6749, section 2.3.1; a confidential client must prove itself, a public one only says its name.
Provider::Client Provider::authenticate(const Request& request) const {
  constexpr std::string_view kScheme = "Basic ";
  std::string id = first(request.form, "client_id");
  std::string secret = first(request.form, "client_secret");
  const std::string header = first(request.headers, "authorization");
  const auto refuse = [](std::string_view why) {
    Response refused = Response::error("invalid_client", why, 401);
    refused.headers.emplace_back("WWW-Authenticate", "Basic realm=\"demo\"");
    return Client{.id = {}, .refused = std::move(refused)};
  };
  if (header.starts_with(kScheme)) {
    if (!secret.empty()) return {.id = {}, .refused = Response::error("invalid_request", "two ways of client authentication")};
    const std::string decoded = base64_decode(std::string_view(header).substr(kScheme.size()));
    const auto colon = decoded.find(':');
    if (colon == std::string::npos) return refuse("malformed Basic credentials");
    id = url_decode(decoded.substr(0, colon));
    secret = url_decode(decoded.substr(colon + 1));
  }
  const Json& clients = settings_["clients"];
  if (id.empty() || !clients.contains(id)) return refuse("unknown client");
  if (clients[id].value("secret", "") != secret) return refuse("client authentication failed");
  return {.id = id};
}

std::int64_t Provider::new_grant(std::string client_id, const Request& request, const Pairs& parameters) {
  std::string audience = first(parameters, "audience");
  if (audience.empty()) audience = first(parameters, "resource");
  const bool service = first(request.form, "grant_type") == "client_credentials";
  grants_[++last_grant_] = {.client_id = client_id,
                            .scope = first(parameters, "scope"),
                            .nonce = first(parameters, "nonce"),
                            .audience = audience,
                            .subject = service ? client_id : settings_["person"].value("sub", "alice"),
                            .auth_time = now()};
  return last_grant_;
}

// `fault` bends the redirect: "error", "error_description"; "state" and "iss" (a string replaces, null leaves out);
// "extra" (appended to the query); "page": true asks a person first.
Response Provider::authorize(const Request& request, const Json& fault) {
  const std::string client_id = first(request.query, "client_id");
  const std::string redirect_uri = first(request.query, "redirect_uri");
  const auto bad_request = [](std::string_view why) { return Response::html(page("Bad request", html_escape(why)), 400); };
  if (!settings_["clients"].contains(client_id)) return bad_request("unknown client");
  const Json& registered = settings_["clients"][client_id].value("redirect_uris", Json::array());
  if (!is_loopback_redirect(redirect_uri) && std::find(registered.begin(), registered.end(), redirect_uri) == registered.end())
    return bad_request("this redirect URI is not registered");

  const std::string decision = first(request.query, "decision");
  if (fault.is_object() && fault.value("page", false) && decision.empty()) {
    std::string form = "<p><b>" + html_escape(client_id) + "</b> asks for: " +
                       html_escape(first(request.query, "scope")) + "</p><form action=\"/authorize\" method=\"get\">";
    for (const auto& [name, value] : request.query)
      form += "<input type=\"hidden\" name=\"" + html_escape(name) + "\" value=\"" + html_escape(value) + "\">";
    return Response::html(page("Demo identity provider", form +
        "<button name=\"decision\" value=\"approve\">Approve</button><button name=\"decision\" value=\"deny\">Deny</button></form>"));
  }

  std::string error;
  std::string description;
  if (first(request.query, "response_type") != "code") {
    error = "unsupported_response_type";
  } else if (first(request.query, "code_challenge_method") != "S256" || first(request.query, "code_challenge").size() != 43) {
    error = "invalid_request";
    description = "PKCE with S256 is required";
  } else if (decision == "deny") {
    error = "access_denied";
    description = "The person said no";
  }
  std::string state = url_encode(first(request.query, "state"));
  bool with_state = has(request.query, "state");
  std::string iss = issuer_;
  bool with_iss = true;
  std::string extra;
  if (fault.is_object()) {
    if (fault.contains("error")) error = fault["error"].get<std::string>();
    description = fault.value("error_description", description);
    if (fault.contains("state")) with_state = fault["state"].is_string();
    if (fault.contains("state") && with_state) state = url_encode(fault["state"].get<std::string>());
    if (fault.contains("iss")) with_iss = fault["iss"].is_string();
    if (fault.contains("iss") && with_iss) iss = fault["iss"].get<std::string>();
    extra = fault.value("extra", "");
  }
  std::string query;
  if (error.empty()) {
    const std::string code = random_token("code-");
    codes_[code] = {.grant = new_grant(client_id, request, request.query),
                    .redirect_uri = redirect_uri,
                    .challenge = first(request.query, "code_challenge")};
    query = "code=" + url_encode(code);
  } else {
    query = "error=" + url_encode(error);
    if (!description.empty()) query += "&error_description=" + url_encode(description);
  }
  if (with_state) query += "&state=" + state;
  if (with_iss) query += "&iss=" + url_encode(iss);
  if (!extra.empty()) query += "&" + extra;
  return Response::redirect(redirect_uri + (redirect_uri.find('?') == std::string::npos ? "?" : "&") + query);
}

Response Provider::token(const Request& request, const Json& fault) {
  const Client client = authenticate(request);
  if (client.refused) return *client.refused;
  const std::string grant_type = first(request.form, "grant_type");
  if (grant_type == "authorization_code") return authorization_code(client, request);
  if (grant_type == "refresh_token") return refresh_token(client, request, fault);
  if (grant_type == kDeviceGrant) return device_code(client, request);
  if (grant_type == "client_credentials") {
    if (!settings_["clients"][client.id].contains("secret"))
      return Response::error("unauthorized_client", "a public client cannot use this grant");
    return issue(new_grant(client.id, request, request.form), "", false);  // RFC 6749, section 4.4.3
  }
  return Response::error("unsupported_grant_type", grant_type);
}

Response Provider::authorization_code(const Client& client, const Request& request) {
  const auto refuse = [](std::string_view why) { return Response::error("invalid_grant", why); };
  const auto found = codes_.find(first(request.form, "code"));
  if (found == codes_.end()) return refuse("unknown code");
  Code& code = found->second;
  Grant& grant = grants_.at(code.grant);
  if (code.used) {
    grant.revoked = true;  // RFC 6749, section 4.1.2
    return refuse("the code was used before");
  }
  if (grant.client_id != client.id) return refuse("the code belongs to another client");
  if (code.redirect_uri != first(request.form, "redirect_uri")) return refuse("redirect_uri differs");
  if (base64url(sha256(first(request.form, "code_verifier"))) != code.challenge) return refuse("PKCE verification failed");
  code.used = true;
  const bool with_refresh =
      !settings_["refresh"].value("only_offline_access", false) || contains_word(grant.scope, "offline_access");
  return issue(code.grant, "", with_refresh);
}

// Rotates; a token that comes back after it was spent revokes its whole family (RFC 9700, section 4.14.2).
Response Provider::refresh_token(const Client& client, const Request& request, const Json& fault) {
  const std::string sent = first(request.form, "refresh_token");
  const auto found = refresh_tokens_.find(sent);
  if (found == refresh_tokens_.end()) return Response::error("invalid_grant", "unknown refresh token");
  Grant& grant = grants_.at(found->second.grant);
  if (grant.revoked || grant.client_id != client.id) return Response::error("invalid_grant", "the grant was revoked");
  if (found->second.spent) {
    grant.revoked = true;
    return Response::error("invalid_grant", "the refresh token was used before; the grant is revoked");
  }
  const bool rotate = settings_["refresh"].value("rotate", true) && !omits(fault, "refresh_token");
  found->second.spent = rotate;
  const std::int64_t id = found->second.grant;
  return issue(id, rotate ? "" : sent, true);
}

Response Provider::device_code(const Client& client, const Request& request) {
  const auto found = devices_.find(first(request.form, "device_code"));
  if (found == devices_.end() || grants_.at(found->second.grant).client_id != client.id)
    return Response::error("invalid_grant", "unknown device code");
  Device& device = found->second;
  const Json& settings = settings_["device"];
  if (now() >= device.expires_at) return Response::error("expired_token", "the device code is too old");
  ++device.polls;
  const int slow_down = settings.value("slow_down", 0);
  if (device.polls <= slow_down) return Response::error("slow_down", "please poll less often");
  const std::string automatic = settings.value("auto", "none");
  if (automatic != "none" && device.decision.empty() && device.polls > slow_down + settings.value("pending", 0))
    device.decision = automatic;
  if (device.decision == "deny") return Response::error("access_denied", "The person said no");
  if (device.decision != "approve") return Response::error("authorization_pending", "nobody has answered yet");
  const std::int64_t grant = device.grant;
  devices_.erase(found);
  return issue(grant, "", true);
}

Response Provider::device_authorization(const Request& request) {
  const Client client = authenticate(request);
  if (client.refused) return *client.refused;
  const Json& settings = settings_["device"];
  const std::string code = random_token("device-");
  const std::string user_code = random_user_code();
  const auto expires_in = settings.value("expires_in", std::int64_t{600});
  devices_[code] = {.grant = new_grant(client.id, request, request.form),
                    .user_code = user_code,
                    .decision = {},
                    .expires_at = now() + expires_in};
  Json answer = {{"device_code", code},
                 {"user_code", user_code},
                 {"verification_uri", issuer_ + "/device"},
                 {"verification_uri_complete", issuer_ + "/device?user_code=" + user_code},
                 {"expires_in", expires_in}};
  if (settings.contains("interval")) answer["interval"] = settings["interval"];
  return Response::of(std::move(answer));
}

void Provider::decide(std::string_view user_code, std::string_view decision) {
  for (auto& entry : devices_)
    if (user_code == "*" || entry.second.user_code == user_code) entry.second.decision = decision;
}

Response Provider::device_page(const Request& request) {
  const std::string user_code = first(request.method == "POST" ? request.form : request.query, "user_code");
  const bool known = std::any_of(devices_.begin(), devices_.end(),
                                 [&](const auto& entry) { return entry.second.user_code == user_code; });
  if (request.method == "POST") {
    const std::string decision = first(request.form, "decision");
    if (!known || (decision != "approve" && decision != "deny"))
      return Response::html(page("Unknown code", "<p>Check the code and try again.</p>"), 400);
    decide(user_code, decision);
    return Response::html(page(decision == "approve" ? "Approved" : "Denied", "<p>You can return to your terminal.</p>"));
  }
  return Response::html(page("Demo identity provider",
      "<form action=\"/device\" method=\"post\"><p>Code: <input name=\"user_code\" value=\"" + html_escape(user_code) +
      "\"></p><button name=\"decision\" value=\"approve\">Approve</button>"
      "<button name=\"decision\" value=\"deny\">Deny</button></form>"));
}

// RFC 7009: 200 for an unknown token too.
Response Provider::revoke(const Request& request) {
  const Client client = authenticate(request);
  if (client.refused) return *client.refused;
  const std::string sent = first(request.form, "token");
  if (const auto found = refresh_tokens_.find(sent); found != refresh_tokens_.end())
    grants_.at(found->second.grant).revoked = true;
  if (const auto found = access_tokens_.find(sent); found != access_tokens_.end()) found->second.revoked = true;
  return {.status = 200, .body = "", .content_type = "text/plain"};
}

std::string Provider::id_token(const Grant& grant, const std::string& access_token) const {
  const Json& bend = settings_["id_token"];
  Json claims = settings_["person"];
  claims.update({{"iss", issuer_}, {"sub", grant.subject}, {"aud", grant.client_id}, {"iat", now()}, {"exp", now() + 300},
                 {"auth_time", grant.auth_time},
                 {"at_hash", base64url(sha256(access_token).substr(0, 16))}});  // OpenID Connect Core, 3.1.3.6
  if (!grant.nonce.empty()) claims["nonce"] = grant.nonce;
  if (bend.contains("claims")) claims.merge_patch(bend["claims"]);
  for (const Json& name : bend.value("omit_claims", Json::array())) claims.erase(name.get<std::string>());
  return key_.sign(claims, bend);
}

Response Provider::issue(std::int64_t grant_id, const std::string& keep_refresh, bool with_refresh) {
  const Grant& grant = grants_.at(grant_id);
  const Json& settings = settings_["access_token"];
  const auto ttl = settings.value("ttl", std::int64_t{300});
  std::string access_token = random_token("access-");
  if (settings.value("format", "opaque") == "jwt") {
    Json claims = {{"iss", issuer_}, {"sub", grant.subject}, {"client_id", grant.client_id}, {"scope", grant.scope},
                   {"aud", grant.audience.empty() ? issuer_ + "/api" : grant.audience}, {"iat", now()}, {"exp", now() + ttl},
                   {"jti", random_token("")}};
    access_token = key_.sign(claims, {{"header", {{"typ", "at+jwt"}}}});
  }
  access_tokens_[access_token] = {.grant = grant_id, .expires_at = now() + ttl};
  Json answer = {{"access_token", access_token}, {"token_type", "Bearer"}, {"expires_in", ttl}};
  if (!grant.scope.empty()) answer["scope"] = grant.scope;
  if (with_refresh) {
    const std::string refresh = keep_refresh.empty() ? random_token("refresh-") : keep_refresh;
    refresh_tokens_[refresh] = {.grant = grant_id};
    answer["refresh_token"] = refresh;
  }
  if (contains_word(grant.scope, "openid")) answer["id_token"] = id_token(grant, access_token);
  Response response = Response::of(std::move(answer));
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace demo_idp
