// "did you mean": the nearest known word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace authhost {

// The candidate that a person probably meant, or "" if none is near enough.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// "known ones: A, B, C"; "" without candidates.
std::string known_ones(const std::vector<std::string>& candidates);

// "did you mean `X`?" if there is a near one, else "known ones: A, B, C"; "" without candidates.
std::string suggest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace authhost
