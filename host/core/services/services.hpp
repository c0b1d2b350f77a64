// The services a session works with: one real implementation each, one fake each in tests.
#pragma once

#include "core/services/browser.hpp"
#include "core/services/call.hpp"
#include "core/services/http.hpp"
#include "core/services/loopback.hpp"
#include "core/services/process.hpp"
#include "core/services/prompt.hpp"

#include <memory>

namespace authhost {

struct Services {
  const Clock* clock = &system_clock();
  std::shared_ptr<Http> http;
  std::shared_ptr<Browser> browser;
  std::shared_ptr<Prompt> prompt;
  std::shared_ptr<Loopback> loopback;
  std::shared_ptr<Process> process;
};

}  // namespace authhost
