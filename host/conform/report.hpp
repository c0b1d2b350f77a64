// Report: what became of the cases, for people and for programs.
#pragma once

#include "conform/run.hpp"

#include <string>
#include <vector>

namespace authhost::conform {

// A line a case, the sentence below what failed, and the counts at the end.
std::string report_text(const std::vector<Row>& rows);
std::string report_json(const std::vector<Row>& rows);
std::string list_text();
std::string list_json();

bool all_well(const std::vector<Row>& rows);

}  // namespace authhost::conform
