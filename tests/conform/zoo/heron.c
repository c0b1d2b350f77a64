/* Fails: cancelled-during-wait, cancelled-at-every-step. Waits on, whoever calls. */
#include <authhost/services.h>
#include <unistd.h>
static authhost_status stand(authhost_call* call);
#define TAME_SERVICES AUTHHOST_SERVICE_HTTP, AUTHHOST_SERVICE_BROWSER, AUTHHOST_SERVICE_LOOPBACK
#define TAME_CREDENTIALS \
  if (request->may_interact) status = stand(call); \
  if (status != AUTHHOST_OK) return status;
#include "tame.h"

static authhost_str words(const char* text) {
  authhost_str out;
  out.data = text;
  out.size = strlen(text);
  return out;
}

static authhost_status stand(authhost_call* call) {
  const void* browser = NULL;
  const void* loopback = NULL;
  authhost_loopback* water = NULL;
  authhost_loopback_options options = {0};
  authhost_loopback_expect expect = {0};
  authhost_loopback_result fish = {0};
  authhost_str uri;
  authhost_status status;
  options.size = sizeof options;
  expect.size = sizeof expect;
  fish.size = sizeof fish;
  expect.state = words("conform-heron");
  expect.timeout_ms = 60000;
  if (tame_host->get_service(call, AUTHHOST_SERVICE_BROWSER, &browser) != AUTHHOST_OK || browser == NULL) return AUTHHOST_OK;
  if (tame_host->get_service(call, AUTHHOST_SERVICE_LOOPBACK, &loopback) != AUTHHOST_OK || loopback == NULL) return AUTHHOST_OK;
  status = ((const authhost_loopback_service*)loopback)->open(call, &options, &water, &uri);
  if (status != AUTHHOST_OK) return status;
  status = ((const authhost_browser_service*)browser)->open(call, words("https://idp.conform.example/authorize?state=conform-heron"), words(""));
  if (status != AUTHHOST_OK) return status;
  status = ((const authhost_loopback_service*)loopback)->wait(call, water, &expect, &fish);
  if (status == AUTHHOST_CANCELLED) usleep(1200000);
  return status;
}
