#include "core/config/endpoint.hpp"

#include <catch2/catch.hpp>

using authhost::Status;
using authhost::config::parse_endpoint;
using authhost::config::parse_proxy;

TEST_CASE("an endpoint's gRPC target and keyring name follow the table of interoperability") {
  struct Row {
    const char* text;
    const char* target;
    const char* service;
  };
  for (const Row& row :
       {Row{"dns:///foo.com:8090", "dns:///foo.com:8090", "foo.com:8090"}, Row{"foo.com", "dns:///foo.com", "foo.com"},
        Row{"foo.com:443", "dns:///foo.com:443", "foo.com:443"}, Row{"https://foo.com/", "dns:///foo.com", "foo.com"},
        Row{"https://foo.com/blah", "dns:///foo.com", "foo.com/blah"},
        Row{"https://foo.com:8443/blah/", "dns:///foo.com:8443", "foo.com:8443/blah"},
        Row{"HTTPS://foo.com", "dns:///foo.com", "foo.com"},
        Row{"dns://8.8.8.8/foo.com", "dns://8.8.8.8/foo.com", "foo.com"},
        Row{"dns:foo.com:80", "dns:///foo.com:80", "foo.com:80"},
        Row{"localhost:8080", "dns:///localhost:8080", "localhost:8080"},
        Row{"[::1]:8080", "dns:///[::1]:8080", "[::1]:8080"},
        Row{"unix:/run/flyte.sock", "unix:/run/flyte.sock", "unix:/run/flyte.sock"},
        Row{"ipv4:10.0.0.1:80", "ipv4:10.0.0.1:80", "ipv4:10.0.0.1:80"},
        Row{"ipv6:[::1]:80", "ipv6:[::1]:80", "ipv6:[::1]:80"}, Row{"xds:///flyte", "xds:///flyte", "xds:///flyte"}}) {
    INFO(row.text);
    const auto endpoint = parse_endpoint(row.text, false);
    REQUIRE(endpoint.ok());
    CHECK(endpoint->target == row.target);
    CHECK(endpoint->service == row.service);
    CHECK(endpoint->secure);
  }
}

TEST_CASE("an endpoint has port 443 unless it says another, and says where HTTP reaches it") {
  CHECK(parse_endpoint("foo.com", false)->port == 443);
  CHECK(parse_endpoint("foo.com:8090", false)->port == 8090);
  CHECK(parse_endpoint("https://foo.com:8443/x", false)->authority == "foo.com:8443");
  CHECK(parse_endpoint("[::1]:8080", true)->host == "::1");
  CHECK(parse_endpoint("dns://8.8.8.8/foo.com:99", false)->authority == "foo.com:99");
  CHECK(parse_endpoint("unix:/run/x", false)->authority.empty());
}

TEST_CASE("an http:// endpoint without insecure is refused with a sentence that says so") {
  const auto refused = parse_endpoint("http://foo.com", false);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.status() == Status::invalid_config);
  CHECK(refused.error().message.find("http://") != std::string::npos);
  CHECK(refused.error().hint.find("insecure = true") != std::string::npos);

  const auto plain = parse_endpoint("http://localhost", true);
  REQUIRE(plain.ok());
  CHECK(plain->target == "dns:///localhost:80");
  CHECK(plain->service == "localhost");
  CHECK_FALSE(plain->secure);
  CHECK_FALSE(parse_endpoint("localhost:8080", true)->secure);
}

TEST_CASE("https:// together with insecure is a contradiction, not a silent downgrade") {
  CHECK(parse_endpoint("https://foo.com", true).status() == Status::invalid_config);
}

TEST_CASE("what is no endpoint is refused") {
  for (const char* text : {"",
                           " ",
                           "foo.com ",
                           "foo com",
                           "foo.com:",
                           "foo.com:0",
                           "foo.com:65536",
                           "foo.com:http",
                           "foo.com:8080:1",
                           "::1",
                           "[::1",
                           "[x]:1",
                           "[::1]8080",
                           "ftp://foo.com",
                           "file:///etc/passwd",
                           "https://",
                           "https:///x",
                           "https://user@foo.com",
                           "https://user:pw@foo.com",
                           "foo.com@evil.com",
                           "https://foo.com?x=1",
                           "https://foo.com/#x",
                           "foo.com/path",
                           "dns://8.8.8.8",
                           "dns:///",
                           "unix:",
                           "foo\n.com",
                           "-foo.com",
                           ".foo.com",
                           "foo..com",
                           "föö.com",
                           "a\x7f.com"}) {
    INFO(text);
    const auto endpoint = parse_endpoint(text, false);
    REQUIRE_FALSE(endpoint.ok());
    CHECK(endpoint.status() == Status::invalid_config);
    CHECK_FALSE(endpoint.error().hint.empty());
  }
  CHECK_FALSE(parse_endpoint(std::string(3000, 'a'), false).ok());
}

TEST_CASE("schemes in capitals reach gRPC in small letters, the only ones that it knows") {
  CHECK(parse_endpoint("DNS:///Foo.com:1", false)->target == "dns:///Foo.com:1");
  CHECK(parse_endpoint("UNIX:/run/Socket", true)->target == "unix:/run/Socket");
  CHECK(parse_endpoint("IPv4:127.0.0.1:1", true)->target == "ipv4:127.0.0.1:1");
}

TEST_CASE("a proxy is http://host:port, for HTTP and gRPC alike") {
  CHECK(*parse_proxy("http://proxy:3128") == "http://proxy:3128");
  CHECK(*parse_proxy("HTTP://proxy:3128/") == "http://proxy:3128");
  CHECK(*parse_proxy("proxy:3128") == "http://proxy:3128");
  CHECK(*parse_proxy("[::1]:3128") == "http://[::1]:3128");
  CHECK(*parse_proxy("http://user:p%25ss@proxy:3128") == "http://user:p%25ss@proxy:3128");
  for (const char* text : {"", "proxy", "http://", "http://proxy", "https://proxy:3128", "socks5://proxy:1080", "ftp://proxy:21",
                           "http://proxy:0", "http://proxy:3128/path", "http://c4n4ry@", "http://u:c4n4ry@ho st:1", "http://u:c4n4ry@host", "http://u:c4n4ry%40@host:1", "http://u@c4n4ry@host:1"}) {
    INFO(text);
    const auto proxy = parse_proxy(text);
    REQUIRE_FALSE(proxy.ok());
    CHECK(proxy.status() == Status::invalid_config);
    CHECK(proxy.error().message.find("c4n4ry") == std::string::npos);
    CHECK_FALSE(proxy.error().hint.empty());
  }
}
