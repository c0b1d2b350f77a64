/* Fails: previous-token-not-logged. Chirps of the past. */
#define TAME_REFRESH if (request->previous != NULL) tame_host->log(call, AUTHHOST_LOG_DEBUG, request->previous->access_token);
#include "tame.h"
