// How a key of the table reaches its member of a Profile.
#pragma once

#include "core/config/schema.hpp"

#include <type_traits>
#include <variant>

namespace authhost::config {

// Calls f(member) with the member that `key` stands for; does nothing for tables and lists of other keys.
template <class P, class F>
void with_slot(P& profile, const Key& key, F&& f) {
  std::visit(
      [&](auto slot) {
        using S = decltype(slot);
        if constexpr (std::is_same_v<S, std::string ClientConfig::*> ||
                      std::is_same_v<S, std::vector<std::string> ClientConfig::*>) {
          f(profile.client.*slot);
        } else if constexpr (!std::is_same_v<S, std::monostate>) {
          f(profile.*slot);
        }
      },
      key.slot);
}

// "endpoint", "client.client_id": the name in Profile::sources.
inline std::string slot_name(const Key& key) {
  return (key.section == Section::client ? "client." : "") + std::string(key.name);
}

}  // namespace authhost::config
