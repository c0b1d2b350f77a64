#include "core/services/qr.hpp"

#include <qrcodegen/qrcodegen.hpp>

#include <stdexcept>

namespace authhost {
namespace {

constexpr int kQuietZone = 2;  // the standard asks for 4; readers take 2, and terminals are small

}  // namespace

std::optional<QrText> qr_text(std::string_view text) {
  try {
    const auto code = qrcodegen::QrCode::encodeText(std::string(text).c_str(), qrcodegen::QrCode::Ecc::LOW);
    QrText out;
    out.columns = code.getSize() + 2 * kQuietZone;
    // Outside the code getModule answers "light", which is what the quiet zone needs.
    const auto light = [&](int x, int y) { return !code.getModule(x, y); };
    for (int y = -kQuietZone; y < code.getSize() + kQuietZone; y += 2) {
      std::string line;
      for (int x = -kQuietZone; x < code.getSize() + kQuietZone; ++x) {
        const bool upper = light(x, y);
        const bool lower = y + 1 < code.getSize() + kQuietZone && light(x, y + 1);
        line += upper ? (lower ? "█" : "▀") : (lower ? "▄" : " ");
      }
      out.lines.push_back(std::move(line));
    }
    return out;
  } catch (const std::length_error&) {
    return std::nullopt;
  }
}

}  // namespace authhost
