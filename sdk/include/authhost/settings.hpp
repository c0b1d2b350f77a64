// Declaring settings: constant data that the descriptor points to.
//
//   static constexpr authhost_setting kSettings[] = {
//       authhost::setting::required(authhost::setting::secret("api_key", "the key")),
//       authhost::setting::duration("timeout", "how long to wait", "60s")};
//
// The host rejects every key of `[profiles.X.settings]` that is not declared, checks types, and fills in defaults.
#pragma once

#include <authhost/abi.h>

#include <cstddef>
#include <cstdint>

namespace authhost::setting {

namespace detail {
constexpr authhost_setting make(const char* name, std::int32_t type, const char* summary, const char* default_value) {
  return authhost_setting{sizeof(authhost_setting), name, type, 0, summary, default_value, nullptr, 0};
}
}  // namespace detail

// `default_value` is written as in the configuration; nullptr: none. All strings must live as long as the program.
constexpr authhost_setting string(const char* name, const char* summary, const char* default_value = nullptr) {
  return detail::make(name, AUTHHOST_SETTING_STRING, summary, default_value);
}
constexpr authhost_setting integer(const char* name, const char* summary, const char* default_value = nullptr) {
  return detail::make(name, AUTHHOST_SETTING_INTEGER, summary, default_value);
}
constexpr authhost_setting boolean(const char* name, const char* summary, const char* default_value = nullptr) {
  return detail::make(name, AUTHHOST_SETTING_BOOLEAN, summary, default_value);
}
// "90s", "5m"; read as std::chrono::milliseconds.
constexpr authhost_setting duration(const char* name, const char* summary, const char* default_value = nullptr) {
  return detail::make(name, AUTHHOST_SETTING_DURATION, summary, default_value);
}
constexpr authhost_setting string_list(const char* name, const char* summary) {
  return detail::make(name, AUTHHOST_SETTING_STRING_LIST, summary, nullptr);
}
// People write NAME_env, NAME_file or NAME_command; read as authhost::Secret.
constexpr authhost_setting secret(const char* name, const char* summary) {
  return detail::make(name, AUTHHOST_SETTING_SECRET, summary, nullptr);
}
// One of a few words; `allowed` is a static array.
template <std::size_t N>
constexpr authhost_setting one_of(const char* name, const char* summary, const char* const (&allowed)[N],
                                  const char* default_value) {
  authhost_setting setting = string(name, summary, default_value);
  setting.allowed = allowed;
  setting.n_allowed = N;
  return setting;
}
constexpr authhost_setting required(authhost_setting setting) {
  setting.flags |= AUTHHOST_SETTING_REQUIRED;
  return setting;
}

}  // namespace authhost::setting
