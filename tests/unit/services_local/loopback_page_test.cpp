#include "core/services/loopback_page.hpp"

#include "core/services/crypto.hpp"

#include <catch2/catch.hpp>

using namespace authhost;

TEST_CASE("O28 the page is self-contained, kept by nobody, and runs nothing") {
  for (const bool success : {true, false}) {
    const auto answer = loopback_answer({200, success, "Logged in", "All is well."});
    const auto has = [&](const std::string& text) { return answer.find(text) != std::string::npos; };
    CHECK(has("\r\nCache-Control: no-store\r\n"));
    CHECK(has("\r\nReferrer-Policy: no-referrer\r\n"));
    CHECK(has("\r\nX-Content-Type-Options: nosniff\r\n"));
    CHECK(has("\r\nX-Frame-Options: DENY\r\n"));
    CHECK(has("\r\nContent-Security-Policy: default-src 'none'; "));
    CHECK(has("\r\nContent-Type: text/html; charset=utf-8\r\n"));
    CHECK(has("\r\nConnection: close\r\n"));
    CHECK(has("close this window"));
    for (const char* foreign : {"<script", "http://", "https://", "src=", "href=", "url(", "@import", "unsafe"}) {
      INFO(foreign);
      CHECK(!has(foreign));
    }
  }
}

TEST_CASE("O28 the policy allows exactly the style of the page") {
  const auto answer = loopback_answer({200, true, "x", "y"});
  const auto start = answer.find("<style>") + 7;
  const auto style = answer.substr(start, answer.find("</style>") - start);
  const auto hash = crypto::sha256(style);
  const auto text = crypto::base64_encode({reinterpret_cast<const char*>(hash.data()), hash.size()}, crypto::Alphabet::standard);
  CHECK(answer.find("style-src 'sha256-" + std::string(text.reveal()) + "'") != std::string::npos);
}

TEST_CASE("O28 what others wrote is escaped, and cleaned") {
  const auto answer = loopback_answer({400, false, "<b>\"x\"</b>", "a&b '\x1b[1m' \xE2\x80\xAE<script>alert(1)</script>"});
  CHECK(answer.find("<b>") == std::string::npos);
  CHECK(answer.find("<script") == std::string::npos);
  CHECK(answer.find('\x1b') == std::string::npos);
  CHECK(answer.find("\xE2\x80\xAE") == std::string::npos);
  CHECK(answer.find("&lt;b&gt;&quot;x&quot;&lt;/b&gt;") != std::string::npos);
  CHECK(answer.find("a&amp;b &#39;") != std::string::npos);
}

TEST_CASE("the announced length is the page's own") {
  const auto answer = loopback_answer({200, true, "Gr\xC3\xBC\xC3\x9F" "e", "x"});
  const auto body = answer.substr(answer.find("\r\n\r\n") + 4);
  CHECK(answer.find("\r\nContent-Length: " + std::to_string(body.size()) + "\r\n") != std::string::npos);
}
