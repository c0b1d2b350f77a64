#include "core/plugins/trust.hpp"

#include "core/services/crypto.hpp"
#include "core/services/own_program.hpp"
#include "core/services/trusted_path.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace authhost::plugins {
namespace {

Error refused(std::string_view path, std::string_view why, std::string_view hint) {
  return Error{Status::plugin, fmt::format("{}: {}", path, why), std::string(hint)};
}

PathRules path_rules(TrustRules rules) {
  if (!rules.installation) return {};
  return {.owner = installation_owner(), .private_group = true};
}

Error error_of(const PathFault& fault, const char* missing) {
  using Why = PathFault::Why;
  switch (fault.why) {
    case Why::relative: return refused(fault.path, "not an absolute path", "");
    case Why::not_folder: return refused(fault.path, "not a folder", "");
    case Why::owner:
      return refused(fault.path, fmt::format("it belongs to user {}, neither to root nor to you", fault.status.st_uid),
                     "install the plugin as yourself or as root");
    case Why::group_writes: return refused(fault.path, "its group may write to it", fmt::format("chmod go-w {}", fault.path));
    case Why::everybody_writes: return refused(fault.path, "everybody may write to it", fmt::format("chmod go-w {}", fault.path));
    case Why::failed:
    case Why::link: break;
  }
  if (fault.error == ELOOP) return refused(fault.path, "too many symbolic links", "name the file itself");
  return unreadable(fault.path, fault.error, missing);
}

Result<std::string> sha256_of(int fd, const std::string& path, std::uint64_t size) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) {
    return Error{Status::internal, "SHA-256 is not available", ""};
  }
  std::vector<unsigned char> buffer(1 << 16);
  std::uint64_t offset = 0;
  while (offset < size) {
    const auto wanted = std::min<std::uint64_t>(buffer.size(), size - offset);
    const auto got = ::pread(fd, buffer.data(), wanted, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(path, errno, "");
    if (got == 0) return refused(path, "it changed while it was read", "try again");
    EVP_DigestUpdate(context.get(), buffer.data(), static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  std::array<unsigned char, 32> digest{};
  if (EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) {
    return Error{Status::internal, "SHA-256 failed", ""};
  }
  return crypto::hex(digest.data(), digest.size());
}

}  // namespace

Error unreadable(std::string_view path, int error, const char* missing) {
  if (is_passing(error)) return {Status::internal, fmt::format("{}: {}", path, std::generic_category().message(error)), "try again"};
  return refused(path, std::generic_category().message(error), error == ENOENT ? missing : "check that it may be read");
}

Result<TrustedFile> open_trusted(const std::string& path, TrustRules rules, std::uint64_t size_limit) {
  FoundPath found;
  if (const auto fault = walk_path(path, path_rules(rules), found)) return error_of(*fault, rules.missing);
  const std::string& real = found.path;
  const struct stat& status = found.status;
  if (!S_ISREG(status.st_mode)) return refused(real, "not a regular file", "name the file itself");
  if (const auto fault = judge_path(real, status, path_rules(rules), false)) return error_of(*fault, rules.missing);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > size_limit) {
    return refused(real, fmt::format("{} bytes are more than the {} that are read", size, size_limit), "");
  }

  // Opened again through the descriptor that was judged: the same inode, whatever the name means by now.
  TrustedFile file;
  file.fd = Fd(::open(fmt::format("/proc/self/fd/{}", found.fd.get()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.fd) return unreadable(real, errno, rules.missing);
  AUTHHOST_TRY(digest, sha256_of(file.fd.get(), real, size));
  file.path = real;
  file.sha256 = std::move(digest);
  file.device = status.st_dev;
  file.inode = status.st_ino;
  file.size = size;
  return file;
}

Result<std::string> check_trusted_folder(const std::string& path, TrustRules rules) {
  FoundPath found;
  if (const auto fault = walk_path(path, path_rules(rules), found)) return error_of(*fault, rules.missing);
  if (!S_ISDIR(found.status.st_mode)) return refused(found.path, "not a folder", "");
  if (const auto fault = judge_path(found.path, found.status, path_rules(rules), false)) return error_of(*fault, rules.missing);
  return std::move(found.path);
}

Result<std::string> read_all(const TrustedFile& file) {
  std::string text(file.size, '\0');
  std::size_t offset = 0;
  while (offset < text.size()) {
    const auto got = ::pread(file.fd.get(), text.data() + offset, text.size() - offset, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(file.path, errno, "");
    if (got == 0) break;
    offset += static_cast<std::size_t>(got);
  }
  text.resize(offset);
  return text;
}

}  // namespace authhost::plugins
