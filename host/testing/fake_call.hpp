// One call into a plugin under test: its arena, its error, its result.
#pragma once

#include "core/plugins/authenticator.hpp"

#include <authhost/abi.h>
#include <authhost/services.h>
#include <authhost/testing.hpp>
#include <authhost/text.hpp>

#include <nlohmann/json.hpp>

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace authhost::testing {

struct FakeCall {
  FakeHost& host;
  const plugins::AuthenticatorInfo& info;
  const config::Settings& settings;
  Error error{Status::ok, "", "", -1};
  std::optional<Credentials> result = {};
  // Deques: what a plugin borrows must not move while the call lasts.
  std::deque<std::string> texts = {};
  std::deque<std::vector<authhost_str>> lists = {};
  std::deque<std::vector<authhost_http_header>> headers = {};
  std::deque<nlohmann::json> documents = {};

  // authhost_call is opaque, so this host's calls are simply this struct under that name.
  static FakeCall& of(authhost_call* call) { return *reinterpret_cast<FakeCall*>(call); }
  authhost_call* handle() { return reinterpret_cast<authhost_call*>(this); }

  authhost_str keep(std::string text) {
    const auto& kept = texts.emplace_back(std::move(text));
    return {kept.data(), kept.size()};
  }
  authhost_status fail(Error why) {
    error = std::move(why);
    return static_cast<authhost_status>(error.status);
  }
  authhost_status fail(Status status, std::string message) { return fail(Error{status, std::move(message), "", -1}); }
  authhost_status get_setting(const char* name, authhost_setting_value& out);
  // OK, CANCELLED or DEADLINE.
  authhost_status check();
  // Moves the clock; stops early where the call ends.
  authhost_status pass(milliseconds duration);
};

// The script's settings as a configuration would have them. A number for a duration is one of milliseconds.
config::Settings as_configured(const plugins::AuthenticatorInfo& info, const std::map<std::string, Setting>& settings);

// The table of that name; null: none.
const void* fake_service(std::string_view name);

std::map<std::string, std::string> decode_form(std::string_view form, std::map<std::string, int>* count);

}  // namespace authhost::testing
