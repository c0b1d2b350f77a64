// Loopback: the redirect listener of RFC 8252, section 7.3.
#pragma once

#include "core/services/call.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace authhost {

struct LoopbackOptions {
  std::string redirect_uri;  // configured; empty: the host's choice. Without a port: any free port
  int port = 0;              // used if redirect_uri names none; 0: any free port
  std::string issuer;        // makes the path of a chosen URI differ between issuers
};

struct LoopbackExpect {
  std::string state;
  std::string issuer;         // RFC 9207; empty: `iss` is not checked
  bool iss_required = false;
};

struct LoopbackResult {
  std::string code;               // empty if the server sent an error
  std::string error;
  std::string error_description;  // cleaned
};

// How the browser's page ends, once the tokens are kept or lost.
struct LoopbackOutcome {
  bool success = false;
  std::string title;
  std::string detail;  // plain text; escaped by the listener
};

// One listener, one attempt. Not thread-safe.
class LoopbackListener {
 public:
  virtual ~LoopbackListener() = default;  // closes the ports; an unanswered browser gets the failure page
  [[nodiscard]] virtual std::string redirect_uri() const = 0;
  virtual Result<LoopbackResult> wait(const LoopbackExpect& expect, const Call& call) = 0;
  // Completes the page of the accepted redirect. No-op if there is none.
  virtual void finish(const LoopbackOutcome& outcome) = 0;
};

class Loopback {
 public:
  virtual ~Loopback() = default;
  // INVALID_CONFIG: redirect_uri is not a loopback http URI. UNAVAILABLE: the port is taken (the hint says what to do).
  virtual Result<std::unique_ptr<LoopbackListener>> open(const LoopbackOptions& options, const Call& call) = 0;
};

std::unique_ptr<Loopback> make_loopback();

}  // namespace authhost
