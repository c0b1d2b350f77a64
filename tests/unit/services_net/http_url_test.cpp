#include "core/services/http_url.hpp"
#include "core/services/http.hpp"

#include <catch2/catch.hpp>

using namespace authhost;

namespace {

Status strict(std::string_view url) { return check_oauth_url("token_endpoint", url, false).status(); }
Status local(std::string_view url) { return check_oauth_url("token_endpoint", url, true).status(); }

}  // namespace

TEST_CASE("O13 https is accepted everywhere") {
  for (const auto* url :
       {"https://idp.example.com/token", "HTTPS://IDP.example.com/token", "https://idp.example.com:8443/t?x=1",
        "https://[2001:db8::1]/token", "https://localhost/token", "https://xn--bcher-kva.example/token",
        "https://idp.example.com"}) {
    INFO(url);
    CHECK(strict(url) == Status::ok);
  }
}

TEST_CASE("O13 http is accepted on loopback only, and only with the key") {
  for (const auto* url : {"http://127.0.0.1:8080/token", "http://127.1.2.3/", "http://[::1]:9000/token",
                          "http://localhost:80/x", "http://LOCALHOST/", "http://[0:0:0:0:0:0:0:1]/"}) {
    INFO(url);
    CHECK(local(url) == Status::ok);
    CHECK(strict(url) == Status::invalid_config);
  }
}

TEST_CASE("O13 hosts that only look like loopback are refused") {
  for (const auto* url : {"http://2130706433/",
                          "http://0x7f.1/",
                          "http://0x7f000001/",
                          "http://017700000001/",
                          "http://127.1/",
                          "http://0/",
                          "http://127.0.0.1.evil.example/",
                          "http://localhost.evil.example/",
                          "http://localhost./",
                          "http://127.0.0.1./",
                          "http://localhost%2eevil.example/",
                          "http://[::ffff:127.0.0.1]/",
                          "http://[::]/",
                          "http://[::1%25lo]/",
                          "http://0.0.0.0/",
                          "http://10.0.0.1/",
                          "http://128.0.0.1/",
                          "http://127.0.0.01/",
                          "http://evil.example/127.0.0.1",
                          "http://evil.example#127.0.0.1",
                          "http://127.0.0.1\\@evil.example/",
                          "http://127.0.0.1@evil.example/",
                          "http://１２７.0.0.1/"}) {
    INFO(url);
    CHECK(local(url) == Status::invalid_config);
  }
}

TEST_CASE("O13 other schemes, userinfo, empty hosts and odd characters are refused") {
  for (const auto* url : {"",
                          "idp.example.com/token",
                          "//idp.example.com/token",
                          "file:///etc/passwd",
                          "ftp://idp.example.com/",
                          "javascript:alert(1)",
                          "https:",
                          "https:/idp.example.com",
                          "https://",
                          "https:///token",
                          "https://:443/token",
                          "https://user@idp.example.com/",
                          "https://user:pw@idp.example.com/",
                          "https://@idp.example.com/",
                          "https://idp.example.com/\r\nX: y",
                          "https://idp.example.com/a b",
                          " https://idp.example.com/",
                          "https://idp.example.com\\evil/",
                          "https://idp.exam%70le.com/",
                          "https://bücher.example/",
                          "https://idp.example.com/#frag",
                          "https://idp.example.com:99999/",
                          "https://idp.example.com:0/",
                          "https://idp.example.com:x/",
                          "https://[::1/",
                          "https://a,b/",
                          "data:text/html,x",
                          "https+x://h/"}) {
    INFO(url);
    CHECK(strict(url) == Status::invalid_config);
    CHECK(local(url) == Status::invalid_config);
  }
}

TEST_CASE("O13 the error names the setting and does not repeat the URL") {
  auto refused = check_oauth_url("token_endpoint", "https://user:CANARY@idp.example.com/", true);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("token_endpoint") == 0);
  CHECK(refused.error().message.find("CANARY") == std::string::npos);
  CHECK_FALSE(refused.error().hint.empty());
}

TEST_CASE("a URL is shown without its query and with its port only where that says something") {
  CHECK(parse_http_url("u", "https://IDP.example.com:443/a/b?code=CANARY")->shown == "https://idp.example.com/a/b");
  CHECK(parse_http_url("u", "https://idp.example.com:8443?x=1")->shown == "https://idp.example.com:8443/");
  CHECK(parse_http_url("u", "http://[::1]:80/")->origin == "http://[::1]");
}
