#include "cli/person.hpp"

#include "core/services/crypto.hpp"

#include <catch2/catch.hpp>

using namespace authhost;

namespace {

std::string token(std::string_view claims) {
  return "e30." + std::string(crypto::base64_encode(claims, crypto::Alphabet::url_unpadded).reveal()) + ".c2ln";
}

}  // namespace

TEST_CASE("a person is called by name and e-mail, else by what there is") {
  CHECK(cli::person_of(token(R"({"sub":"1","name":"Ada","email":"ada@example.com"})")) == "Ada <ada@example.com>");
  CHECK(cli::person_of(token(R"({"sub":"1","email":"ada@example.com"})")) == "ada@example.com");
  CHECK(cli::person_of(token(R"({"sub":"1","preferred_username":"ada"})")) == "ada");
  CHECK(cli::person_of(token(R"({"sub":"1","name":7})")) == "1");
}

TEST_CASE("O44 a claim cannot write control or direction characters to the terminal") {
  const auto person = cli::person_of(token("{\"name\":\"A\\u001b[2Jda\\u202e\\nhint: run rm\"}"));
  CHECK(person.find('\x1b') == std::string::npos);
  CHECK(person.find('\n') == std::string::npos);
  CHECK(person.find("\xe2\x80\xae") == std::string::npos);
}

TEST_CASE("what is not an ID token speaks of nobody") {
  for (const std::string_view text : {"", "a", "a.b", "..", "e30.!!!.c", "e30.bm90IGpzb24.c", "e30.W10.c"}) {
    CHECK(cli::person_of(text).empty());
  }
}
