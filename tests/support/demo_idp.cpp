#include "demo_idp.hpp"

namespace authhost::test {

Idp::Idp(std::vector<std::string> command)
    : SteeredServer(std::move(command)),
      issuer_(first_line()["issuer"].get<std::string>()),
      port_(first_line()["port"].get<int>()) {
  steer_at(issuer_.substr(0, issuer_.find('/', issuer_.find("//") + 2)));
}

DemoIdp::DemoIdp(std::vector<std::string> flags)
    : Idp([&flags] {
        flags.insert(flags.begin(), AUTHHOST_BUILD_DIR "/tests/authhost-demo-idp");
        return flags;
      }()) {}

long DemoIdp::api_status(std::string_view access_token) const {
  return http_get(url("/api"), {"Authorization: Bearer " + std::string(access_token)}).status;
}

CertifiedIdp::CertifiedIdp() : Idp({"node", AUTHHOST_SOURCE_DIR "/tests/support/idp/server.mjs"}) {}

long CertifiedIdp::userinfo_status(std::string_view access_token) const {
  return http_get(url("/userinfo"), {"Authorization: Bearer " + std::string(access_token)}).status;
}

}  // namespace authhost::test
