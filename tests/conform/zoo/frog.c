/* Fails: cancelled-during-sleep, cancelled-before, cancelled-at-every-step, deadline-passed. Sleeps on when it is woken. */
#include <authhost/abi.h>
#include <unistd.h>
static void doze(authhost_call* call);
#define TAME_REFRESH doze(call);
#include "tame.h"

static void doze(authhost_call* call) {
  const void* clock = NULL;
  if (tame_host->get_service(call, AUTHHOST_SERVICE_CLOCK, &clock) != AUTHHOST_OK || clock == NULL) return;
  if (((const authhost_clock_service*)clock)->sleep_ms(call, 10) != AUTHHOST_OK) usleep(1200000);
}
