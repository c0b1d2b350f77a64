#include "core/services/loopback_page.hpp"

#include "core/services/crypto.hpp"
#include "core/services/redact.hpp"

namespace authhost {
namespace {

constexpr std::string_view kStyle =
    ":root{color-scheme:light dark;--paper:#f4f5f7;--card:#fff;--ink:#1d2330;--soft:#5a6375;--line:#e2e5eb;--good:#1a7f4b;"
    "--good-paper:#e3f5ea;--bad:#b3261e;--bad-paper:#fbe9e7}"
    "@media(prefers-color-scheme:dark){:root{--paper:#14171d;--card:#1d2129;--ink:#eceff4;--soft:#a4adbd;--line:#2d333f;"
    "--good:#5fd39a;--good-paper:#17352a;--bad:#ff9d94;--bad-paper:#40211f}}"
    "*{box-sizing:border-box;margin:0}"
    "body{min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--paper);color:var(--ink);"
    "font:1rem/1.55 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",Arial,sans-serif}"
    "main{width:100%;max-width:29rem;padding:2.75rem 2.25rem 2rem;text-align:center;background:var(--card);"
    "border:1px solid var(--line);border-radius:1rem;box-shadow:0 .75rem 2.5rem rgb(10 20 40/.08)}"
    "svg{width:4rem;height:4rem;padding:1.05rem;border-radius:50%;fill:none;stroke:currentColor;stroke-width:2.6;"
    "stroke-linecap:round;stroke-linejoin:round}"
    ".good svg{color:var(--good);background:var(--good-paper)}.bad svg{color:var(--bad);background:var(--bad-paper)}"
    "h1{margin:1.25rem 0 .5rem;font-size:1.5rem;line-height:1.25;font-weight:650;letter-spacing:-.01em}"
    "h1,p{overflow-wrap:anywhere;text-wrap:balance}p{color:var(--soft)}"
    ".next{margin-top:1.5rem;padding-top:1.25rem;border-top:1px solid var(--line);color:var(--ink)}"
    "footer{margin-top:1.5rem;font-size:.8125rem;color:var(--soft)}";

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : safe_text(text, 1024)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string_view reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 421: return "Misdirected Request";
    case 431: return "Request Header Fields Too Large";
    default: return "Service Unavailable";
  }
}

std::string head(int status) {
  return "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason(status)) + "\r\nConnection: close\r\nCache-Control: no-store\r\n" +
         (status == 405 ? "Allow: GET\r\n" : "");
}

const std::string& content_policy() {
  static const std::string policy = [] {
    const auto hash = crypto::sha256(kStyle);
    const auto text = crypto::base64_encode({reinterpret_cast<const char*>(hash.data()), hash.size()}, crypto::Alphabet::standard);
    return "default-src 'none'; style-src 'sha256-" + std::string(text.reveal()) +
           "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  }();
  return policy;
}

}  // namespace

std::string loopback_answer(int status) { return head(status) + (status == 204 ? "\r\n" : "Content-Length: 0\r\n\r\n"); }

std::string loopback_answer(const LoopbackPage& page) {
  const auto title = escape(page.title);
  std::string body = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                     "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                     "<meta name=\"referrer\" content=\"no-referrer\"><title>" + title + "</title><style>" +
                     std::string(kStyle) + "</style></head>\n<body><main class=\"" + (page.success ? "good" : "bad") +
                     "\" role=\"" + (page.success ? "status" : "alert") + "\"><svg viewBox=\"0 0 24 24\" aria-hidden=\"true\">" +
                     (page.success ? "<path d=\"M4 12.5l5.5 5.5L20 6.5\"/>" : "<path d=\"M12 4v10M12 19.5v.01\"/>") +
                     "</svg><h1>" + title + "</h1><p>" + escape(page.detail) + "</p><p class=\"next\">" +
                     (page.success ? "You can close this window and go back to your terminal."
                                   : "Go back to your terminal: it says what happened and what to do. You can close this window.") +
                     "</p><footer>authhost, on this computer</footer></main></body></html>\n";
  return head(page.status) + "Content-Type: text/html; charset=utf-8\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nContent-Security-Policy: " + content_policy() +
         "\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"
         "Cross-Origin-Resource-Policy: same-origin\r\n\r\n" + body;
}

}  // namespace authhost
