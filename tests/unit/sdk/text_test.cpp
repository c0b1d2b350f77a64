#include <authhost/oauth2/form.hpp>
#include <authhost/oauth2/url.hpp>
#include <authhost/text.hpp>

#include <catch2/catch.hpp>

using namespace authhost;

TEST_CASE("O44 cleaning leaves one line of valid UTF-8 without tricks") {
  CHECK(text::clean("a\r\n\tb") == "a b");
  CHECK(text::clean("  a  ") == "a");
  CHECK(text::clean("a\x1b[2Jb\x7f") == "a [2Jb");
  CHECK(text::clean("caf\u00e9 \u202eevil\u2066 \u200bx\ufeff") == "caf\u00e9 evil x");
  CHECK(text::clean("\xff\xc0\xaf") == "\ufffd\ufffd\ufffd");
  CHECK(text::clean("\xed\xa0\x80") == "\ufffd\ufffd\ufffd");  // a surrogate
  CHECK(text::clean("a\xc2\x9b" "31mb") == "a 31mb");          // C1
  CHECK(text::clean("a\u2028b") == "a b");
}

TEST_CASE("cut text says so, and never in the middle of a character") {
  CHECK(text::clean("abcdefghij", 8) == "abcd\u2026");
  const auto cut = text::clean("\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9", 8);
  CHECK(cut.size() <= 8);
  CHECK(cut == "\u00e9\u00e9\u2026");
}

TEST_CASE("O43 a page is summarised in its words") {
  CHECK(text::summarise_html("<html><script>x<y</script><STYLE>a{}</style><h1>Sign&nbsp;in</h1>\n<p>now</p>") == "Sign&nbsp;in now");
  CHECK(text::summarise_html("<script>never closed") == "");
  CHECK(text::summarise_html("<") == "");
  CHECK(text::summarise_html(std::string(1 << 20, 'x')).size() <= 200);
}

TEST_CASE("O38 forms are encoded as RFC 6749, appendix B says") {
  oauth2::Form form;
  form.add("a b", "1&2=3+4%~\u00e9").add_if("empty", "").add("c", "");
  CHECK(form.body() == "a+b=1%262%3D3%2B4%25~%C3%A9&c=");
}

TEST_CASE("scopes are joined and split at spaces") {
  CHECK(oauth2::join_scopes({"a", "b"}) == "a b");
  CHECK(oauth2::split_scopes("  a   b ") == std::vector<std::string>{"a", "b"});
  CHECK(oauth2::split_scopes("").empty());
}

TEST_CASE("O50 only web addresses that are what they look like are presentable") {
  CHECK(oauth2::presentable_url("HTTPS://IdP.Example:8443/A?b=C#d") == "https://idp.example:8443/A?b=C#d");
  CHECK(oauth2::presentable_url("http://127.1.2.3/x") == "http://127.1.2.3/x");
  for (const char* url : {"http://127.0.0.1@evil.example/", "http://0x7f.1/", "http://127.0.0/", "https://a\"b/", "https://[::1",
                          "https://[::1]x/", "https://ex\u202eample/", "https:idp.example", "ftp://idp.example/"}) {
    INFO(url);
    CHECK_FALSE(oauth2::presentable_url(url).has_value());
  }
}
