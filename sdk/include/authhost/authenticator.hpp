// Authenticator: what a plugin author writes. One class, one virtual, one line to export it:
//
//   class Hello final : public authhost::Authenticator {
//    public:
//     static constexpr auto kId = "com.example.hello";      // reverse DNS; the last part is the short name
//     static constexpr auto kName = "Hello";
//     static constexpr auto kVersion = "1.0.0";
//     static constexpr auto kSummary = "Greets with a fixed token";
//     authhost::Result<authhost::Credentials> do_refresh_credentials(authhost::Context&) override {
//       authhost::Credentials credentials;
//       credentials.access_token = authhost::Secret("hello");
//       return credentials;
//     }
//   };
//   AUTHHOST_PLUGIN(Hello)
//
// Optional members: `static constexpr authhost_setting kSettings[]` (settings.hpp), `static constexpr const char*
// kServices[]` (AUTHHOST_SERVICE_*), `static constexpr std::uint32_t kCapabilities` (AUTHHOST_CAP_*), and an override of
// `revoke`.
#pragma once

#include <authhost/abi.h>
#include <authhost/context.hpp>
#include <authhost/credentials.hpp>
#include <authhost/result.hpp>
#include <authhost/settings.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

namespace authhost {

// Calls into one object are never concurrent. The constructor does no I/O.
class Authenticator {
 public:
  Authenticator() = default;
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;
  virtual ~Authenticator() = default;

  // Gets credentials, or says why not.
  virtual Result<Credentials> do_refresh_credentials(Context& context) = 0;
  // Tells the server that context.previous() is no longer wanted (RFC 7009). Override it if there is a way.
  virtual Result<void> revoke(Context& context) {
    (void)context;
    return {};
  }
};

namespace detail {

// The wall: nothing that is thrown behind it crosses the border.
template <class Body>
authhost_status guarded(const authhost_host& host, authhost_call* call, Body body) noexcept {
  const auto say = [&](std::string_view message) {
    host.set_error(call, AUTHHOST_INTERNAL, text::to_abi(message), text::to_abi("report this to the plugin's author"));
    return authhost_status{AUTHHOST_INTERNAL};
  };
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return say("the plugin ran out of memory");
  } catch (const std::exception& problem) {
    try {
      return say("the plugin failed unexpectedly: " + text::clean(problem.what()));
    } catch (...) {
      return say("the plugin failed unexpectedly");
    }
  } catch (...) {
    return say("the plugin failed unexpectedly");
  }
}

// The descriptor of one authenticator class, as constant data.
template <class A>
class Descriptor {
  static_assert(std::is_base_of_v<Authenticator, A>, "derive from authhost::Authenticator");

  struct Instance {
    const authhost_host* host;
    A authenticator;
  };
  static Instance* from(authhost_instance* instance) { return reinterpret_cast<Instance*>(instance); }

  static authhost_status create(const authhost_host* host, authhost_call* call, authhost_instance** out) noexcept {
    return guarded(*host, call, [&]() -> authhost_status {
      *out = reinterpret_cast<authhost_instance*>(new Instance{host, {}});
      return AUTHHOST_OK;
    });
  }
  static void destroy(authhost_instance* instance) noexcept { delete from(instance); }

  static authhost_status refresh(authhost_instance* instance, authhost_call* call,
                                 const authhost_refresh* request) noexcept {
    auto& self = *from(instance);
    return guarded(*self.host, call, [&]() -> authhost_status {
      Context context(*self.host, call, *request);
      const auto credentials = self.authenticator.do_refresh_credentials(context);
      return credentials.ok() ? context.emit(*credentials) : context.fail(credentials.error());
    });
  }
  static authhost_status revoke(authhost_instance* instance, authhost_call* call,
                                const authhost_refresh* request) noexcept {
    auto& self = *from(instance);
    return guarded(*self.host, call, [&]() -> authhost_status {
      Context context(*self.host, call, *request);
      const auto done = self.authenticator.revoke(context);
      return done.ok() ? authhost_status{AUTHHOST_OK} : context.fail(done.error());
    });
  }

  // Named in a derived class, the member's type says who wrote it.
  static constexpr bool kRevokes = !std::is_same_v<decltype(&A::revoke), decltype(&Authenticator::revoke)>;
  static constexpr authhost_revoke kRevoke = {sizeof(authhost_revoke), &Descriptor::revoke};
  static const void* get_extension(const char* name) noexcept {
    if (kRevokes && std::string_view(name) == AUTHHOST_EXT_REVOKE) return &kRevoke;
    return nullptr;
  }

  // Arrays of no elements do not exist in C++, so an absent list is one null that is not counted.
  static constexpr std::size_t count_settings() {
    if constexpr (requires { A::kSettings; }) return std::size(A::kSettings);
    else return 0;
  }
  static constexpr std::size_t count_services() {
    if constexpr (requires { A::kServices; }) return std::size(A::kServices);
    else return 0;
  }
  static constexpr auto point_to_settings() {
    std::array<const authhost_setting*, count_settings() + 1> pointers{};
    if constexpr (requires { A::kSettings; }) {
      for (std::size_t i = 0; i < count_settings(); ++i) pointers[i] = &A::kSettings[i];
    }
    return pointers;
  }
  static constexpr auto point_to_services() {
    std::array<const char*, count_services() + 1> names{};
    if constexpr (requires { A::kServices; }) {
      for (std::size_t i = 0; i < count_services(); ++i) names[i] = A::kServices[i];
    }
    return names;
  }
  static constexpr std::uint32_t capabilities() {
    if constexpr (requires { A::kCapabilities; }) return A::kCapabilities;
    else return 0;
  }
  static constexpr auto kSettingPointers = point_to_settings();
  static constexpr auto kServiceNames = point_to_services();

 public:
  static constexpr authhost_descriptor kValue = {sizeof(authhost_descriptor),
                                                 A::kId,
                                                 A::kName,
                                                 A::kVersion,
                                                 A::kSummary,
                                                 kSettingPointers.data(),
                                                 count_settings(),
                                                 kServiceNames.data(),
                                                 count_services(),
                                                 capabilities(),
                                                 &Descriptor::create,
                                                 &Descriptor::destroy,
                                                 &Descriptor::refresh,
                                                 &Descriptor::get_extension};
};

// What of the interface a class cannot do without.
template <class A>
constexpr std::uint32_t min_host_minor() {
  if constexpr (requires { A::kMinHostMinor; }) return A::kMinHostMinor;
  else return 0;
}

template <class... As>
struct Plugin {
  static constexpr const authhost_descriptor* kDescriptors[] = {&Descriptor<As>::kValue...};
  static constexpr authhost_plugin kValue = {
      sizeof(authhost_plugin), AUTHHOST_ABI_MAJOR, AUTHHOST_ABI_MINOR, std::max({min_host_minor<As>()...}), sizeof...(As), kDescriptors};
};

}  // namespace detail
}  // namespace authhost

// Emits the one exported symbol, as constant data, for one authenticator class or several. At global scope.
#define AUTHHOST_PLUGIN(...) \
  constinit const authhost_plugin authhost_plugin_v1 = ::authhost::detail::Plugin<__VA_ARGS__>::kValue;
