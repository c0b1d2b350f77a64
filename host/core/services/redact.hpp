// What may be shown to a person: safe text, without the secrets of the moment.
#pragma once

#include <authhost/secret.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace authhost {

// Valid UTF-8 on one line, without control, direction or zero-width characters; at most `limit` bytes, "…" when cut.
std::string safe_text(std::string_view text, std::size_t limit = 512);

// Replaces secrets in text, in every shape they are sent in: raw, form-encoded, JSON-escaped, base64 (standard and URL)
// and inside a Basic header. Secrets under 4 bytes are left out: they would hit everywhere. Knows at most so many spellings: what
// is added in a loop must not fill the host.
class Redactor {
 public:
  void add(std::string_view secret);
  // For a client secret: also the Basic credential it makes with `client_id`.
  void add_basic(std::string_view client_id, std::string_view secret);
  [[nodiscard]] std::size_t size() const { return needles_.size(); }
  // A text that takes too long to look through ends where that was found.
  [[nodiscard]] std::string apply(std::string text) const;

 private:
  static constexpr std::size_t kMost = 2048;                    // spellings
  static constexpr std::size_t kMostBytes = std::size_t{8} << 20;  // of all of them
  void add_spelling(Secret spelling);
  [[nodiscard]] std::pair<std::vector<Secret>::const_iterator, std::vector<Secret>::const_iterator> beginning_with(char c) const;

  std::vector<Secret> needles_;  // by their first byte
  std::size_t bytes_ = 0;
};

// As the SDK's text::form_encode, which is what plugins send.
std::string form_encode(std::string_view text);

}  // namespace authhost
