// Browser: opens a URL in the person's own browser (RFC 8252, section 8.12: never an embedded one).
#pragma once

#include "core/services/call.hpp"

#include <memory>
#include <string_view>

namespace authhost {

class Browser {
 public:
  virtual ~Browser() = default;
  // `command` overrides $BROWSER and the desktop's choice; empty: no override.
  [[nodiscard]] virtual bool available(std::string_view command) const = 0;
  // OK: started. INTERACTION_REQUIRED: there is none. INVALID_CONFIG/PROTOCOL: the URL must not be opened.
  virtual Result<void> open(std::string_view url, std::string_view command, const Call& call) = 0;
};

// $BROWSER (a `:`-separated list of commands, no shell, URL as last argument), else xdg-open where a display is set.
std::unique_ptr<Browser> make_system_browser();

// Whether a browser may be sent there at all: https, or http on this machine. PROTOCOL.
Result<void> check_browser_url(std::string_view url);

}  // namespace authhost
