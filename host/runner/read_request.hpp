// ReadRequest: a "refresh" or "revoke" frame as the native plugin's host wants it.
#pragma once

#include "core/plugins/authenticator.hpp"
#include "core/plugins/exec/frame.hpp"

#include <map>
#include <string>
#include <vector>

namespace authhost::runner {

// What a RefreshRequest points to. The settings may be secrets: they are wiped.
struct ReadRequest {
  ReadRequest() = default;
  ReadRequest(const ReadRequest&) = delete;
  ReadRequest& operator=(const ReadRequest&) = delete;
  ~ReadRequest() {
    for (auto& setting : settings) {
      if (auto* const text = std::get_if<std::string>(&setting.second.value)) wipe(*text);
    }
  }

  std::vector<std::string> granted;
  std::vector<std::string> services;  // of these, what the host has
  bool may_interact = false;
  std::optional<Milliseconds> limit;

  plugins::RefreshRequest request;
  Credentials previous;
  ClientConfig client_config;
  config::Settings settings;
  std::map<std::string, Secret> stored;
};

// Into `out`, which must not be moved afterwards. PROTOCOL.
Result<void> read_request(const plugins::exec::Frame& frame, const plugins::AuthenticatorInfo& info, ReadRequest& out);

// The answer.
plugins::exec::Frame credentials_frame(const plugins::RefreshOutcome& outcome, std::int64_t id);

}  // namespace authhost::runner
