#include "core/services/redact.hpp"

#include <authhost/text.hpp>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace authhost {
namespace {

struct CodePoint {
  char32_t value;
  std::size_t size;  // bytes it takes in the text
  bool valid;
};

// Decodes one code point; an ill-formed byte is one step of its own (Unicode, section 3.9).
CodePoint decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(at);
  if (lead < 0x80) return {lead, 1, true};
  if (lead >= 0xC2 && lead <= 0xDF && tail(at + 1)) return {((lead & 0x1FU) << 6) | (byte(at + 1) & 0x3FU), 2, true};
  if (lead >= 0xE0 && lead <= 0xEF && tail(at + 1) && tail(at + 2)) {
    const char32_t value = ((lead & 0x0FU) << 12) | ((byte(at + 1) & 0x3FU) << 6) | (byte(at + 2) & 0x3FU);
    if (value >= 0x800 && (value < 0xD800 || value > 0xDFFF)) return {value, 3, true};
  }
  if (lead >= 0xF0 && lead <= 0xF4 && tail(at + 1) && tail(at + 2) && tail(at + 3)) {
    const char32_t value = ((lead & 0x07U) << 18) | ((byte(at + 1) & 0x3FU) << 12) | ((byte(at + 2) & 0x3FU) << 6) |
                           (byte(at + 3) & 0x3FU);
    if (value >= 0x10000 && value <= 0x10FFFF) return {value, 4, true};
  }
  return {0xFFFD, 1, false};
}

// Everything that looks like one: a row of them would push what follows to the beginning of the next line on the screen.
bool is_space(char32_t c) {
  return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 || c == 0x115F || c == 0x1160 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x2800 || c == 0x3000 ||
         c == 0x3164 || c == 0xFFA0;
}

// Characters that act on the terminal or on the reading order, or that nobody can see.
bool is_unsafe(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x61C || c == 0x180E ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE0FFF);
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The value of `digits` hex digits at `at`; -1 if they are not there.
long hex_at(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return -1;
  long value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int digit = hex_value(text[at + i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

struct Step {
  std::size_t secret = 0;  // bytes of the secret that are matched
  std::size_t text = 0;    // bytes of the text they take; 0: no match
};

// A backslash escape of JSON (RFC 8259, section 7) at `at`.
Step match_json_escape(std::string_view secret, std::size_t i, std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) return {};
  constexpr std::array<std::pair<char, char>, 8> kShort{
      {{'"', '"'}, {'\\', '\\'}, {'/', '/'}, {'b', '\b'}, {'f', '\f'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'}}};
  for (const auto& [letter, meaning] : kShort) {
    if (text[at + 1] == letter && secret[i] == meaning) return {1, 2};
  }
  if (text[at + 1] != 'u') return {};
  const long unit = hex_at(text, at + 2, 4);
  const CodePoint wanted = decode(secret, i);
  if (unit < 0 || !wanted.valid) return {};
  if (static_cast<char32_t>(unit) == wanted.value) return {wanted.size, 6};
  if (unit < 0xD800 || unit > 0xDBFF || text.substr(at + 6, 2) != "\\u") return {};
  const long low = hex_at(text, at + 8, 4);
  if (low < 0xDC00 || low > 0xDFFF) return {};
  const auto value = static_cast<char32_t>(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
  return value == wanted.value ? Step{wanted.size, 12} : Step{};
}

Step match_html_entity(char c, std::string_view text, std::size_t at) {
  constexpr std::array<std::pair<std::string_view, char>, 6> kEntities{
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}, {"&#x27;", '\''}}};
  for (const auto& [entity, meaning] : kEntities) {
    if (c == meaning && text.substr(at, entity.size()) == entity) return {1, entity.size()};
  }
  return {};
}

// How a text may spell a secret. In each but `raw`, one character begins an escape and is never itself.
enum class Shape { raw, percent, json, html };
constexpr std::array kShapes{Shape::raw, Shape::percent, Shape::json, Shape::html};

Step match_step(std::string_view secret, std::size_t i, std::string_view text, std::size_t at, Shape shape) {
  const char c = secret[i];
  if (shape == Shape::json && text[at] == '\\') return match_json_escape(secret, i, text, at);
  if (shape == Shape::html && text[at] == '&') return match_html_entity(c, text, at);
  if (shape == Shape::percent && text[at] == '%') {
    return hex_at(text, at + 1, 2) == static_cast<unsigned char>(c) ? Step{1, 3} : Step{};
  }
  if (shape == Shape::percent && text[at] == '+') return c == ' ' || c == '+' ? Step{1, 1} : Step{};
  return text[at] == c ? Step{1, 1} : Step{};
}

constexpr std::size_t kShortestSecret = 4;
constexpr std::string_view kEllipsis = "…";
constexpr std::size_t kMostSteps = 4'000'000;  // of one text: some hundredths of a second

// Where the text was cut short at `at`, or within an escape that begins there: the place of the ellipsis, else npos.
std::size_t cut_place(std::string_view text, std::size_t at) {
  constexpr std::size_t kLongestEscape = 12;  // bytes
  const std::size_t place = text.substr(at, kLongestEscape + kEllipsis.size()).find(kEllipsis);
  const bool in_escape = text[at] == '%' || text[at] == '\\' || text[at] == '&';
  return place == 0 || (place != std::string_view::npos && in_escape) ? at + place : std::string_view::npos;
}

// How many bytes of the text, from `at` on, are the whole secret, or its beginning where the text was cut within it; 0: none.
std::size_t match(std::string_view secret, std::string_view text, std::size_t at, Shape shape, std::size_t& steps) {
  const std::size_t start = at;
  for (std::size_t i = 0; i < secret.size();) {
    ++steps;
    if (at >= text.size()) return 0;
    const Step step = match_step(secret, i, text, at, shape);
    if (step.text == 0) {
      const std::size_t cut = at - start >= kShortestSecret ? cut_place(text, at) : std::string_view::npos;
      return cut == std::string_view::npos ? 0 : cut - start;
    }
    i += step.secret;
    at += step.text;
  }
  return at - start;
}

}  // namespace

std::string safe_text(std::string_view text, std::size_t limit) {
  std::string out;
  std::size_t cut = 0;  // where the ellipsis would go: the last end of a character that leaves room for it
  bool space = false;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode(text, at);
    const std::string_view bytes = c.valid ? text.substr(at, c.size) : std::string_view("\xEF\xBF\xBD");
    at += c.size;
    if (is_space(c.value)) {
      space = !out.empty();
      continue;
    }
    if (is_unsafe(c.value)) continue;
    const std::size_t needed = bytes.size() + (space ? 1 : 0);
    if (out.size() + needed > limit) {
      out.resize(cut);
      return limit < kEllipsis.size() ? out : out.append(kEllipsis);
    }
    if (space) out += ' ';
    space = false;
    out += bytes;
    if (out.size() + kEllipsis.size() <= limit) cut = out.size();
  }
  return out;
}

std::string form_encode(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 3);
  text::form_encode(text, [&](std::string_view piece) { out += piece; });
  return out;
}

void Redactor::add_spelling(Secret spelling) {
  const auto known = [&](const Secret& needle) { return needle.reveal() == spelling.reveal(); };
  const auto [begin, end] = beginning_with(spelling.reveal().front());
  if (std::any_of(begin, end, known)) return;
  bytes_ += spelling.size();
  needles_.insert(end, std::move(spelling));
}

std::pair<std::vector<Secret>::const_iterator, std::vector<Secret>::const_iterator> Redactor::beginning_with(char c) const {
  struct ByFirst {
    bool operator()(const Secret& a, char b) const { return a.reveal().front() < b; }
    bool operator()(char a, const Secret& b) const { return a < b.reveal().front(); }
  };
  return std::equal_range(needles_.begin(), needles_.end(), c, ByFirst());
}

void Redactor::add(std::string_view secret) {
  if (secret.size() < kShortestSecret || needles_.size() >= kMost || bytes_ + secret.size() > kMostBytes) return;
  add_spelling(Secret(secret));
  // As it looks in a sentence that was made safe before it came here.
  if (std::string safe = safe_text(secret, secret.size()); safe.size() >= kShortestSecret && safe != secret) {
    add_spelling(Secret::take(std::move(safe)));
  }
  // Unpadded only: the padding that may follow says nothing. The two alphabets differ in two characters.
  for (const int variant : {sodium_base64_VARIANT_ORIGINAL_NO_PADDING, sodium_base64_VARIANT_URLSAFE_NO_PADDING}) {
    std::string encoded(sodium_base64_encoded_len(secret.size(), variant), '\0');
    sodium_bin2base64(encoded.data(), encoded.size(), reinterpret_cast<const unsigned char*>(secret.data()),
                      secret.size(), variant);
    encoded.pop_back();  // the terminating NUL
    add_spelling(Secret::take(std::move(encoded)));
  }
}

void Redactor::add_basic(std::string_view client_id, std::string_view secret) {
  add(secret);
  if (secret.size() < kShortestSecret) return;
  Secret raw(client_id);
  raw.append(":");
  raw.append(secret);
  add(raw.reveal());
  // RFC 6749, section 2.3.1: both parts are form-encoded first.
  std::string encoded = form_encode(secret);
  Secret form(form_encode(client_id));
  form.append(":");
  form.append(encoded);
  wipe(encoded);
  add(form.reveal());
}

std::string Redactor::apply(std::string text) const {
  if (needles_.empty()) return text;
  std::string out;
  out.reserve(text.size());
  std::size_t steps = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t longest = 0;
    const bool escape = std::string_view("%+\\&").find(text[at]) != std::string_view::npos;
    const auto [begin, end] = escape ? std::pair(needles_.begin(), needles_.end()) : beginning_with(text[at]);
    for (auto needle = begin; needle != end && steps <= kMostSteps; ++needle) {
      for (const Shape shape : kShapes) longest = std::max(longest, match(needle->reveal(), text, at, shape, steps));
    }
    if (steps > kMostSteps) {  // whoever made it take so long does not get to see the rest
      out += "[redacted]";
      break;
    }
    if (longest == 0) {
      out += text[at++];
    } else {
      out += "[redacted]";
      at += longest;
    }
  }
  wipe(text);
  return out;
}

}  // namespace authhost
