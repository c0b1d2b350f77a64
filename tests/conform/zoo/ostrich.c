/* Fails: does-not-interact-uninvited. Waits for a person, whoever may be asked. */
#include <authhost/abi.h>
static void wait_for_somebody(authhost_call* call);
#define TAME_SERVICES AUTHHOST_SERVICE_HTTP, AUTHHOST_SERVICE_LOOPBACK
#define TAME_REFRESH wait_for_somebody(call);
#include "tame.h"

static void wait_for_somebody(authhost_call* call) {
  const void* table = NULL;
  authhost_loopback_options options = {0};
  authhost_loopback_expect expect = {0};
  authhost_loopback_result result = {0};
  authhost_loopback* listener = NULL;
  authhost_str uri;
  const authhost_loopback_service* loopback;
  options.size = sizeof options;
  expect.size = sizeof expect;
  expect.timeout_ms = 1000;
  result.size = sizeof result;
  if (tame_host->get_service(call, AUTHHOST_SERVICE_LOOPBACK, &table) != AUTHHOST_OK || table == NULL) return;
  loopback = (const authhost_loopback_service*)table;
  if (loopback->open(call, &options, &listener, &uri) == AUTHHOST_OK) loopback->wait(call, listener, &expect, &result);
}
