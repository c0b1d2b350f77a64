// Strict JSON reading: RFC 8259, UTF-8, depth <= 32, duplicate keys and trailing data refused.
#pragma once

#include <authhost/result.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace authhost {

// PROTOCOL, with a sentence that quotes nothing of the text, when it is not strict JSON.
Result<nlohmann::json> parse_json(std::string_view text);

// Overwrites every string in the tree: parser buffers hold secrets too.
void wipe_json(nlohmann::json& value) noexcept;

}  // namespace authhost
