// Columns of text for people.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace authhost::cli {

// Rows with the same number of cells; the first is the heading. Cells are made safe to show; an empty one becomes "-".
// `notes`, if there are any, has one text a row, which goes below it as it is: "" or whole lines.
std::string table_text(const std::vector<std::vector<std::string>>& rows, const std::vector<std::string>& notes = {});

// Columns of the terminal that stdout is; 0 where it is none: what goes into a pipe is not broken.
std::size_t terminal_width();

// A sentence as lines that begin with `indent` spaces and end by `width`, broken between words; in one line if that is 0. A word
// that is longer has a line of its own.
std::string wrapped(const std::string& sentence, std::size_t indent, std::size_t width);

}  // namespace authhost::cli
