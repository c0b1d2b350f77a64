// Columns of text for people.
#pragma once

#include <string>
#include <vector>

namespace authhost::cli {

// Rows with the same number of cells; the first is the heading. Cells are made safe to show; an empty one becomes "-".
// `notes`, if there are any, has one text a row, which goes below it as it is: "" or whole lines.
std::string table_text(const std::vector<std::vector<std::string>>& rows, const std::vector<std::string>& notes = {});

}  // namespace authhost::cli
