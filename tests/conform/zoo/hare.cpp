// Fails: no-exceptions. Runs away from a refusal.
#include <authhost/authenticator.hpp>

#include <stdexcept>

extern "C" {
#define TAME_ANSWERED \
  if (response.status == 400) run_away(std::string_view(response.body.data, response.body.size));
static void run_away(std::string_view body) {
  if (body.find("invalid_client") != body.npos) throw std::runtime_error("run");
}
#include "tame.h"
}
