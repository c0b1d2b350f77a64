// What may be shown to a person: safe text, without the secrets of the moment.
#pragma once

#include <authhost/secret.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace authhost {

// Valid UTF-8 on one line, without control, direction or zero-width characters; at most `limit` bytes, "…" when cut.
std::string safe_text(std::string_view text, std::size_t limit = 512);

// Replaces secrets in text, in every shape they are sent in: raw, form-encoded, JSON-escaped, base64 (standard and URL)
// and inside a Basic header. Secrets under 4 bytes are left out: they would hit everywhere.
class Redactor {
 public:
  void add(std::string_view secret);
  // For a client secret: also the Basic credential it makes with `client_id`.
  void add_basic(std::string_view client_id, std::string_view secret);
  [[nodiscard]] std::size_t size() const { return needles_.size(); }
  [[nodiscard]] std::string apply(std::string text) const;

 private:
  std::vector<Secret> needles_;
};

// application/x-www-form-urlencoded of one component (RFC 6749, appendix B).
std::string form_encode(std::string_view text);

}  // namespace authhost
