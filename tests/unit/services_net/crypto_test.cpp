#include "core/services/crypto.hpp"

#include <catch2/catch.hpp>

using namespace authhost;
using crypto::Alphabet;

namespace {

std::string encode(std::string_view text, Alphabet alphabet) {
  return std::string(crypto::base64_encode(text, alphabet).reveal());
}

}  // namespace

TEST_CASE("the id of a token is its MD5 in lower-case hex, and empty for none") {
  CHECK(crypto::md5_hex("my_custom_access_token_from_command") == "699d5ea47e2c6455de798ecc707562b7");
  CHECK(crypto::md5_hex("").empty());
}

TEST_CASE("SHA-256 gives the PKCE challenge of RFC 7636, appendix B") {
  const auto digest = crypto::sha256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  const std::string_view bytes(reinterpret_cast<const char*>(digest.data()), digest.size());
  CHECK(encode(bytes, Alphabet::url_unpadded) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  const auto empty = crypto::sha256("");
  CHECK(crypto::hex(empty.data(), empty.size()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("base64 gives the vectors of RFC 4648, section 10, and reads them back") {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"},
                                                         {"\xFB\xFF\xBF", "+/+/"}};
  for (const auto& [plain, standard] : vectors) {
    std::string url = standard.substr(0, standard.find('='));
    for (char& c : url) c = c == '+' ? '-' : c == '/' ? '_' : c;
    CHECK(encode(plain, Alphabet::standard) == standard);
    CHECK(encode(plain, Alphabet::url_unpadded) == url);
    CHECK(crypto::base64_decode(standard, Alphabet::standard)->reveal() == plain);
    CHECK(crypto::base64_decode(url, Alphabet::url_unpadded)->reveal() == plain);
  }
}

TEST_CASE("base64 of every length survives the round trip") {
  std::string text;
  for (int i = 0; i < 300; ++i) {
    for (const Alphabet alphabet : {Alphabet::standard, Alphabet::url_unpadded}) {
      CHECK(crypto::base64_decode(encode(text, alphabet), alphabet)->reveal() == text);
    }
    text += static_cast<char>(i * 37);
  }
}

TEST_CASE("base64 that is not exactly so is refused") {
  for (const auto* text : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z", "Zm9v=", "====", "=", "Zg==Zg==", "Zm9v\n",
                           " Zm9v", "Zm 9", "-_-_", "Zm9\xC3"}) {
    INFO(text);
    CHECK(crypto::base64_decode(text, Alphabet::standard).status() == Status::protocol);
  }
  for (const auto* text : {"Zg==", "Zh", "Zm9", "Z", "+/+/", "Zm9v\n"}) {
    INFO(text);
    CHECK(crypto::base64_decode(text, Alphabet::url_unpadded).status() == Status::protocol);
  }
  CHECK(crypto::base64_decode(std::string_view("Zm9\0", 4), Alphabet::standard).status() == Status::protocol);
}

TEST_CASE("random bytes differ from one call to the next") {
  std::array<char, 32> a{};
  std::array<char, 32> b{};
  REQUIRE(crypto::random(a.data(), a.size()).ok());
  REQUIRE(crypto::random(b.data(), b.size()).ok());
  CHECK(a != b);
}

TEST_CASE("O5 comparison is exact") {
  CHECK(crypto::equal("", ""));
  CHECK(crypto::equal("state", "state"));
  CHECK_FALSE(crypto::equal("state", "stat"));
  CHECK_FALSE(crypto::equal("state", "State"));
  CHECK_FALSE(crypto::equal("state", "statee"));
}
