#include "table.hpp"

#include "core/services/redact.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <utility>

namespace authhost::cli {

namespace {

// Code points stand in for columns: names are rarely wide.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::string table_text(const std::vector<std::vector<std::string>>& rows, const std::vector<std::string>& notes) {
  std::vector<std::vector<std::string>> cells = rows;
  std::vector<std::size_t> widths;
  for (auto& row : cells) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = row[i].empty() ? "-" : safe_text(row[i], 512);
      if (i == widths.size()) widths.push_back(0);
      widths[i] = std::max(widths[i], width(row[i]));
    }
  }
  std::string text;
  for (std::size_t r = 0; r < cells.size(); ++r) {
    const auto& row = cells[r];
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - width(row[i]) + 2, ' ');
    }
    text += '\n';
    if (r < notes.size()) text += notes[r];
  }
  return text;
}

std::size_t terminal_width() {
  struct winsize size {};
  if (::isatty(STDOUT_FILENO) == 0) return 0;
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string wrapped(const std::string& sentence, std::size_t indent, std::size_t columns) {
  const std::string margin(indent, ' ');
  if (columns == 0) return margin + sentence + "\n";
  std::string text;
  std::string line;
  std::istringstream words(sentence);
  for (std::string word; words >> word;) {
    if (!line.empty() && indent + width(line) + 1 + width(word) > columns) text += margin + std::exchange(line, "") + "\n";
    line += (line.empty() ? "" : " ") + word;
  }
  return text + margin + line + "\n";
}

}  // namespace authhost::cli
