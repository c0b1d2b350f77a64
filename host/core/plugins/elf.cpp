#include "core/plugins/elf.hpp"

#include <elf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

namespace authhost::plugins {
namespace {

constexpr std::uint64_t kMaxTable = 64u << 20;  // bytes of one symbol or string table

#if defined(__x86_64__)
constexpr auto kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr auto kMachine = EM_AARCH64;
#else
constexpr auto kMachine = EM_NONE;  // not checked here: dlopen says it
#endif

class Reader {
 public:
  Reader(int fd, std::uint64_t size) : fd_(fd), size_(size) {}

  bool read(std::uint64_t offset, void* out, std::uint64_t n) const {
    if (offset > size_ || n > size_ - offset) return false;
    auto* to = static_cast<char*>(out);
    while (n > 0) {
      const auto got = ::pread(fd_, to, n, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      to += got;
      offset += static_cast<std::uint64_t>(got);
      n -= static_cast<std::uint64_t>(got);
    }
    return true;
  }

  // `n` things at `offset`; none if that is outside the file or unreasonably large.
  template <class T>
  std::optional<std::vector<T>> table(std::uint64_t offset, std::uint64_t bytes) const {
    if (bytes > kMaxTable || offset > size_ || bytes > size_ - offset) return std::nullopt;
    std::vector<T> things(bytes / sizeof(T));
    if (!read(offset, things.data(), things.size() * sizeof(T))) return std::nullopt;
    return things;
  }

 private:
  int fd_;
  std::uint64_t size_;
};

Error refused(std::string_view path, std::string_view why, std::string_view hint) {
  return Error{Status::plugin, fmt::format("{}: {}", path, why), std::string(hint)};
}

}  // namespace

Result<std::uint64_t> exported_object_size(int fd, std::uint64_t file_size, const std::string& path,
                                           std::string_view symbol) {
  const Reader reader(fd, file_size);
  Elf64_Ehdr header{};
  if (!reader.read(0, &header, sizeof header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    char script[2] = {};
    const bool is_script = reader.read(0, script, sizeof script) && script[0] == '#' && script[1] == '!';
    return refused(path, "not a shared object (no ELF file)",
                   is_script ? "a program needs kind = \"exec\" in its manifest" : "path has to name the plugin's .so");
  }
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_type != ET_DYN ||
      (kMachine != EM_NONE && header.e_machine != kMachine)) {
    return refused(path, "not a shared object for this machine", "build the plugin for this machine");
  }
  const Error damaged = refused(path, "the shared object is damaged", "build or install the plugin again");
  if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shnum == 0) return damaged;
  const auto sections =
      reader.table<Elf64_Shdr>(header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(Elf64_Shdr));
  if (!sections) return damaged;

  for (const auto& section : *sections) {
    if (section.sh_type != SHT_DYNSYM) continue;
    if (section.sh_link >= sections->size()) return damaged;
    const auto& names_section = (*sections)[section.sh_link];
    const auto symbols = reader.table<Elf64_Sym>(section.sh_offset, section.sh_size);
    const auto names = reader.table<char>(names_section.sh_offset, names_section.sh_size);
    if (!symbols || !names) return damaged;
    for (const auto& entry : *symbols) {
      if (entry.st_shndx == SHN_UNDEF || ELF64_ST_BIND(entry.st_info) == STB_LOCAL) continue;
      if (entry.st_name >= names->size() || names->size() - entry.st_name <= symbol.size()) continue;
      const char* name = names->data() + entry.st_name;
      if (std::memcmp(name, symbol.data(), symbol.size()) != 0 || name[symbol.size()] != '\0') continue;
      if (ELF64_ST_TYPE(entry.st_info) != STT_OBJECT) {
        return refused(path, fmt::format("{} is not a data object", symbol), "export the plugin's constant, not a function");
      }
      return std::uint64_t{entry.st_size};
    }
  }
  return refused(path, fmt::format("it does not export {}", symbol), "it is a library, but not an authhost plugin: AUTHHOST_PLUGIN(Class) makes it one, in C that constant");
}

}  // namespace authhost::plugins
