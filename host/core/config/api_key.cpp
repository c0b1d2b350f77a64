#include "core/config/api_key.hpp"

#include "core/config/endpoint.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>

namespace authhost::config {
namespace {

constexpr std::size_t kLongestKey = 64 * 1024;

Error bad_key(std::string_view why) {
  return {Status::invalid_config, "the API key is not usable: " + std::string(why),
          "copy the key whole, as it was issued (FLYTE_API_KEY, if it comes from there)"};
}

bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = byte < 0x80 ? 1 : byte >> 5 == 6 ? 2 : byte >> 4 == 14 ? 3 : byte >> 3 == 30 ? 4 : 0;
    if (length == 0 || i + length > text.size()) return false;
    std::uint32_t point = length == 1 ? byte : byte & (0xffu >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if (next >> 6 != 2) return false;
      point = point << 6 | (next & 0x3fu);
    }
    constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
    if (point < kSmallest[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
    i += length;
  }
  return true;
}

}  // namespace

Result<ApiKey> decode_api_key(std::string_view key) {
  while (!key.empty() && blank(key.front())) key.remove_prefix(1);
  while (!key.empty() && blank(key.back())) key.remove_suffix(1);
  if (key.empty()) return bad_key("it is empty");
  if (key.size() > kLongestKey) return bad_key("it is too long");

  Secret buffer{std::string(key.size(), '\0')};
  auto* bytes = const_cast<char*>(buffer.reveal().data());
  std::size_t size = 0;
  const int variant = key.back() == '=' || key.size() % 4 == 0 ? sodium_base64_VARIANT_ORIGINAL
                                                               : sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
  if (::sodium_base642bin(reinterpret_cast<unsigned char*>(bytes), buffer.size(), key.data(), key.size(), nullptr,
                          &size, nullptr, variant) != 0) {
    return bad_key("it is not base64");
  }
  const std::string_view text(bytes, size);
  if (!utf8(text)) return bad_key("what it holds is not UTF-8 text");
  if (!printable(text)) return bad_key("what it holds contains control characters");

  constexpr std::size_t kPartsAfterEndpoint = 3;
  const std::size_t endpoint_end = endpoint_prefix(text, kPartsAfterEndpoint);
  std::array<std::string_view, kPartsAfterEndpoint> parts;
  std::string_view rest = text.substr(endpoint_end);
  std::size_t n = 0;
  while (!rest.empty() && n < parts.size()) {
    rest.remove_prefix(1);  // the ':'
    const std::size_t end = std::min(rest.find(':'), rest.size());
    parts[n++] = rest.substr(0, end);
    rest.remove_prefix(end);
  }
  if (n < parts.size() || !rest.empty()) {
    return bad_key("it must hold four parts, endpoint:client_id:client_secret:org");
  }
  ApiKey decoded;
  decoded.endpoint = text.substr(0, endpoint_end);
  decoded.client_id = parts[0];
  decoded.client_secret = Secret(parts[1]);
  decoded.org = parts[2] == "None" ? std::string_view() : parts[2];
  if (decoded.endpoint.empty()) return bad_key("its endpoint is empty");
  if (decoded.client_id.empty()) return bad_key("its client id is empty");
  if (decoded.client_secret.empty()) return bad_key("its client secret is empty");
  // Plaintext is allowed or not later, by whoever opens the session; here only the form counts.
  const bool plaintext = decoded.endpoint.compare(0, 7, "http://") == 0;
  if (!parse_endpoint(decoded.endpoint, plaintext)) return bad_key("its first part is not an endpoint");
  return decoded;
}

}  // namespace authhost::config
