/* Fails: ungranted-service-survived, missing-service-survived. Does not look where it runs. */
#define TAME_REFRESH const void* clock = NULL; tame_host->get_service(call, AUTHHOST_SERVICE_CLOCK, &clock); ((const authhost_clock_service*)clock)->now_ms(call);
#include "tame.h"
