#include "conform/provider.hpp"

#include "testing/fake_call.hpp"

#include <nlohmann/json.hpp>

namespace authhost::conform {

using nlohmann::json;

HttpResponse http_answer(int status, std::string_view body, std::string_view content_type) {
  HttpResponse out;
  out.status = status;
  out.headers = {{"content-type", std::string(content_type)}};
  out.body = Secret(body);
  return out;
}

// `token` and `ttl` for those who speak no OAuth.
std::string Provider::tokens() {
  const std::string number = std::to_string(++issued_);
  const std::string access_token = "conform-access-" + tag_ + "-" + number;
  json out = {{"access_token", access_token}, {"token_type", "Bearer"}, {"expires_in", 3600}, {"token", access_token}, {"ttl", 3600}};
  if (gives_refresh_tokens) out["refresh_token"] = "conform-refresh-" + tag_ + "-" + number;
  return out.dump();
}

HttpResponse Provider::answer(const HttpRequest& request) {
  auto form = testing::decode_form(request.body.reveal(), nullptr);
  const auto& grant = form["grant_type"];
  if (request.url.find("revo") != std::string::npos) return http_answer(200, "{}");
  if (grant.empty() && request.url.find("device") != std::string::npos) {
    const json device = {{"device_code", "conform-device-" + tag_}, {"user_code", "WDJB-MJHT"},
                         {"verification_uri", "https://idp.conform.example/device"}, {"interval", 1}, {"expires_in", 600}};
    return http_answer(200, device.dump());
  }
  if (grant.find("device_code") != std::string::npos) {
    if (++polls_ % 2 == 1) return http_answer(400, R"({"error":"authorization_pending"})");  // the person is still typing
    if (!person_agrees) return http_answer(400, R"({"error":"access_denied"})");
  }
  return http_answer(200, tokens());
}

}  // namespace authhost::conform
