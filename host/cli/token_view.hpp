// What `token` and `header` print, the same whether the token was cached or has just been fetched.
#pragma once

#include "output.hpp"

#include <authhost/secret.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace authhost::cli {

// Borrows; lives as long as what it was made from.
struct TokenView {
  std::string_view access_token;
  std::string_view token_type;
  std::string_view header_key;
  std::string_view id;
  const std::vector<std::string>* scopes = nullptr;
  std::optional<std::int64_t> expires_at_ms;  // Unix epoch
};

Secret token_text(const TokenView& token, Output output);
Secret header_text(const TokenView& token, Output output);

}  // namespace authhost::cli
