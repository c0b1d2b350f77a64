// Small text tools that a plugin needs: the border's strings, and text that is safe to show or to send.
#pragma once

#include <authhost/abi.h>
#include <authhost/secret.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace authhost::text {

// Borrows: the view must outlive the use.
inline authhost_str to_abi(std::string_view text) noexcept { return {text.data(), text.size()}; }
inline std::string_view view(authhost_str text) noexcept {
  return text.data == nullptr ? std::string_view{} : std::string_view{text.data, text.size};
}
inline std::string copy(authhost_str text) { return std::string(view(text)); }

// 0x21-0x7E only, and not empty: what may stand in a header after "Bearer " (RFC 6750, section 2.1, read generously).
constexpr bool visible_ascii(std::string_view text) noexcept {
  for (const char c : text) {
    if (c < 0x21 || c > 0x7e) return false;
  }
  return !text.empty();
}

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

constexpr std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

namespace detail {

// Decodes one UTF-8 sequence at `at` and moves past it; U+FFFD for a malformed one (RFC 3629: no overlong forms, no
// surrogates), of which one byte is consumed.
inline char32_t next_code_point(std::string_view text, std::size_t& at) noexcept {
  constexpr char32_t kBad = 0xFFFD;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return static_cast<char32_t>(text[at++]);
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return ++at, kBad;
  char32_t point = lead & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return ++at, kBad;
    point = (point << 6) | (byte(at + i) & 0x3Fu);
  }
  const char32_t smallest = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80;
  if (point < smallest || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return ++at, kBad;
  at += length;
  return point;
}

// Characters that change how the text around them looks, or that cannot be seen.
constexpr bool deceptive(char32_t c) noexcept {
  return c == 0xAD || c == 0x61C || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || c >= 0xE0000;
}

}  // namespace detail

// One line of valid UTF-8 without control, direction or invisible characters, white space run together, at most `limit`
// bytes; "…" at the end when cut.
inline std::string clean(std::string_view text, std::size_t limit = 200) {
  constexpr std::string_view kEllipsis = "…";
  std::string out;
  bool space = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const char32_t point = detail::next_code_point(text, at);
    if (point <= 0x20 || (point >= 0x7F && point <= 0xA0) || point == 0x2028 || point == 0x2029) {
      space = !out.empty();
      continue;
    }
    if (detail::deceptive(point)) continue;
    const std::string_view piece = point == 0xFFFD ? std::string_view{"\xEF\xBF\xBD"} : text.substr(begin, at - begin);
    if (out.size() + piece.size() + 1 + kEllipsis.size() > limit) return out.append(kEllipsis);
    if (space) out.push_back(' ');
    space = false;
    out.append(piece);
  }
  return out;
}

// What a page of HTML says, without its markup.
inline std::string summarise_html(std::string_view page, std::size_t limit = 200) {
  const auto tag_at = [&](std::size_t at, std::string_view tag) {
    return at < page.size() && equal_ignoring_case(page.substr(at, tag.size()), tag);
  };
  std::string words;
  for (std::size_t at = 0; at < page.size() && words.size() < 8 * limit;) {
    if (page[at] != '<') {
      words.push_back(page[at++]);
      continue;
    }
    words.push_back(' ');
    // Scripts and style sheets are not words for people.
    const std::string_view hidden_until = tag_at(at, "<script") ? "</script" : tag_at(at, "<style") ? "</style" : "";
    while (!hidden_until.empty() && at < page.size() && !tag_at(at, hidden_until)) ++at;
    const auto end = page.find('>', at);
    at = end == std::string_view::npos ? page.size() : end + 1;
  }
  return clean(words, limit);
}

// application/x-www-form-urlencoded of one component (RFC 6749, appendix B). `~` stays, as in RFC 3986: both are decoded
// alike.
template <class Out>
void form_encode(std::string_view text, Out&& append) {
  constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~' || c == '*';
    const auto byte = static_cast<unsigned char>(c);
    const char escaped[] = {'%', kHex[byte >> 4], kHex[byte & 15]};
    if (plain) append(std::string_view{&c, 1});
    else if (c == ' ') append(std::string_view{"+"});
    else append(std::string_view{escaped, 3});
  }
}

}  // namespace authhost::text
