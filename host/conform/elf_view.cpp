#include "conform/elf_view.hpp"

#include <elf.h>

#include <cstring>

namespace authhost::conform {

namespace {

// Every read is checked against the end of the file.
class Bytes {
 public:
  explicit Bytes(std::string text) : text_(std::move(text)) {}

  template <class T>
  [[nodiscard]] T at(std::uint64_t offset) const {
    T out{};
    if (offset < text_.size() && sizeof(T) <= text_.size() - offset) std::memcpy(&out, text_.data() + offset, sizeof out);
    return out;
  }
  [[nodiscard]] std::string text(std::uint64_t offset) const {
    if (offset >= text_.size()) return {};
    const auto end = text_.find('\0', offset);
    return text_.substr(offset, end == std::string::npos ? 0 : end - offset);
  }

 private:
  const std::string text_;
};

}  // namespace

ElfView look_into_elf(const plugins::TrustedFile& file) {
  ElfView out;
  auto all = plugins::read_all(file);
  if (!all || all->compare(0, SELFMAG, ELFMAG) != 0) return out;
  const Bytes bytes(*std::move(all));
  const auto header = bytes.at<Elf64_Ehdr>(0);
  const auto section = [&](std::uint64_t index) { return bytes.at<Elf64_Shdr>(header.e_shoff + index * sizeof(Elf64_Shdr)); };
  for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
    const auto table = section(i);
    const auto names = section(table.sh_link);
    if (table.sh_type == SHT_DYNSYM) {
      for (std::uint64_t at = 0; at + sizeof(Elf64_Sym) <= table.sh_size; at += sizeof(Elf64_Sym)) {
        const auto symbol = bytes.at<Elf64_Sym>(table.sh_offset + at);
        const bool offered = symbol.st_shndx != SHN_UNDEF && ELF64_ST_BIND(symbol.st_info) != STB_LOCAL &&
                             ELF64_ST_VISIBILITY(symbol.st_other) == STV_DEFAULT;
        if (offered) out.exports.push_back(bytes.text(names.sh_offset + symbol.st_name));
      }
    }
    if (table.sh_type == SHT_DYNAMIC) {
      for (std::uint64_t at = 0; at + sizeof(Elf64_Dyn) <= table.sh_size; at += sizeof(Elf64_Dyn)) {
        const auto entry = bytes.at<Elf64_Dyn>(table.sh_offset + at);
        if (entry.d_tag == DT_NULL) break;
        if (entry.d_tag == DT_NEEDED) out.needed.push_back(bytes.text(names.sh_offset + entry.d_un.d_val));
      }
    }
  }
  return out;
}

}  // namespace authhost::conform
