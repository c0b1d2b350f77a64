// DemoIdp, CertifiedIdp: an identity provider as a process of this test. demo_idp/README.md and idp/server.mjs say what
// they can be told.
#pragma once

#include "steered_server.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace authhost::test {

class Idp : public SteeredServer {
 public:
  [[nodiscard]] const std::string& issuer() const { return issuer_; }
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url(std::string_view path) const { return root() + std::string(path); }

  // What the person does on the device page.
  void approve(std::string_view user_code = "*") const { control({{"approve", user_code}}); }
  void deny(std::string_view user_code = "*") const { control({{"deny", user_code}}); }

 protected:
  explicit Idp(std::vector<std::string> command);

 private:
  std::string issuer_;
  int port_ = 0;
};

class DemoIdp : public Idp {
 public:
  explicit DemoIdp(std::vector<std::string> flags = {});
  // The status of the protected resource for this access token.
  [[nodiscard]] long api_status(std::string_view access_token) const;
};

// npm's oidc-provider, which knows nothing of this project. Needs Node and `npm ci` in support/idp.
class CertifiedIdp : public Idp {
 public:
  CertifiedIdp();
  // As /userinfo answers, which takes access tokens only.
  [[nodiscard]] long userinfo_status(std::string_view access_token) const;
};

}  // namespace authhost::test
