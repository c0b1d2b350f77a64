// CredentialStore: a credential store as a C++ author writes it. DRAFT, as credential_store.h is: not promised yet.
//
//   class Shelf final : public authhost::draft::CredentialStore {
//    public:
//     static constexpr auto kId = "com.example.shelf";
//     static constexpr auto kName = "Shelf";
//     static constexpr auto kVersion = "1.0.0";
//     static constexpr auto kSummary = "Keeps credentials on a shelf";
//     explicit Shelf(std::string location);
//     … get, put_if, drop_if …
//   };
//   AUTHHOST_CREDENTIAL_STORE(Shelf)
#pragma once

#include <authhost/draft/credential_store.h>
#include <authhost/result.hpp>
#include <authhost/secret.hpp>
#include <authhost/text.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace authhost::draft {

// One call, as the store sees it. On the thread of the call only.
class StoreCall {
 public:
  StoreCall(const authhost_store_host& host, authhost_store_call* call) : host_(host), call_(call) {}
  [[nodiscard]] bool is_cancelled() const { return host_.is_cancelled(call_) != 0; }
  // Time left, never negative; milliseconds::max() without a deadline.
  [[nodiscard]] std::chrono::milliseconds time_left() const { return std::chrono::milliseconds(host_.deadline_ms(call_)); }
  // Never jumps: for the length of leases.
  [[nodiscard]] std::chrono::milliseconds now() const { return std::chrono::milliseconds(host_.monotonic_ms(call_)); }

 private:
  const authhost_store_host& host_;
  authhost_store_call* call_;
};

struct Entry {
  Secret bytes;
  std::string version;
};

// What has to be there: a version; "": nothing; std::nullopt: whatever there is.
using Expected = std::optional<std::string_view>;

// The three answers to who wants to be the one that refreshes.
struct Leased { std::uint64_t fence = 0; };
struct Busy { std::chrono::milliseconds wait{0}; };
struct NoLeases {};
using Lease = std::variant<NoLeases, Busy, Leased>;

// Calls into one object are never concurrent. The constructor gets the location and does no I/O.
class CredentialStore {
 public:
  CredentialStore() = default;
  CredentialStore(const CredentialStore&) = delete;
  CredentialStore& operator=(const CredentialStore&) = delete;
  virtual ~CredentialStore() = default;

  // std::nullopt: there is nothing.
  virtual Result<std::optional<Entry>> get(const StoreCall& call, std::string_view key) = 0;
  // The new version; std::nullopt: not done, because it changed meanwhile. `fence` 0: without a lease.
  virtual Result<std::optional<std::string>> put_if(const StoreCall& call, std::string_view key, Expected version,
                                                    std::string_view bytes, std::uint64_t fence) = 0;
  // false: not done, because it changed meanwhile.
  virtual Result<bool> drop_if(const StoreCall& call, std::string_view key, Expected version, std::uint64_t fence) = 0;
  // Override both where there are leases.
  virtual Result<Lease> lease(const StoreCall&, std::string_view, std::chrono::milliseconds) { return Lease(NoLeases{}); }
  virtual Result<void> release(const StoreCall&, std::string_view, std::uint64_t) { return {}; }
  // Whether it could be written now. Override it if that can be told without writing.
  virtual Result<void> probe(const StoreCall&) { return {}; }
};

namespace detail {

// The table of one class, as constant data.
template <class S>
class StoreTable {
  static_assert(std::is_base_of_v<CredentialStore, S>, "derive from authhost::draft::CredentialStore");

  struct Instance {
    const authhost_store_host* host;
    S store;
  };
  static Instance* from(authhost_store_instance* instance) { return reinterpret_cast<Instance*>(instance); }

  static authhost_status fail(const authhost_store_host& host, authhost_store_call* call, const Error& error) {
    const auto status = static_cast<authhost_status>(error.status == Status::ok ? Status::internal : error.status);
    host.set_error(call, status, text::to_abi(error.message), text::to_abi(error.hint));
    return status;
  }
  // The wall: nothing that is thrown behind it crosses the border. The words of an exception stay here, too: they may hold a secret.
  template <class Body>
  static authhost_status guarded(const authhost_store_host& host, authhost_store_call* call, Body body) noexcept {
    try {
      return body();
    } catch (...) {
      constexpr std::string_view kWhat = "the credential store failed unexpectedly";
      host.set_error(call, AUTHHOST_INTERNAL, text::to_abi(kWhat), text::to_abi("report this to the plugin's author"));
      return AUTHHOST_INTERNAL;
    }
  }
  // Calls the store with `ask`, and emits what `tell` makes of the result.
  template <class Ask, class Tell>
  static authhost_status answered(authhost_store_instance* instance, authhost_store_call* call, Ask ask, Tell tell) noexcept {
    auto& self = *from(instance);
    return guarded(*self.host, call, [&]() -> authhost_status {
      const auto result = ask(self.store, StoreCall(*self.host, call));
      if (!result.ok()) return fail(*self.host, call, result.error());
      authhost_store_answer answer{};
      answer.size = sizeof answer;
      tell(answer, result);
      return self.host->emit(call, &answer);
    });
  }
  static Expected expected(const authhost_str* version) {
    return version != nullptr ? Expected(text::view(*version)) : std::nullopt;
  }

  static authhost_status create(const authhost_store_host* host, authhost_store_call* call, authhost_str location,
                                authhost_store_instance** out) noexcept {
    return guarded(*host, call, [&]() -> authhost_status {
      *out = reinterpret_cast<authhost_store_instance*>(new Instance{host, S(text::copy(location))});
      return AUTHHOST_OK;
    });
  }
  static void destroy(authhost_store_instance* instance) noexcept { delete from(instance); }

  static authhost_status get(authhost_store_instance* instance, authhost_store_call* call, authhost_str key) noexcept {
    return answered(
        instance, call, [&](S& store, const StoreCall& context) { return store.get(context, text::view(key)); },
        [](authhost_store_answer& answer, const Result<std::optional<Entry>>& entry) {
          answer.answer = *entry ? AUTHHOST_ANSWER_FOUND : AUTHHOST_ANSWER_NOTHING;
          if (!*entry) return;
          answer.bytes = text::to_abi((*entry)->bytes.reveal());
          answer.version = text::to_abi((*entry)->version);
        });
  }
  static authhost_status put_if(authhost_store_instance* instance, authhost_store_call* call, authhost_str key,
                                const authhost_str* version, authhost_str bytes, std::uint64_t fence) noexcept {
    return answered(
        instance, call,
        [&](S& store, const StoreCall& context) {
          return store.put_if(context, text::view(key), expected(version), text::view(bytes), fence);
        },
        [](authhost_store_answer& answer, const Result<std::optional<std::string>>& written) {
          answer.answer = *written ? AUTHHOST_ANSWER_DONE : AUTHHOST_ANSWER_CHANGED;
          if (*written) answer.version = text::to_abi(**written);
        });
  }
  static authhost_status drop_if(authhost_store_instance* instance, authhost_store_call* call, authhost_str key,
                                 const authhost_str* version, std::uint64_t fence) noexcept {
    return answered(
        instance, call,
        [&](S& store, const StoreCall& context) { return store.drop_if(context, text::view(key), expected(version), fence); },
        [](authhost_store_answer& answer, const Result<bool>& dropped) {
          answer.answer = *dropped ? AUTHHOST_ANSWER_DONE : AUTHHOST_ANSWER_CHANGED;
        });
  }
  static authhost_status lease(authhost_store_instance* instance, authhost_store_call* call, authhost_str key,
                               std::int64_t for_ms) noexcept {
    return answered(
        instance, call,
        [&](S& store, const StoreCall& context) {
          return store.lease(context, text::view(key), std::chrono::milliseconds(for_ms));
        },
        [](authhost_store_answer& answer, const Result<Lease>& lease) {
          answer.answer = AUTHHOST_ANSWER_NO_LEASES;
          if (const auto* busy = std::get_if<Busy>(&*lease)) {
            answer.answer = AUTHHOST_ANSWER_BUSY;
            answer.wait_ms = busy->wait.count();
          } else if (const auto* leased = std::get_if<Leased>(&*lease)) {
            answer.answer = AUTHHOST_ANSWER_LEASED;
            answer.fence = leased->fence;
          }
        });
  }
  static void done(authhost_store_answer& answer, const Result<void>&) { answer.answer = AUTHHOST_ANSWER_DONE; }
  static authhost_status release(authhost_store_instance* instance, authhost_store_call* call, authhost_str key,
                                 std::uint64_t fence) noexcept {
    return answered(
        instance, call, [&](S& store, const StoreCall& context) { return store.release(context, text::view(key), fence); }, done);
  }
  static authhost_status probe(authhost_store_instance* instance, authhost_store_call* call) noexcept {
    return answered(instance, call, [](S& store, const StoreCall& context) { return store.probe(context); }, done);
  }

 public:
  static constexpr authhost_credential_store kValue = {sizeof(authhost_credential_store),
                                                       AUTHHOST_CREDENTIAL_STORE_DRAFT,
                                                       S::kId,
                                                       S::kName,
                                                       S::kVersion,
                                                       S::kSummary,
                                                       &StoreTable::create,
                                                       &StoreTable::destroy,
                                                       &StoreTable::get,
                                                       &StoreTable::put_if,
                                                       &StoreTable::drop_if,
                                                       &StoreTable::lease,
                                                       &StoreTable::release,
                                                       &StoreTable::probe};
};

}  // namespace detail
}  // namespace authhost::draft

// Emits the one exported symbol, as constant data. At global scope.
#define AUTHHOST_CREDENTIAL_STORE(Class) \
  constinit const authhost_credential_store authhost_credential_store_draft = ::authhost::draft::detail::StoreTable<Class>::kValue;
