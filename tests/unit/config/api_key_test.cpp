#include "core/config/api_key.hpp"

#include <sodium.h>
#include <catch2/catch.hpp>

#include <string>
#include <vector>

using authhost::Status;
using authhost::config::decode_api_key;

namespace {

std::string base64(const std::string& text, int variant = sodium_base64_VARIANT_ORIGINAL) {
  std::vector<char> out(sodium_base64_encoded_len(text.size(), variant));
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(), variant);
  return out.data();
}

}  // namespace

TEST_CASE("an API key is endpoint, client id, client secret and organisation") {
  const auto key = decode_api_key(base64("flyte.example.com:my-client:s3cret:my-org"));
  REQUIRE(key.ok());
  CHECK(key->endpoint == "flyte.example.com");
  CHECK(key->client_id == "my-client");
  CHECK(key->client_secret.reveal() == "s3cret");
  CHECK(key->org == "my-org");
}

TEST_CASE("an API key's empty organisation, or None, means none") {
  CHECK(decode_api_key(base64("foo.com:id:secret:"))->org.empty());
  CHECK(decode_api_key(base64("foo.com:id:secret:None"))->org.empty());
}

TEST_CASE("an API key's endpoint is read by its own grammar: scheme and port are no separators") {
  for (const char* endpoint :
       {"dns:///foo.com", "dns:///foo.com:8090", "foo.com:8090", "https://foo.com", "https://foo.com:8443",
        "https://foo.com:8443/path", "http://localhost:30080", "[::1]:8080", "[::1]", "dns://8.8.8.8:53/foo.com",
        "dns:///[::1]:80", "unix:/run/flyte.sock", "unix:///run/flyte.sock", "ipv4:10.0.0.1:80", "xds:///flyte"}) {
    INFO(endpoint);
    const auto key = decode_api_key(base64(std::string(endpoint) + ":id:secret:org"));
    REQUIRE(key.ok());
    CHECK(key->endpoint == endpoint);
    CHECK(key->client_id == "id");
    CHECK(key->client_secret.reveal() == "secret");
    CHECK(key->org == "org");
  }
}

TEST_CASE("an API key whose client id is a number decodes as the reference does: four parts are four parts") {
  const auto key = decode_api_key(base64("foo.com:8090:secret:org"));
  REQUIRE(key.ok());
  CHECK(key->endpoint == "foo.com");
  CHECK(key->client_id == "8090");
}

TEST_CASE("an API key may have blanks around it, and may lack its padding") {
  const std::string key = base64("foo.com:id:secret:o");
  REQUIRE(key.back() == '=');
  CHECK(decode_api_key(" " + key + "\n").ok());
  CHECK(decode_api_key(base64("foo.com:id:secret:o", sodium_base64_VARIANT_ORIGINAL_NO_PADDING)).ok());
}

TEST_CASE("O73 an API key that is not usable is refused, and no part of it is shown") {
  const std::string canary = "c4n4ry";
  for (const std::string& key :
       {std::string(), std::string("  "), canary + "!", std::string("====") + canary, base64(canary),
        base64("foo.com:" + canary), base64("foo.com:id:" + canary), base64("foo.com:id:" + canary + ":org:more"),
        base64(":id:" + canary + ":org"), base64("foo.com::" + canary + ":org"), base64("foo.com:" + canary + "::org"),
        base64("foo com:id:" + canary + ":org"), base64("foo.com:id:" + canary + "\xff:org"),
        base64("foo.com:id:\xc0\xaf" + canary + ":org"), base64("foo.com:id:" + canary + "\n:org"),
        base64(std::string("foo.com:id:\0", 12) + canary + ":org"), base64("[::1:id:" + canary + ":org"), base64(":::"),
        std::string(1 << 20, 'A')}) {
    INFO(key.substr(0, 60));
    const auto decoded = decode_api_key(key);
    REQUIRE_FALSE(decoded.ok());
    CHECK(decoded.status() == Status::invalid_config);
    CHECK_FALSE(decoded.error().hint.empty());
    const std::string said = decoded.error().message + decoded.error().hint;
    CHECK(said.find(canary) == std::string::npos);
    if (key.size() > 8) CHECK(said.find(key.substr(0, 8)) == std::string::npos);
  }
}
