#include "core/services/redirect_uri.hpp"

#include <catch2/catch.hpp>

using namespace authhost;

TEST_CASE("O18 a redirect URI points to this machine over http, or is refused") {
  for (const char* text : {"", "https://127.0.0.1/cb", "http://", "http:///cb", "http://127.0.0.1.example.com/cb", "http://localhost.example.com/cb",
                           "http://localhostx/cb", "http://user@127.0.0.1/cb", "http://127.0.0.1@evil.example/cb", "http://127.0.0.1:80@evil.example/cb",
                           "http://127.0.0.1/cb#f", "http://127.0.0.1:99999/cb", "http://127.0.0.1:-1/cb", "http://127.0.0.1:8x/cb", "http://0.0.0.0/cb",
                           "http://127.1/cb", "http://[::1/cb", "http://[::]/cb", "http://127.0.0.1\\@evil.example/cb", "http://127.0.0.1/c b", "http://127.0.0.1/\n",
                           "urn:ietf:wg:oauth:2.0:oob", "com.example.app:/cb", "file:///cb"}) {
    INFO(text);
    const auto uri = parse_redirect_uri(text);
    REQUIRE(uri.status() == Status::invalid_config);
    CHECK(uri.error().message.find("redirect_uri") == 0);
    CHECK(!uri.error().hint.empty());
  }
}

TEST_CASE("O39 a redirect URI with a port is sent as it was written") {
  for (const char* text : {"http://127.0.0.1:8080/cb", "http://[::1]:1/", "http://localhost:65535", "http://localhost:80/a/b?c=d", "http://127.0.0.1:9?x"}) {
    INFO(text);
    const auto uri = parse_redirect_uri(text);
    REQUIRE(uri.ok());
    CHECK(uri->text() == text);
  }
  CHECK(parse_redirect_uri("http://127.0.0.1:9?x")->path == "/");
  CHECK(parse_redirect_uri("http://localhost/a?b")->path == "/a");
  CHECK(parse_redirect_uri("http://localhost/a?b")->port == 0);
}

TEST_CASE("O25 a query is read strictly") {
  const auto parameters = parse_query("a=1&b=%41%2b+x&c&&d=");
  REQUIRE(parameters);
  CHECK(*parameters == std::map<std::string, std::string>{{"a", "1"}, {"b", "A+ x"}, {"c", ""}, {"d", ""}});
  CHECK(!parse_query("a=1&a=1"));
  CHECK(!parse_query("a=1&%61=2"));
  CHECK(!parse_query("a=%4"));
  CHECK(!parse_query("a=%g0"));
  CHECK(parse_query("")->empty());
}
