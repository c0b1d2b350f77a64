/* Fails: cancelled-before, cancelled-during-http, cancelled-at-every-step, deadline-passed. Takes its time when it is over. */
#include <unistd.h>
#define TAME_REFRESH authhost_http_response first; if (tame_ask(call, &first) != AUTHHOST_OK && tame_host->is_cancelled(call)) usleep(1200000);
#include "tame.h"
