// ElfView: what a shared object offers and needs, read without loading it.
#pragma once

#include "core/plugins/trust.hpp"

#include <string>
#include <vector>

namespace authhost::conform {

struct ElfView {
  std::vector<std::string> exports;  // symbols that others may bind to
  std::vector<std::string> needed;   // libraries
};

// Empty where the file cannot be read as one: the host's own check says why.
ElfView look_into_elf(const plugins::TrustedFile& file);

}  // namespace authhost::conform
