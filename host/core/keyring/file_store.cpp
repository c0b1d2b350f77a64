// The encrypted file: one file a key, sealed with XChaCha20-Poly1305 (libsodium).
#include "core/keyring/safe_file.hpp"
#include "core/keyring/store.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace authhost::keyring {
namespace {

constexpr std::string_view kMagic = "authhost1\n";  // the format; a change of any of the below gets another number
constexpr char kKeyFile[] = "store.key";
constexpr std::size_t kMinKeyBytes = 32;
constexpr char kRemoval[] = "run: authhost logout, then authhost login";

std::string item_file(const config::SessionKey& key) { return key.digest + ".cred"; }

// What is authenticated beside the content: a file cannot be renamed over another key's.
std::string associated_data(const config::SessionKey& key) { return std::string(kMagic) + key.digest; }

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

std::string seal(const Secret& plain, const Secret& key, const std::string& associated) {
  std::string out(kMagic);
  const std::size_t nonce_at = out.size();
  const std::size_t text_at = nonce_at + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
  out.resize(text_at + plain.size() + crypto_aead_xchacha20poly1305_ietf_ABYTES);
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  randombytes_buf(bytes + nonce_at, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes + text_at, nullptr, raw(plain.reveal()), plain.size(), raw(associated),
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

class FileStore final : public Store {
 public:
  explicit FileStore(std::string folder) : folder_(std::move(folder)) {}
  [[nodiscard]] std::string_view name() const override { return "file"; }

  Result<void> probe(const Call& call) override {
    AUTHHOST_CHECK(call.check());
    AUTHHOST_TRY(named, named_key());
    AUTHHOST_TRY(folder, PrivateFolder::open(folder_, false));
    if (!folder) return probe_parent();
    if (::faccessat(folder->fd(), ".", W_OK | X_OK, AT_EACCESS) != 0) return store_error("cannot write to", folder_, errno);
    auto key = existing_key(*folder);
    if (!key) return std::move(key).error();
    return {};
  }

  Result<std::optional<StoredItem>> get(const config::SessionKey& key, const Call& call) override {
    AUTHHOST_CHECK(call.check());
    AUTHHOST_TRY(folder, PrivateFolder::open(folder_, false));
    if (!folder) return std::optional<StoredItem>{};
    AUTHHOST_TRY(sealed, folder->read(item_file(key)));
    if (!sealed) return std::optional<StoredItem>{};
    const std::string path = folder_ + "/" + item_file(key);
    AUTHHOST_TRY(secret, existing_key(*folder));
    if (!secret) {
      return Error{Status::store_failed, "cannot open " + path + ": the key it was sealed with, " + kKeyFile + ", is gone",
                   kRemoval};
    }
    auto plain = unseal(sealed->reveal(), *secret, associated_data(key));
    if (!plain) {
      return Error{Status::store_failed, "cannot open " + path + ": it is damaged, or was sealed with another key", kRemoval};
    }
    auto item = deserialize(plain->reveal());
    if (!item) return std::move(item).error().in("cannot open " + path);
    return std::optional<StoredItem>(std::move(*item));
  }

  Result<void> put(const config::SessionKey& key, const StoredItem& item, const Call& call) override {
    AUTHHOST_CHECK(call.check());
    AUTHHOST_TRY(secret, named_key());  // before anything is made
    AUTHHOST_TRY(folder, PrivateFolder::open(folder_, true));
    if (!secret) {
      AUTHHOST_TRY(own, own_key(*folder));
      secret = std::move(own);
    }
    return folder->write(item_file(key), seal(serialize(item), *secret, associated_data(key)));
  }

  Result<void> drop(const config::SessionKey& key, const Call& call) override {
    AUTHHOST_CHECK(call.check());
    AUTHHOST_TRY(folder, PrivateFolder::open(folder_, false));
    if (!folder) return {};
    return folder->remove(item_file(key));
  }

 private:
  // Whether a missing folder could be made: the nearest parent that exists must be writable.
  [[nodiscard]] Result<void> probe_parent() const {
    std::string parent = folder_;
    while (parent.size() > 1) {
      const auto slash = parent.rfind('/');
      if (slash == std::string::npos) break;
      parent.resize(slash == 0 ? 1 : slash);
      if (::faccessat(AT_FDCWD, parent.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return {};
      if (errno != ENOENT) return store_error("cannot write to", parent, errno);
    }
    return store_error("cannot create", folder_, ENOENT);
  }

  // The key that the environment names; none: it names none.
  static Result<std::optional<Secret>> named_key() {
    const char* path = ::secure_getenv("AUTHHOST_FILE_KEY_FILE");
    if (path == nullptr || *path == '\0') return std::optional<Secret>{};
    auto material = read_private_file(path);
    if (!material) return std::move(material).error().in("AUTHHOST_FILE_KEY_FILE");
    return checked(*material, path);
  }

  // none: there is no key yet.
  static Result<std::optional<Secret>> existing_key(const PrivateFolder& folder) {
    AUTHHOST_TRY(named, named_key());
    if (named) return named;
    AUTHHOST_TRY(material, folder.read(kKeyFile));
    if (!material) return std::optional<Secret>{};
    return checked(*material, folder.path() + "/" + kKeyFile);
  }

  static Result<std::optional<Secret>> checked(const Secret& material, const std::string& path) {
    if (material.size() < kMinKeyBytes) {
      return Error{Status::store_failed, "refusing the key in " + path + ": it has fewer than 32 bytes",
                   "put the former key back; or remove it, run authhost logout, and log in again"};
    }
    return std::optional<Secret>(derive(material));
  }

  // Makes one if there is none. Of two processes that do so at once, one wins and both use its key.
  static Result<Secret> own_key(const PrivateFolder& folder) {
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

  std::string folder_;
};

}  // namespace

std::shared_ptr<Store> make_file_store(std::string folder) {
  if (::sodium_init() < 0) std::abort();  // no randomness: nothing may be sealed
  return std::make_shared<FileStore>(std::move(folder));
}

}  // namespace authhost::keyring
