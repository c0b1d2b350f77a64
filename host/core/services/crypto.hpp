// Randomness, digests and base64; OpenSSL behind them.
#pragma once

#include <authhost/result.hpp>
#include <authhost/secret.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace authhost::crypto {

Result<void> random(void* out, std::size_t size);
std::array<std::uint8_t, 32> sha256(std::string_view data);
std::string hex(const void* data, std::size_t size);
// Lower-case hex MD5: the credentials' id (an identifier, not a protection). "" for "".
std::string md5_hex(std::string_view data);

enum class Alphabet { standard, url_unpadded };  // RFC 4648, sections 4 and 5
Secret base64_encode(std::string_view data, Alphabet alphabet);
// PROTOCOL if the text is not exactly base64 of that alphabet (url_unpadded takes no padding).
Result<Secret> base64_decode(std::string_view text, Alphabet alphabet);
// Constant time for equal sizes.
bool equal(std::string_view a, std::string_view b) noexcept;

}  // namespace authhost::crypto
