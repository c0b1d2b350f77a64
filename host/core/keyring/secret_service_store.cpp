// The Secret Service as a Store; the work is done in authhost-secret-service.so.
#include "core/keyring/secret_service_module.h"
#include "core/keyring/store.hpp"
#include "core/services/redact.hpp"

#include <dlfcn.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>

namespace authhost::keyring {
namespace {

constexpr Milliseconds kProbeLimit{2'800};  // the contract says 3 s, all in all
constexpr Milliseconds kLimit{10'000};

// Beside this library: <lib>/authhost/modules. In a program of its own (tests): <bin>/../lib/authhost/modules.
Result<const authhost_secret_service*> load_module() {
  static std::mutex mutex;
  static const authhost_secret_service* loaded = nullptr;
  const std::lock_guard lock(mutex);
  if (loaded != nullptr) return loaded;
  Dl_info here{};
  if (::dladdr(reinterpret_cast<const void*>(&load_module), &here) == 0 || here.dli_fname == nullptr) {
    return Error{Status::internal, "cannot find out where this library lies", ""};
  }
  std::unique_ptr<char, decltype(&std::free)> real(::realpath(here.dli_fname, nullptr), &std::free);
  std::string folder = real ? real.get() : here.dli_fname;
  folder.resize(folder.rfind('/') == std::string::npos ? 0 : folder.rfind('/'));
  std::string why;
  for (const char* below : {"/authhost/modules/", "/../lib/authhost/modules/"}) {
    const std::string path = folder + below + "authhost-secret-service.so";
    // NODELETE: GLib's threads and types cannot be unloaded.
    void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == nullptr) {
      if (why.empty()) why = ::dlerror();
      continue;
    }
    const auto* table = static_cast<const authhost_secret_service*>(::dlsym(handle, AUTHHOST_SECRET_SERVICE_SYMBOL));
    if (table != nullptr && table->size >= sizeof *table) {
      loaded = table;
      return loaded;
    }
    why = path + " is not of this version";
  }
  return Error{Status::store_failed, "the Secret Service cannot be used: " + safe_text(why),
               "install libsecret-1-0, or set storage = \"file\""};
}

// Whether there can be a bus at all, by its address alone. GLib would go on to start one: that is not ours to do.
std::optional<std::string> bus_absence() {
  std::string socket;
  const char* address = ::secure_getenv("DBUS_SESSION_BUS_ADDRESS");
  if (address == nullptr || *address == '\0') {
    const char* runtime = ::secure_getenv("XDG_RUNTIME_DIR");
    if (runtime == nullptr || *runtime == '\0') return "neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set";
    socket = std::string(runtime) + "/bus";
  } else {
    const std::string_view text(address);
    if (text.substr(0, 11) == "autolaunch:" || text.find(':') == std::string_view::npos) {
      return "DBUS_SESSION_BUS_ADDRESS names no bus";
    }
    // One address, and its path as it stands: no escapes, no list.
    if (text.substr(0, 10) == "unix:path=" && text.find_first_of(";%") == std::string_view::npos) {
      socket = text.substr(10, text.find(',') == std::string_view::npos ? text.npos : text.find(',') - 10);
    }
  }
  struct stat st {};
  if (!socket.empty() && ::stat(socket.c_str(), &st) != 0) return "there is no bus at " + socket;
  return {};
}

struct Sentence {
  const char* message;
  const char* hint;
};

Sentence sentence(int outcome) {
  switch (outcome) {
    case AUTHHOST_SS_NO_BUS:
      return {"no session bus answers", "log in to a desktop session, or set storage = \"file\""};
    case AUTHHOST_SS_NO_SERVICE:
      return {"no Secret Service runs on the session bus", "start gnome-keyring or KWallet, or set storage = \"file\""};
    case AUTHHOST_SS_NO_COLLECTION:
      return {"the keyring has no default collection", "make one in your keyring's manager, or set storage = \"file\""};
    case AUTHHOST_SS_LOCKED:
      return {"the keyring is locked", "unlock it in your keyring's manager, or set storage = \"file\""};
    case AUTHHOST_SS_PROMPT:
      return {"the keyring wants to ask for a password",
              "unlock it in your keyring's manager, or set storage = \"file\""};
    case AUTHHOST_SS_TIMEOUT:
      return {"the keyring does not answer in time", "see whether it waits for you or hangs; or set storage = \"file\""};
    default:
      return {"the keyring refused", "set storage = \"file\" to keep credentials in an encrypted file"};
  }
}

class SecretServiceStore final : public Store {
 public:
  [[nodiscard]] std::string_view name() const override { return "secret-service"; }

  Result<void> probe(const Call& call) override {
    return run("the Secret Service cannot be used", call, kProbeLimit,
               [](const authhost_secret_service& module, authhost_ss_call& args) { return module.probe(&args); });
  }

  Result<std::optional<StoredItem>> get(const config::SessionKey& key, const Call& call) override {
    std::optional<Secret> bytes;
    AUTHHOST_CHECK(run("cannot read from the Secret Service", call, kLimit,
                       [&](const authhost_secret_service& module, authhost_ss_call& args) {
                         const Names names(key);
                         const auto item = names.item();
                         return module.get(&args, &item, [](void* out, const char* data, std::size_t size) {
                           static_cast<std::optional<Secret>*>(out)->emplace(std::string_view(data, size));
                         }, &bytes);
                       }));
    if (!bytes) return std::optional<StoredItem>{};
    auto item = deserialize(bytes->reveal());
    if (!item) return std::move(item).error().in("the Secret Service");
    return std::optional<StoredItem>(std::move(*item));
  }

  Result<void> put(const config::SessionKey& key, const StoredItem& stored, const Call& call) override {
    const Secret bytes = serialize(stored);
    return run("cannot store in the Secret Service", call, kLimit,
               [&](const authhost_secret_service& module, authhost_ss_call& args) {
                 const Names names(key);
                 const auto item = names.item();
                 return module.put(&args, &item, bytes.reveal().data(), bytes.size());
               });
  }

  Result<void> drop(const config::SessionKey& key, const Call& call) override {
    return run("cannot remove from the Secret Service", call, kLimit,
               [&](const authhost_secret_service& module, authhost_ss_call& args) {
                 const Names names(key);
                 const auto item = names.item();
                 return module.drop(&args, &item);
               });
  }

 private:
  struct Names {
    explicit Names(const config::SessionKey& session_key) : key(session_key), label("authhost: " + session_key.service) {}
    [[nodiscard]] authhost_ss_item item() const {
      return {key.service.c_str(), key.account.c_str(), key.digest.c_str(), label.c_str()};
    }
    const config::SessionKey& key;
    std::string label;
  };

  template <class Work>
  static Result<void> run(std::string_view doing, const Call& call, Milliseconds limit, Work work) {
    AUTHHOST_CHECK(call.check());
    if (const auto absence = bus_absence()) return failure(doing, AUTHHOST_SS_NO_BUS, *absence);
    AUTHHOST_TRY(module, load_module());
    const auto begin = system_clock().monotonic();
    const auto bounded = call.within(limit);
    authhost_ss_call args{};
    args.timeout_ms = bounded.left().count();
    args.cancel_fd = call.cancel_fd();
    const int outcome = work(*module, args);
    if (outcome == AUTHHOST_SS_OK) return {};
    // The caller's own end first: it may be the cause of any other.
    if (auto still = call.check(); !still) return std::move(still).error().in(doing);
    if (outcome == AUTHHOST_SS_CANCELLED) return Error{Status::cancelled, std::string(doing) + ": cancelled", ""};
    if (outcome == AUTHHOST_SS_TIMEOUT) {
      const auto waited = std::chrono::round<std::chrono::seconds>(system_clock().monotonic() - begin).count();
      return failure(doing, outcome, std::to_string(waited) + " s");
    }
    return failure(doing, outcome, args.detail);
  }

  static Error failure(std::string_view doing, int outcome, const std::string& detail) {
    const auto [message, hint] = sentence(outcome);
    std::string text = std::string(doing) + ": " + message;
    if (!detail.empty()) text += " (" + safe_text(detail, 200) + ")";
    return {Status::store_failed, text, hint};
  }
};

}  // namespace

std::shared_ptr<Store> make_secret_service_store() { return std::make_shared<SecretServiceStore>(); }

}  // namespace authhost::keyring
