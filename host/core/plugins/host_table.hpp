// The host table, and the service tables that plugins reach through it.
#pragma once

#include "core/plugins/call_state.hpp"

#include <authhost/abi.h>
#include <authhost/services.h>

#include <string>
#include <string_view>
#include <vector>

namespace authhost::plugins {

// The one table that every native plugin gets.
const authhost_host& host_table() noexcept;

// One table each; constant, so that a plugin may keep the pointers.
const authhost_clock_service& clock_table() noexcept;
const authhost_crypto_service& crypto_table() noexcept;
const authhost_http_service& http_table() noexcept;
const authhost_json_service& json_table() noexcept;
const authhost_browser_service& browser_table() noexcept;
const authhost_prompt_service& prompt_table() noexcept;
const authhost_loopback_service& loopback_table() noexcept;
const authhost_store_service& store_table() noexcept;
const authhost_process_service& process_table() noexcept;

// Whether this version has a service of that name at all.
bool is_known_service(std::string_view name) noexcept;
std::vector<std::string> known_services();

}  // namespace authhost::plugins
