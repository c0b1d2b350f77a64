// One file a name, sealed with XChaCha20-Poly1305 (libsodium).
#include "core/keyring/sealed_folder.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace authhost::keyring {
namespace {

constexpr std::string_view kMagic = "authhost1\n";  // the format; a change of any of the below gets another number
constexpr char kKeyFile[] = "store.key";
constexpr std::size_t kMinKeyBytes = 32;
constexpr char kRemoval[] = "run: authhost logout, then authhost login";

std::string file_of(const std::string& name) { return name + ".cred"; }

// What is authenticated beside the content: a file cannot be renamed over another one.
std::string associated_data(const std::string& name) { return std::string(kMagic) + name; }

// Whatever the key file holds becomes 32 bytes.
Secret derive(const Secret& material) {
  unsigned char key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
  constexpr std::string_view kContext = "authhost file store 1";
  const auto bytes = material.reveal();
  crypto_generichash(key, sizeof key, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                     reinterpret_cast<const unsigned char*>(kContext.data()), kContext.size());
  Secret out({reinterpret_cast<const char*>(key), sizeof key});
  sodium_memzero(key, sizeof key);
  return out;
}

const unsigned char* raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

std::string seal(std::string_view plain, const Secret& key, const std::string& associated) {
  std::string out(kMagic);
  const std::size_t nonce_at = out.size();
  const std::size_t text_at = nonce_at + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
  out.resize(text_at + plain.size() + crypto_aead_xchacha20poly1305_ietf_ABYTES);
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  randombytes_buf(bytes + nonce_at, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes + text_at, nullptr, raw(plain), plain.size(), raw(associated),
                                             associated.size(), nullptr, bytes + nonce_at, raw(key.reveal()));
  return out;
}

// none: not sealed with this key, for this name, or changed since.
std::optional<Secret> unseal(std::string_view sealed, const Secret& key, const std::string& associated) {
  if (sealed.substr(0, kMagic.size()) != kMagic) return {};
  sealed.remove_prefix(kMagic.size());
  constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
  constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
  if (sealed.size() < kNonce + kTag) return {};
  std::string plain(sealed.size() - kNonce - kTag, '\0');
  const auto text = sealed.substr(kNonce);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(reinterpret_cast<unsigned char*>(plain.data()), nullptr, nullptr, raw(text),
                                                 text.size(), raw(associated), associated.size(), raw(sealed),
                                                 raw(key.reveal())) != 0) {
    return {};
  }
  return Secret::take(std::move(plain));
}

Result<std::optional<Secret>> checked(const Secret& material, const std::string& path) {
  if (material.size() < kMinKeyBytes) {
    return Error{Status::store_failed, "refusing the key in " + path + ": it has fewer than 32 bytes",
                 "put the former key back; or remove it, run authhost logout, and log in again"};
  }
  return std::optional<Secret>(derive(material));
}

// The key that the environment names; none: it names none.
Result<std::optional<Secret>> named_key() {
  const char* path = ::secure_getenv("AUTHHOST_FILE_KEY_FILE");
  if (path == nullptr || *path == '\0') return std::optional<Secret>{};
  auto material = read_private_file(path);
  if (!material) return std::move(material).error().in("AUTHHOST_FILE_KEY_FILE");
  return checked(*material, path);
}

// none: there is no key yet.
Result<std::optional<Secret>> existing_key(const PrivateFolder& folder) {
  AUTHHOST_TRY(named, named_key());
  if (named) return named;
  AUTHHOST_TRY(material, folder.read(kKeyFile));
  if (!material) return std::optional<Secret>{};
  return checked(*material, folder.path() + "/" + kKeyFile);
}

// Makes one if there is none. Of two processes that do so at once, one wins and both use its key.
Result<Secret> own_key(const PrivateFolder& folder) {
  AUTHHOST_TRY(existing, existing_key(folder));
  if (existing) return std::move(*existing);
  unsigned char fresh[kMinKeyBytes];
  randombytes_buf(fresh, sizeof fresh);
  auto made = folder.write_new(kKeyFile, {reinterpret_cast<const char*>(fresh), sizeof fresh});
  sodium_memzero(fresh, sizeof fresh);
  if (!made) return std::move(made).error();
  AUTHHOST_TRY(agreed, existing_key(folder));
  if (!agreed) return store_error("cannot read", folder.path() + "/" + kKeyFile, ENOENT);
  return std::move(*agreed);
}

// `key`: the one that the environment names, which was read before anything was made.
Result<std::string> sealed(const PrivateFolder& folder, const std::string& name, std::string_view plain, std::optional<Secret> key) {
  if (!key) {
    AUTHHOST_TRY(own, own_key(folder));
    key = std::move(own);
  }
  return seal(plain, *key, associated_data(name));
}

// What two writes never share: each seals with a nonce of its own.
std::string version_of(std::string_view sealed) {
  unsigned char digest[crypto_generichash_BYTES];
  crypto_generichash(digest, sizeof digest, raw(sealed), sealed.size(), nullptr, 0);
  return {reinterpret_cast<const char*>(digest), sizeof digest};
}

// The folder itself, locked for the moment between a look and a write. No file is made for it, and reading needs none of it. Each
// PrivateFolder is an open file description of its own, so that threads exclude each other, too.
class FolderLock {
 public:
  static Result<FolderLock> acquire(const PrivateFolder& folder, const Call& call) {
    constexpr Milliseconds kPause{3};
    for (;;) {
      if (::flock(folder.fd(), LOCK_EX | LOCK_NB) == 0) return FolderLock(folder.fd());
      if (errno != EWOULDBLOCK && errno != EINTR) return store_error("cannot lock", folder.path(), errno);
      auto waited = call.wait_fd(-1, 0, kPause);
      if (!waited) return std::move(waited).error().in("waiting for the lock of " + folder.path());
    }
  }
  FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock() {
    if (fd_ >= 0) ::flock(fd_, LOCK_UN);  // a forked child may hold a copy of the descriptor
  }

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

// Whether what is there is as expected. What may be anything is not even read.
Result<bool> is_as_expected(const PrivateFolder& folder, const std::string& name, draft::Expected expected) {
  if (!expected) return true;
  AUTHHOST_TRY(sealed, folder.read(file_of(name)));
  return sealed ? version_of(sealed->reveal()) == *expected : expected->empty();
}

}  // namespace

SealedFolder::SealedFolder(std::string path) : path_(std::move(path)) {
  if (::sodium_init() < 0) std::abort();  // no randomness: nothing may be sealed
}

std::string SealedFolder::path_of(const std::string& name) const { return path_ + "/" + file_of(name); }

Result<void> SealedFolder::probe() const {
  AUTHHOST_TRY(named, named_key());
  AUTHHOST_TRY(folder, PrivateFolder::open(path_, false));
  if (!folder) return probe_parent();
  if (::faccessat(folder->fd(), ".", W_OK | X_OK, AT_EACCESS) != 0) return store_error("cannot write to", path_, errno);
  auto key = existing_key(*folder);
  if (!key) return std::move(key).error();
  return {};
}

// Whether a missing folder could be made: the nearest parent that exists must be writable.
Result<void> SealedFolder::probe_parent() const {
  std::string parent = path_;
  while (parent.size() > 1) {
    const auto slash = parent.rfind('/');
    if (slash == std::string::npos) break;
    parent.resize(slash == 0 ? 1 : slash);
    if (::faccessat(AT_FDCWD, parent.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return {};
    if (errno != ENOENT) return store_error("cannot write to", parent, errno);
  }
  return store_error("cannot create", path_, ENOENT);
}

Result<std::optional<draft::Entry>> SealedFolder::get(const std::string& name) const {
  AUTHHOST_TRY(folder, PrivateFolder::open(path_, false));
  if (!folder) return std::optional<draft::Entry>{};
  AUTHHOST_TRY(sealed, folder->read(file_of(name)));
  if (!sealed) return std::optional<draft::Entry>{};
  AUTHHOST_TRY(key, existing_key(*folder));
  if (!key) {
    return Error{Status::store_failed, "cannot open " + path_of(name) + ": the key it was sealed with, " + kKeyFile + ", is gone",
                 kRemoval};
  }
  auto plain = unseal(sealed->reveal(), *key, associated_data(name));
  if (!plain) {
    return Error{Status::store_failed, "cannot open " + path_of(name) + ": it is damaged, or was sealed with another key", kRemoval};
  }
  return std::optional<draft::Entry>(draft::Entry{std::move(*plain), version_of(sealed->reveal())});
}

Result<void> SealedFolder::put(const std::string& name, std::string_view plain) const {
  AUTHHOST_TRY(named, named_key());
  AUTHHOST_TRY(folder, PrivateFolder::open(path_, true));
  AUTHHOST_TRY(bytes, sealed(*folder, name, plain, std::move(named)));
  return folder->write(file_of(name), bytes);
}

Result<void> SealedFolder::drop(const std::string& name) const {
  AUTHHOST_TRY(folder, PrivateFolder::open(path_, false));
  if (!folder) return {};
  return folder->remove(file_of(name));
}

Result<std::optional<std::string>> SealedFolder::put_if(const std::string& name, draft::Expected expected, std::string_view plain,
                                                        const Call& call) const {
  AUTHHOST_TRY(named, named_key());
  const bool may_be_first = !expected || expected->empty();
  AUTHHOST_TRY(folder, PrivateFolder::open(path_, may_be_first));
  if (!folder) return std::optional<std::string>{};
  AUTHHOST_TRY(lock, FolderLock::acquire(*folder, call));
  AUTHHOST_TRY(good, is_as_expected(*folder, name, expected));
  if (!good) return std::optional<std::string>{};
  AUTHHOST_TRY(bytes, sealed(*folder, name, plain, std::move(named)));
  AUTHHOST_CHECK(folder->write(file_of(name), bytes));
  return std::optional<std::string>(version_of(bytes));
}

Result<bool> SealedFolder::drop_if(const std::string& name, draft::Expected expected, const Call& call) const {
  AUTHHOST_TRY(folder, PrivateFolder::open(path_, false));
  if (!folder) return !expected || expected->empty();
  AUTHHOST_TRY(lock, FolderLock::acquire(*folder, call));
  AUTHHOST_TRY(good, is_as_expected(*folder, name, expected));
  if (good) AUTHHOST_CHECK(folder->remove(file_of(name)));
  return good;
}

}  // namespace authhost::keyring
