// Errors and warnings for people and programs, on stderr.
#pragma once

#include "output.hpp"

#include <authhost/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace authhost::cli {

// What to do about a status, where the error itself does not know better. Never empty but for `ok`.
std::string_view default_hint(Status status);

// "authhost: …\nhint: …\n", each line in its colour where `colored`, or {"error":{"status","message","hint"}} and a newline. Valid UTF-8 without control or direction
// characters, under 4 KiB.
std::string error_text(const Error& error, Output output, bool colored = false);
// "warning: …\n" each, or {"warning":{"message"}}; the last ones are counted only when there are many.
std::string warnings_text(const std::vector<std::string>& warnings, Output output, bool colored = false);

// To stderr; nothing can be done if that fails.
void print_error(std::string_view text);

}  // namespace authhost::cli
