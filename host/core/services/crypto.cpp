#include "core/services/crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace authhost::crypto {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string_view letters(Alphabet alphabet) { return alphabet == Alphabet::standard ? kStandard : kUrl; }

int value_of(char c, Alphabet alphabet) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == (alphabet == Alphabet::standard ? '+' : '-')) return 62;
  if (c == (alphabet == Alphabet::standard ? '/' : '_')) return 63;
  return -1;
}

void digest(const EVP_MD* algorithm, std::string_view data, unsigned char* out) {
  // Fails only where the library is broken or forbids the algorithm: no caller could go on.
  if (EVP_Digest(data.data(), data.size(), out, nullptr, algorithm, nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot compute a digest");
  }
}

Error not_base64() { return {Status::protocol, "not valid base64", ""}; }

}  // namespace

Result<void> random(void* out, std::size_t size) {
  if (size > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      RAND_bytes(static_cast<unsigned char*>(out), static_cast<int>(size)) != 1) {
    return Error{Status::internal, "no random bytes: the system's generator failed", ""};
  }
  return {};
}

std::array<std::uint8_t, 32> sha256(std::string_view data) {
  std::array<std::uint8_t, 32> out{};
  digest(EVP_sha256(), data, out.data());
  return out;
}

std::string hex(const void* data, std::size_t size) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto* bytes = static_cast<const unsigned char*>(data);
  std::string out;
  out.reserve(size * 2);
  for (std::size_t i = 0; i < size; ++i) out += {kDigits[bytes[i] >> 4], kDigits[bytes[i] & 15]};
  return out;
}

std::string md5_hex(std::string_view data) {
  if (data.empty()) return "";
  std::array<unsigned char, 16> out{};
  digest(EVP_md5(), data, out.data());
  return hex(out.data(), out.size());
}

Secret base64_encode(std::string_view data, Alphabet alphabet) {
  const std::string_view digits = letters(alphabet);
  std::string out;
  out.reserve((data.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < data.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, data.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < n ? static_cast<unsigned char>(data[i + k]) : 0U);
    for (std::size_t k = 0; k <= n; ++k) out += digits[bits >> (18 - 6 * k) & 63U];
    if (alphabet == Alphabet::standard) out.append(3 - n, '=');
  }
  return Secret::take(std::move(out));
}

Result<Secret> base64_decode(std::string_view text, Alphabet alphabet) {
  if (alphabet == Alphabet::standard) {
    if (text.size() % 4 != 0) return not_base64();
    for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) return not_base64();
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned held = 0;  // bits that are not yet written
  for (const char c : text) {
    const int value = value_of(c, alphabet);
    if (value < 0) {
      wipe(out);
      return not_base64();
    }
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xFFU);
  }
  // RFC 4648, section 3.5: bits that encode nothing must be zero, else one secret has several spellings.
  if ((bits & ((1U << held) - 1)) != 0) {
    wipe(out);
    return not_base64();
  }
  return Secret::take(std::move(out));
}

bool equal(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace authhost::crypto
