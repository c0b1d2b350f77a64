#include "core/discovery/identity.hpp"

#include "core/discovery/document.hpp"
#include "core/services/crypto.hpp"
#include "core/services/http_url.hpp"
#include "core/services/json.hpp"
#include "core/services/redact.hpp"

#include <fmt/format.h>

namespace authhost {
namespace {

using nlohmann::json;

constexpr std::string_view kServices[] = {"flyteidl2.auth.IdentityService", "flyteidl.service.IdentityService"};

// "preferred_username" of "preferredUsername": proto3 JSON has both.
std::string snake_case(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') out.append(1, '_').append(1, static_cast<char>(c - 'A' + 'a'));
    else out += c;
  }
  return out;
}

// UserInfoResponse as claims. What proto3 leaves empty was not said.
json claims_of(const json& message) {
  json claims = json::object();
  for (const auto& [key, value] : message.items()) {
    const std::string name = snake_case(key);
    if (name == "additional_claims" || value.is_null() || value == "") continue;
    claims[name == "subject" ? "sub" : name] = value;
  }
  for (const char* name : {"additionalClaims", "additional_claims"}) {
    if (const auto more = message.find(name); more != message.end() && more->is_object()) {
      for (const auto& [key, value] : more->items()) claims.emplace(key, value);  // never over what the service itself says
    }
  }
  return claims;
}

Result<json> parse_object(const std::string& where, std::string_view text) {
  auto parsed = parse_json(text);
  if (!parsed) return std::move(parsed).error().in(where);
  if (!parsed->is_object()) return Error{Status::protocol, where + ": the answer is not a JSON object", ""};
  return parsed;
}

}  // namespace

Result<IdentityAnswer> ask_identity_service(FlyteRpc& rpc, const Secret& token, std::string_view header_key, const Call& call) {
  for (const std::string_view service : kServices) {
    FlyteRequest request;
    request.service = service;
    request.procedure = "UserInfo";
    request.token = &token;
    request.header_key = header_key;
    AUTHHOST_TRY(answer, rpc.call(request, call));
    if (answer.kind == FlyteAnswer::Kind::unimplemented) continue;
    if (answer.kind == FlyteAnswer::Kind::unauthenticated) {
      return IdentityAnswer{IdentityAnswer::Kind::rejected, std::move(answer.text)};
    }
    AUTHHOST_TRY(message, parse_object(fmt::format("{}/{}/UserInfo", rpc.address(), service), answer.text));
    const json claims = claims_of(message);
    if (claims.empty()) break;  // what such a server says to somebody whom it does not know
    return IdentityAnswer{IdentityAnswer::Kind::claims, claims.dump()};
  }
  return IdentityAnswer{};
}

Result<IdentityAnswer> ask_userinfo(Http& http, const std::string& url, const Secret& token, const Call& call) {
  HttpRequest request;
  request.url = url;
  request.headers = {{"Accept", "application/json"}, {"Authorization", fmt::format("Bearer {}", token.reveal())}};
  auto sent = http.send(request, call);
  wipe(request.headers.back().value);
  if (!sent) return std::move(sent).error();
  const auto parsed = parse_http_url("the URL", url);
  const std::string where = parsed ? parsed->shown : "the userinfo endpoint";
  if (sent->status == 401) {  // RFC 6750, section 3.1
    return IdentityAnswer{IdentityAnswer::Kind::rejected, safe_text(sent->header("www-authenticate"), 200)};
  }
  if (sent->status == 403) {
    return Error{Status::denied, where + " does not answer this token (403)", "add \"openid\" to the profile's scopes and log in again"};
  }
  AUTHHOST_TRY(body, discovery::json_body(where, *sent));
  if (!body) return IdentityAnswer{};
  AUTHHOST_TRY(claims, parse_object(where, *body));
  return IdentityAnswer{IdentityAnswer::Kind::claims, claims.dump()};
}

IdentityAnswer read_id_token(const Secret& id_token) {
  const std::string_view text = id_token.reveal();
  const auto first = text.find('.');
  const auto second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos) return {};
  const auto payload = crypto::base64_decode(text.substr(first + 1, second - first - 1), crypto::Alphabet::url_unpadded);
  if (!payload) return {};
  const auto claims = parse_json(payload->reveal());
  if (!claims || !claims->is_object()) return {};
  return {IdentityAnswer::Kind::claims, claims->dump()};
}

std::string subject_of(std::string_view claims) {
  const auto parsed = parse_json(claims);
  if (!parsed || !parsed->is_object()) return "";
  const auto subject = parsed->find("sub");
  return subject != parsed->end() && subject->is_string() ? subject->get<std::string>() : "";
}

}  // namespace authhost
