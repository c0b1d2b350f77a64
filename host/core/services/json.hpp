// Strict JSON reading: RFC 8259, UTF-8, bounded depth, duplicate keys and trailing data refused.
#pragma once

#include <authhost/result.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace authhost {

inline constexpr std::size_t kMaxJsonDepth = 32;

// PROTOCOL, with a sentence that quotes nothing of the text, when it is not strict JSON.
Result<nlohmann::json> parse_json(std::string_view text, std::size_t max_depth = kMaxJsonDepth);

// Overwrites every string in the tree: parser buffers hold secrets too.
void wipe_json(nlohmann::json& value) noexcept;

}  // namespace authhost
