#include "core/services/redact.hpp"

#include "core/services/crypto.hpp"

#include <catch2/catch.hpp>

using namespace authhost;

namespace {

std::string base64(std::string_view text, crypto::Alphabet alphabet) {
  return std::string(crypto::base64_encode(text, alphabet).reveal());
}

}  // namespace

TEST_CASE("O44 safe text keeps words of any language") {
  CHECK(safe_text("Zugriff verweigert: größer als 5 €") == "Zugriff verweigert: größer als 5 €");
  CHECK(safe_text("アクセス拒否 😀") == "アクセス拒否 😀");
}

TEST_CASE("O44 safe text has no control, direction or invisible characters") {
  CHECK(safe_text("a\x1B[31mb\x07\x00"
                  "c\x7F") == "a[31mb");
  CHECK(safe_text(std::string_view("a\0b", 3)) == "ab");
  CHECK(safe_text("a\xC2\x9B"
                  "31mb") == "a31mb");  // C1: CSI in one character
  CHECK(safe_text("a\xE2\x80\xAE"
                  "b\xE2\x81\xA6"
                  "c\xE2\x80\x8F"
                  "d\xD8\x9C"
                  "e") == "abcde");  // RLO, LRI, RLM, ALM
  CHECK(safe_text("a\xE2\x80\x8B"
                  "b\xE2\x81\xA0"
                  "c\xEF\xBB\xBF"
                  "d") == "abcd");  // ZWSP, WJ, BOM
  CHECK(safe_text("a\xF3\xA0\x81\x81"
                  "b") == "ab");  // a tag character
}

TEST_CASE("O44 safe text is one line, and blanks run together") {
  CHECK(safe_text("  one\r\n\t two\xE2\x80\xA8three\xC2\x85"
                  "four\n") == "one two three four");
}

TEST_CASE("O44 safe text is valid UTF-8 whatever comes in") {
  CHECK(safe_text("a\xFF"
                  "b") ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(safe_text("\xC0\xAF") == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(safe_text("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(safe_text("\xE2\x82") == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(safe_text("\xF5\x80\x80\x80").size() == 12);
}

TEST_CASE("O44 safe text is cut between characters, within the limit") {
  CHECK(safe_text("abcdef", 6) == "abcdef");
  CHECK(safe_text("abcdefg", 6) == "abc…");
  CHECK(safe_text("äöüß", 6) == "ä…");
  CHECK(safe_text(std::string(1000, 'x')).size() == 512);
  CHECK(safe_text("abc", 2).size() <= 2);
  CHECK(safe_text("abc", 0).empty());
}

TEST_CASE("O38 form encoding is that of RFC 6749, appendix B") {
  CHECK(form_encode("a+b c/%~é") == "a%2Bb+c%2F%25~%C3%A9");
  CHECK(base64("client:" + form_encode("a+b c/%~é"), crypto::Alphabet::standard) ==
        "Y2xpZW50OmElMkJiK2MlMkYlMjV+JUMzJUE5");
  CHECK(form_encode("AZaz09-._~*") == "AZaz09-._~*");
  CHECK(form_encode(std::string_view("\0\n", 2)) == "%00%0A");
}

TEST_CASE("O79 a secret is found in every shape it is sent in") {
  const std::string secret = "s3cr+t \"x\\y\"/é%<&>";
  Redactor redactor;
  redactor.add(secret);
  for (const std::string& shape :
       {secret, form_encode(secret), std::string("s3cr%2bt+%22x%5cy%22%2f%c3%a9%25%3c%26%3e"),
        std::string("s3cr%2Bt%20%22x%5Cy%22%2F%C3%A9%25%3C%26%3E"), std::string("s3cr+t \\\"x\\\\y\\\"/é%<&>"),
        std::string("s3cr+t \\\"x\\\\y\\\"\\/\\u00e9%\\u003C\\u0026\\u003e"),
        std::string("s3cr+t &quot;x\\y&quot;/é%&lt;&amp;&gt;"), base64(secret, crypto::Alphabet::standard),
        base64(secret, crypto::Alphabet::url_unpadded)}) {
    INFO(shape);
    const std::string text = redactor.apply("error: [" + shape + "] end");
    CHECK(text.find("error: [[redacted]") == 0);
    CHECK(text.find("] end") != std::string::npos);
    CHECK(text.find(shape) == std::string::npos);
  }
}

TEST_CASE("O79 a Basic credential is found, form-encoded or raw") {
  Redactor redactor;
  redactor.add_basic("client", "a+b c/%~é");
  CHECK(redactor.apply("Basic Y2xpZW50OmElMkJiK2MlMkYlMjV+JUMzJUE5!") == "Basic [redacted]!");
  CHECK(redactor.apply(base64("client:a+b c/%~é", crypto::Alphabet::standard)).find("[redacted]") == 0);
  CHECK(redactor.apply("secret=a%2Bb+c%2F%25~%C3%A9&x") == "secret=[redacted]&x");
}

TEST_CASE("O79 the longest secret wins, every occurrence goes, the rest stays") {
  Redactor redactor;
  redactor.add("token");
  redactor.add("token-and-more");
  CHECK(redactor.apply("token-and-more token, a tok en") == "[redacted] [redacted], a tok en");
  CHECK(Redactor().apply("nothing to hide") == "nothing to hide");
}

TEST_CASE("O79 the beginning of a secret goes too where the text was cut within it") {
  Redactor redactor;
  redactor.add_basic("client", "a+b c/%~é");
  CHECK(redactor.apply("it was a+b c…") == "it was [redacted]…");
  CHECK(redactor.apply("it was a%2Bb+c%2…: more") == "it was [redacted]…: more");
  CHECK(redactor.apply("it was Y2xpZW50OmEl…") == "it was [redacted]…");
  CHECK(redactor.apply("a big thing… a+b") == "a big thing… a+b");
}

TEST_CASE("O79 a secret is found in text that was made safe before") {
  Redactor redactor;
  redactor.add("two  spaces\tand a \u202e turn");
  CHECK(redactor.apply("got " + safe_text("two  spaces\tand a \u202e turn") + "!") == "got [redacted]!");
}

TEST_CASE("secrets under four bytes are left out, because they would hit everywhere") {
  Redactor redactor;
  redactor.add("");
  redactor.add("abc");
  redactor.add_basic("id", "x");
  CHECK(redactor.apply("abc xyz") == "abc xyz");
}

TEST_CASE("what is added in a loop does not fill the host") {
  Redactor redactor;
  redactor.add("the first secret");
  const auto spellings = redactor.size();
  for (int i = 0; i < 100; ++i) redactor.add("the first secret");
  CHECK(redactor.size() == spellings);
  for (int i = 0; i < 10'000; ++i) redactor.add("another secret " + std::to_string(i));
  CHECK(redactor.size() <= 2048 + 3);
  CHECK(redactor.apply("it is the first secret") == "it is [redacted]");
}

TEST_CASE("a text that is made to be slow to look through is not shown to its end") {
  Redactor redactor;
  for (int i = 0; i < 60; ++i) redactor.add(std::string(4300, 'a') + std::to_string(i));
  const std::string shown = redactor.apply(std::string(4000, 'a') + " and a tail");
  CHECK(shown.find("tail") == std::string::npos);
  CHECK(shown.size() < 4000);
}
