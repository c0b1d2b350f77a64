// QR codes as lines of text, two rows of modules a line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace authhost {

struct QrText {
  std::vector<std::string> lines;  // UTF-8 half blocks, quiet zone included
  int columns = 0;                 // how wide each of them is
};

// Dark modules are blanks and light ones blocks: right on a dark terminal, and readers accept the inverse of a light one.
// None if the text is too long.
std::optional<QrText> qr_text(std::string_view text);

}  // namespace authhost
