// Columns of text for people.
#pragma once

#include <string>
#include <vector>

namespace authhost::cli {

// Rows with the same number of cells; the first is the heading. Cells are made safe to show; an empty one becomes "-".
std::string table_text(const std::vector<std::vector<std::string>>& rows);

}  // namespace authhost::cli
