// DemoIdp, CertifiedIdp: an identity provider as a process of this test. demo_idp/README.md and idp/server.mjs say what they
// can be told.
#pragma once

#include "child.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace authhost::test {

struct HttpAnswer {
  long status = 0;  // 0: no answer
  std::string body;
  std::string location;
};
// For steering and for playing the person; follows no redirect, verifies no certificate.
HttpAnswer http_get(const std::string& url, const std::vector<std::string>& headers = {});
HttpAnswer http_post(const std::string& url, std::string_view body,
                     std::string_view content_type = "application/x-www-form-urlencoded");

class Idp {
 public:
  using Json = nlohmann::json;

  [[nodiscard]] const std::string& issuer() const { return issuer_; }
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url(std::string_view path) const { return root_ + std::string(path); }

  void control(const Json& settings) const;  // throws if the provider does not accept it
  void reset() const;
  void clear_log() const;

  [[nodiscard]] Json log() const;
  // The requests to one path, as "/token"; all of them answered or not.
  [[nodiscard]] Json log(std::string_view path) const;
  [[nodiscard]] std::size_t count(std::string_view path) const { return log(path).size(); }
  // Waits until so many requests to `path` have come (`answered`: and were answered); false after 20 s.
  [[nodiscard]] bool wait_for(std::string_view path, int wanted, bool answered = false) const;

  // What the person does on the device page.
  void approve(std::string_view user_code = "*") const { control({{"approve", user_code}}); }
  void deny(std::string_view user_code = "*") const { control({{"deny", user_code}}); }

  // Its port is closed afterwards.
  void stop();

 protected:
  explicit Idp(std::vector<std::string> command);

 private:
  std::unique_ptr<Child> process_;
  std::string issuer_;
  std::string root_;
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
