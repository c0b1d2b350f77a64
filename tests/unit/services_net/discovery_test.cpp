#include "core/discovery/discovery.hpp"
#include "core/discovery/document.hpp"

#include "scripted_server.hpp"

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include <map>

using namespace authhost;
using namespace authhost::test;
using config::Discovery;
using config::Profile;
using nlohmann::json;

namespace {

// Answers by "METHOD URL"; 404 for everything else.
class FakeHttp final : public Http {
 public:
  struct Canned {
    int status = 200;
    std::string body;
    std::vector<HttpHeader> headers = {{"Content-Type", "application/json; charset=utf-8"}};
  };

  Result<HttpResponse> send(const HttpRequest& request, const Call& /*call*/) override {
    const std::string line = request.method + " " + request.url;
    asked.push_back(line);
    plaintext.push_back(request.plaintext);
    HttpResponse response;
    response.status = 404;
    if (const auto found = answers.find(line); found != answers.end()) {
      response.status = found->second.status;
      response.headers = found->second.headers;
      response.body = Secret(found->second.body);
    }
    return response;
  }

  std::map<std::string, Canned> answers;
  std::vector<std::string> asked;
  std::vector<bool> plaintext;
};

constexpr const char* kOpenid = "GET https://idp.example.com/.well-known/openid-configuration";

json metadata(const std::string& issuer = "https://idp.example.com") {
  return {{"issuer", issuer},
          {"token_endpoint", "https://idp.example.com/token"},
          {"authorization_endpoint", "https://idp.example.com/authorize?tenant=1"},
          {"device_authorization_endpoint", "https://idp.example.com/device"},
          {"revocation_endpoint", "https://idp.example.com/revoke"},
          {"userinfo_endpoint", "https://idp.example.com/me"},
          {"jwks_uri", "https://idp.example.com/jwks"},
          {"code_challenge_methods_supported", {"S256", "plain"}},
          {"authorization_response_iss_parameter_supported", true},
          {"unknown", {1, 2}}};
}

Profile oidc(std::string issuer = "https://idp.example.com") {
  Profile profile;
  profile.discovery = Discovery::oidc;
  profile.issuer = std::move(issuer);
  return profile;
}

Profile flyte(std::string endpoint = "dns:///flyte.example.com") {
  Profile profile;
  profile.discovery = Discovery::flyte;
  profile.endpoint = std::move(endpoint);
  return profile;
}

Result<ClientConfig> resolve(const Profile& profile, Http& http) { return resolve_client_config(profile, http, {}); }

// The error of an OpenID Connect discovery that is answered like this.
Error refused(FakeHttp::Canned answer) {
  FakeHttp http;
  http.answers[kOpenid] = std::move(answer);
  auto config = resolve(oidc(), http);
  REQUIRE_FALSE(config.ok());
  CHECK(config.error().message.find("https://idp.example.com/.well-known/openid-configuration") != std::string::npos);
  return config.error();
}

const std::string kFlyte = "https://flyte.example.com:443";
const std::string kToday = "POST " + kFlyte + "/flyteidl2.auth.AuthMetadataService/";
const std::string kOlder = "POST " + kFlyte + "/flyteidl.service.AuthMetadataService/";
const std::string kWellKnown = "GET " + kFlyte + "/.well-known/oauth-authorization-server";
const FakeHttp::Canned kUnimplemented{501, R"({"code":"unimplemented"})"};
const FakeHttp::Canned kClient{200, R"({"clientId":"flytectl","redirectUri":"http://localhost:53593/callback",
  "scopes":["all","offline"],"authorizationMetadataKey":"flyte-authorization","audience":"https://flyte"})"};
const FakeHttp::Canned kFlyteMetadata{
    200, R"({"issuer":"https://idp.example.com","tokenEndpoint":"https://idp.example.com/token",
  "authorizationEndpoint":"https://idp.example.com/authorize","deviceAuthorizationEndpoint":"",
  "codeChallengeMethodsSupported":["S256"]})"};

}  // namespace

TEST_CASE("OpenID Connect metadata becomes the client config") {
  FakeHttp http;
  http.answers[kOpenid] = {200, metadata().dump()};
  auto config = resolve(oidc(), http);
  REQUIRE(config.ok());
  CHECK(config->issuer == "https://idp.example.com");
  CHECK(config->token_endpoint == "https://idp.example.com/token");
  CHECK(config->authorization_endpoint == "https://idp.example.com/authorize?tenant=1");
  CHECK(config->device_authorization_endpoint == "https://idp.example.com/device");
  CHECK(config->revocation_endpoint == "https://idp.example.com/revoke");
  CHECK(config->userinfo_endpoint == "https://idp.example.com/me");
  CHECK(config->jwks_uri == "https://idp.example.com/jwks");
  CHECK(config->code_challenge_methods == std::vector<std::string>{"S256", "plain"});
  CHECK(config->iss_parameter_supported);
  CHECK(config->header_key == "authorization");
  CHECK(http.asked.size() == 1);
}

TEST_CASE("without OpenID Connect metadata the path of RFC 8414 is asked, inserted before the issuer's own") {
  FakeHttp http;
  const std::string issuer = "https://idp.example.com/tenant/one";
  http.answers["GET https://idp.example.com/.well-known/oauth-authorization-server/tenant/one"] = {
      200, metadata(issuer).dump()};
  REQUIRE(resolve(oidc(issuer), http).ok());
  REQUIRE(http.asked.size() == 2);
  CHECK(http.asked[0] == "GET https://idp.example.com/tenant/one/.well-known/openid-configuration");
}

TEST_CASE("an issuer that ends in a slash loses it for the question and keeps it for the comparison") {
  FakeHttp http;
  http.answers[kOpenid] = {200, metadata("https://idp.example.com/").dump()};
  CHECK(resolve(oidc("https://idp.example.com/"), http).ok());
}

TEST_CASE("O12 an issuer that differs in anything from the one asked for is refused") {
  for (const auto* said : {"https://evil.example.com", "https://idp.example.com/", "https://IDP.example.com",
                           "https://idp.example.com:443", "http://idp.example.com", ""}) {
    INFO(said);
    const Error error = refused({200, metadata(said).dump()});
    CHECK(error.status == Status::protocol);
    CHECK(error.hint.find("issuer") != std::string::npos);
  }
  json none = metadata();
  none.erase("issuer");
  CHECK(refused({200, none.dump()}).status == Status::protocol);
}

TEST_CASE("O13 an endpoint in metadata that is not https is refused") {
  for (const auto* url :
       {"http://idp.example.com/token", "file:///etc/passwd", "https://u:p@idp.example.com/", "token", "ftp://x/"}) {
    for (const auto* name : {"token_endpoint", "authorization_endpoint", "device_authorization_endpoint",
                             "revocation_endpoint", "userinfo_endpoint", "jwks_uri"}) {
      json document = metadata();
      document[name] = url;
      const Error error = refused({200, document.dump()});
      CHECK(error.status == Status::protocol);
      CHECK(error.message.find(name) != std::string::npos);
    }
  }
}

TEST_CASE("O13 a configured address that must not be asked is refused before any request") {
  FakeHttp http;
  for (const auto* url :
       {"http://idp.example.com/token", "ftp://idp.example.com/", "https://u@idp.example.com/", "idp.example.com"}) {
    Profile profile = oidc();
    profile.client.token_endpoint = url;
    CHECK(resolve(profile, http).status() == Status::invalid_config);
    CHECK(resolve(oidc(url), http).status() == Status::invalid_config);
  }
  CHECK(resolve(oidc(""), http).status() == Status::invalid_config);
  CHECK(resolve(oidc("https://idp.example.com/?x=1"), http).status() == Status::invalid_config);
  CHECK(resolve(flyte("unix:/run/flyte.sock"), http).status() == Status::invalid_config);
  CHECK(resolve(flyte("http://flyte.example.com"), http).status() == Status::invalid_config);
  CHECK(http.asked.empty());
}

TEST_CASE("O16 a redirect is not followed and the error names its target without the query") {
  for (const int status : {301, 302, 303, 307, 308}) {
    const Error error = refused({status, "", {{"Location", "https://login.example.net/sso?ticket=CANARY"}}});
    CHECK(error.status == Status::protocol);
    CHECK(error.message.find("https://login.example.net/sso") != std::string::npos);
    CHECK(error.message.find("CANARY") == std::string::npos);
  }
}

TEST_CASE("O42 metadata that is not one strict JSON object is refused") {
  for (const auto* body :
       {"", "[]", "null", "\"x\"", "{", "{}{}", R"({"issuer":"https://idp.example.com","issuer":"x"})"}) {
    CHECK(refused({200, body}).status == Status::protocol);
  }
  for (const auto* name : {"issuer", "token_endpoint", "code_challenge_methods_supported",
                           "authorization_response_iss_parameter_supported"}) {
    json document = metadata();
    document[name] = {{"not", "this"}};
    const Error error = refused({200, document.dump()});
    CHECK(error.status == Status::protocol);
    CHECK(error.message.find(name) != std::string::npos);
  }
}

TEST_CASE("O43 an HTML page is a typed error with a short, safe summary") {
  const std::string page =
      "<!DOCTYPE html><html><head><title>Sign in</title><style>b{color:red}</style><script>steal()</script></head>"
      "<body><!-- hidden -->Welcome\x1B[31m to the \xE2\x80\xAEportal " +
      std::string(2000, 'x') + "</body></html>";
  for (const int status : {200, 401, 403}) {
    const Error error = refused({status, page, {{"Content-Type", "text/html; charset=utf-8"}}});
    CHECK(error.status == Status::protocol);
    CHECK(error.message.find("HTML page") != std::string::npos);
    CHECK(error.message.find("Sign in Welcome[31m to the portal") != std::string::npos);
    CHECK(error.message.find("steal") == std::string::npos);
    CHECK(error.message.find("hidden") == std::string::npos);
    CHECK(error.message.size() < 400);
  }
  CHECK(discovery::summarise_html("<script>never closed").size() <= 200);
  CHECK(discovery::summarise_html(std::string(100'000, '<')).size() <= 200);
}

TEST_CASE("O43 anything but JSON by content type is refused, JSON inside or not") {
  for (const auto* type : {"text/plain", "application/xml", "", "application/jsonp", "text/json"}) {
    CHECK(refused({200, metadata().dump(), {{"Content-Type", type}}}).status == Status::protocol);
  }
  CHECK(refused({200, metadata().dump(), {}}).status == Status::protocol);
  FakeHttp http;
  http.answers[kOpenid] = {200, metadata().dump(), {{"content-type", "Application/JSON"}}};
  CHECK(resolve(oidc(), http).ok());
}

TEST_CASE("O69 a server in trouble is unavailable, with what it says about when to come back") {
  const Error error = [] {
    class Busy final : public Http {
      Result<HttpResponse> send(const HttpRequest& /*request*/, const Call& /*call*/) override {
        HttpResponse response;
        response.status = 503;
        response.retry_after = Milliseconds{7'000};
        return response;
      }
    } http;
    return resolve(oidc(), http).error();
  }();
  CHECK(error.status == Status::unavailable);
  CHECK(error.retry_after_ms == 7'000);
  CHECK(refused({500, ""}).status == Status::unavailable);
  CHECK(refused({429, ""}).status == Status::unavailable);
  CHECK(refused({400, ""}).status == Status::protocol);
}

TEST_CASE("no metadata at either path is protocol, and the error names both") {
  FakeHttp http;
  auto config = resolve(oidc(), http);
  REQUIRE(config.status() == Status::protocol);
  CHECK(config.error().message.find("openid-configuration") != std::string::npos);
  CHECK(config.error().message.find("oauth-authorization-server") != std::string::npos);
  CHECK(http.asked.size() == 2);
}

TEST_CASE("a value that is configured wins over a discovered one, and an empty one does not") {
  FakeHttp http;
  http.answers[kOpenid] = {200, metadata().dump()};
  Profile profile = oidc();
  profile.client.client_id = "mine";
  profile.client.token_endpoint = "https://other.example.com/token";
  profile.client.scopes = {"openid"};
  auto config = resolve(profile, http);
  REQUIRE(config.ok());
  CHECK(config->client_id == "mine");
  CHECK(config->token_endpoint == "https://other.example.com/token");
  CHECK(config->scopes == std::vector<std::string>{"openid"});
  CHECK(config->device_authorization_endpoint == "https://idp.example.com/device");
}

TEST_CASE("no request is made without discovery, or when everything is configured") {
  FakeHttp http;
  Profile profile;
  profile.issuer = "https://idp.example.com";
  profile.client.token_endpoint = "https://idp.example.com/token";
  auto config = resolve(profile, http);
  REQUIRE(config.ok());
  CHECK(config->issuer == "https://idp.example.com");
  CHECK(config->header_key == "authorization");
  profile.discovery = Discovery::oidc;
  profile.client.client_id = "mine";
  for (const auto field : {&ClientConfig::authorization_endpoint, &ClientConfig::device_authorization_endpoint,
                           &ClientConfig::revocation_endpoint}) {
    profile.client.*field = "https://idp.example.com/x";
  }
  CHECK(resolve(profile, http).ok());
  CHECK(http.asked.empty());
}

TEST_CASE("a Flyte server of today is asked over Connect, in two requests") {
  FakeHttp http;
  http.answers[kToday + "GetOAuth2Metadata"] = kFlyteMetadata;
  http.answers[kToday + "GetPublicClientConfig"] = kClient;
  auto config = resolve(flyte(), http);
  REQUIRE(config.ok());
  CHECK(config->token_endpoint == "https://idp.example.com/token");
  CHECK(config->device_authorization_endpoint.empty());
  CHECK(config->client_id == "flytectl");
  CHECK(config->redirect_uri == "http://localhost:53593/callback");
  CHECK(config->scopes == std::vector<std::string>{"all", "offline"});
  CHECK(config->header_key == "flyte-authorization");
  CHECK(config->audience == "https://flyte");
  CHECK(http.asked.size() == 2);
}

TEST_CASE("a Flyte server without GetOAuth2Metadata has its well-known document read") {
  FakeHttp http;
  http.answers[kToday + "GetOAuth2Metadata"] = kUnimplemented;
  http.answers[kToday + "GetPublicClientConfig"] = kClient;
  http.answers[kWellKnown] = {200, metadata().dump()};
  auto config = resolve(flyte(), http);
  REQUIRE(config.ok());
  CHECK(config->token_endpoint == "https://idp.example.com/token");
  CHECK(config->client_id == "flytectl");
  CHECK(http.asked.size() == 3);
}

TEST_CASE("an older Flyte server is asked in the older package, in four requests at most") {
  FakeHttp http;
  http.answers[kOlder + "GetOAuth2Metadata"] = {200, R"({"token_endpoint":"https://idp.example.com/token"})"};
  http.answers[kOlder + "GetPublicClientConfig"] = {200, R"({"client_id":"flytectl","authorization_metadata_key":""})"};
  auto config = resolve(flyte(), http);
  REQUIRE(config.ok());
  CHECK(config->token_endpoint == "https://idp.example.com/token");
  CHECK(config->client_id == "flytectl");
  CHECK(config->header_key == "authorization");
  CHECK(http.asked.size() == 4);
  FakeHttp mixed;
  mixed.answers[kWellKnown] = {200, metadata().dump()};
  mixed.answers[kOlder + "GetPublicClientConfig"] = kClient;
  REQUIRE(resolve(flyte(), mixed).ok());
  CHECK(mixed.asked.size() == 4);
}

TEST_CASE("a Flyte server that says nothing is protocol, unless the token endpoint is configured") {
  FakeHttp http;
  CHECK(resolve(flyte(), http).status() == Status::protocol);
  CHECK(http.asked.size() == 4);
  Profile profile = flyte();
  profile.client.token_endpoint = "https://idp.example.com/token";
  CHECK(resolve(profile, http).ok());
}

TEST_CASE("a local config does not reset a Flyte server's header key") {
  FakeHttp http;
  http.answers[kToday + "GetOAuth2Metadata"] = kFlyteMetadata;
  http.answers[kToday + "GetPublicClientConfig"] = kClient;
  Profile profile = flyte();
  profile.client.client_id = "mine";
  auto config = resolve(profile, http);
  REQUIRE(config.ok());
  CHECK(config->client_id == "mine");
  CHECK(config->header_key == "flyte-authorization");
  profile.client.header_key = "X-Token";
  CHECK(resolve(profile, http)->header_key == "x-token");
}

TEST_CASE("a header key that is no header name is refused") {
  FakeHttp http;
  http.answers[kToday + "GetOAuth2Metadata"] = kFlyteMetadata;
  for (const auto* key : {"te", "host", "grpc-timeout", "token-bin", "X-Request-Id", "proxy-authorization", "a b", "x:y", "x\\r\\nEvil", ":path", "é"}) {
    http.answers[kToday + "GetPublicClientConfig"] = {200,
                                                      std::string(R"({"authorizationMetadataKey":")") + key + "\"}"};
    CHECK(resolve(flyte(), http).status() == Status::protocol);
  }
}

TEST_CASE("O12 a Flyte server's metadata has the configured issuer, where one is configured") {
  FakeHttp http;
  http.answers[kToday + "GetOAuth2Metadata"] = kFlyteMetadata;
  Profile profile = flyte();
  profile.issuer = "https://other.example.com";
  CHECK(resolve(profile, http).status() == Status::protocol);
  profile.issuer = "https://idp.example.com";
  CHECK(resolve(profile, http).ok());
}

TEST_CASE("O12 a Flyte server cannot move the endpoints of the issuer that is configured") {
  FakeHttp http;
  Profile profile = flyte();
  profile.issuer = "https://idp.example.com";
  http.answers[kToday + "GetOAuth2Metadata"] = {
      200, R"({"issuer":"https://idp.example.com","tokenEndpoint":"https://evil.example.com/token"})"};
  auto moved = resolve(profile, http);
  CHECK(moved.status() == Status::protocol);
  CHECK(moved.error().message.find("moves the token_endpoint") != std::string::npos);
  // What the issuer says itself goes before the service's word.
  http.answers["GET https://idp.example.com/.well-known/openid-configuration"] = {
      200, R"({"issuer":"https://idp.example.com","token_endpoint":"https://idp.example.com/own"})"};
  const auto own = resolve(profile, http);
  REQUIRE(own.ok());
  CHECK(own->token_endpoint == "https://idp.example.com/own");
}

TEST_CASE("O13 an insecure endpoint is asked in plaintext, its OAuth endpoints are not") {
  const std::string answer =
      http_answer(200, "application/json", R"({"tokenEndpoint":"http://idp.example.com/token"})");
  const ScriptedServer server(answer);
  Profile profile = flyte(server.authority());
  profile.insecure = true;
  const auto http = make_http({});
  CHECK(resolve(profile, *http).status() == Status::protocol);
  const SeenRequest seen = server.requests().at(0);
  CHECK(seen.line() == "POST /flyteidl2.auth.AuthMetadataService/GetOAuth2Metadata HTTP/1.1");
  CHECK(seen.header("content-type") == "application/json");
  CHECK(seen.header("connect-protocol-version") == "1");
  CHECK(seen.body == "{}");
  FakeHttp secure;
  CHECK_FALSE(resolve(flyte(), secure).ok());
  CHECK(std::count(secure.plaintext.begin(), secure.plaintext.end(), true) == 0);
}

TEST_CASE("O13 an OAuth endpoint on loopback needs allow_insecure_http, and the hint says so") {
  FakeHttp http;
  http.answers["POST http://localhost:8080/flyteidl2.auth.AuthMetadataService/GetOAuth2Metadata"] = {
      200, R"({"tokenEndpoint":"http://localhost:8080/oauth2/token"})"};
  Profile profile = flyte("localhost:8080");
  profile.insecure = true;
  auto config = resolve(profile, http);
  REQUIRE(config.status() == Status::invalid_config);
  CHECK(config.error().hint.find("allow_insecure_http") != std::string::npos);
  profile.allow_insecure_http = true;
  CHECK(resolve(profile, http).ok());
}
