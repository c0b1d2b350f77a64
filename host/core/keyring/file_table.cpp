// The encrypted file as a credential store: SealedFolder and KeyLock, in the words of authhost/draft/credential_store.h.
#include "core/keyring/sealed_folder.hpp"
#include "core/keyring/table_store.hpp"

#include <algorithm>
#include <map>

namespace authhost::keyring {
namespace {

// Waits for the folder's lock piece by piece, to see in between whether the caller still does.
template <class Work>
auto patiently(const draft::StoreCall& call, Work&& work) {
  constexpr std::chrono::milliseconds kPiece{200};
  for (;;) {
    auto done = work(Call{}.within(std::min(call.time_left(), kPiece)));
    if (done || done.status() != Status::deadline || call.is_cancelled()) return done;
  }
}

class FileCredentials final : public draft::CredentialStore {
 public:
  static constexpr auto kId = "org.authhost.file";
  static constexpr auto kName = "Encrypted file";
  static constexpr auto kVersion = "1";
  static constexpr auto kSummary = "Keeps credentials in encrypted files of one user";

  explicit FileCredentials(std::string location) : folder_(std::move(location)) {}

  Result<void> probe(const draft::StoreCall&) override { return folder_.probe(); }

  Result<std::optional<draft::Entry>> get(const draft::StoreCall&, std::string_view key) override {
    AUTHHOST_TRY(name, file_name(key));
    return folder_.get(name);
  }

  Result<std::optional<std::string>> put_if(const draft::StoreCall& call, std::string_view key, draft::Expected version,
                                            std::string_view bytes, std::uint64_t fence) override {
    AUTHHOST_TRY(name, file_name(key));
    if (fence != 0 && !is_greatest(name, fence)) return std::optional<std::string>{};
    return patiently(call, [&](const Call& patience) { return folder_.put_if(name, version, bytes, patience); });
  }

  Result<bool> drop_if(const draft::StoreCall& call, std::string_view key, draft::Expected version, std::uint64_t fence) override {
    AUTHHOST_TRY(name, file_name(key));
    if (fence != 0 && !is_greatest(name, fence)) return false;
    return patiently(call, [&](const Call& patience) { return folder_.drop_if(name, version, patience); });
  }

  Result<draft::Lease> lease(const draft::StoreCall& call, std::string_view key, std::chrono::milliseconds time) override {
    constexpr std::chrono::milliseconds kPause{10};
    AUTHHOST_TRY(name, file_name(key));
    const auto now = call.now();
    if (const auto held = leases_.find(name); held != leases_.end() && held->second.until > now) return draft::Lease(draft::Busy{kPause});
    leases_.erase(name);
    AUTHHOST_TRY(folder, PrivateFolder::open(folder_.path(), true));
    AUTHHOST_TRY(lock, KeyLock::try_acquire(*folder, name + ".lock"));
    if (!lock) return draft::Lease(draft::Busy{kPause});
    if (!lock->warning().empty()) return draft::Lease(draft::NoLeases{});  // the file system cannot lock
    AUTHHOST_TRY(fence, lock->fence());
    leases_.emplace(name, Held{std::move(*lock), fence, now + time});
    return draft::Lease(draft::Leased{fence});
  }

  Result<void> release(const draft::StoreCall&, std::string_view key, std::uint64_t fence) override {
    AUTHHOST_TRY(name, file_name(key));
    if (const auto held = leases_.find(name); held != leases_.end() && held->second.fence == fence) leases_.erase(held);
    return {};
  }

 private:
  struct Held {
    KeyLock lock;
    std::uint64_t fence;
    std::chrono::milliseconds until;
  };

  // While the kernel's lock is held here nobody has a greater fence, even if the time is over; afterwards nobody knows.
  [[nodiscard]] bool is_greatest(const std::string& name, std::uint64_t fence) const {
    const auto held = leases_.find(name);
    return held != leases_.end() && held->second.fence == fence;
  }

  // A key becomes the name of a file.
  static Result<std::string> file_name(std::string_view key) {
    const bool good = std::all_of(key.begin(), key.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
    if (!good || key.empty() || key.size() > 128) return Error{Status::usage, "that is not the name of a key", ""};
    return std::string(key);
  }

  SealedFolder folder_;
  std::map<std::string, Held> leases_;
};

}  // namespace

const authhost_credential_store& file_table() { return draft::detail::StoreTable<FileCredentials>::kValue; }

}  // namespace authhost::keyring
