/* Fails: bare-previous-survived. Looks for a mother who is not there. */
#define TAME_REFRESH if (request->reason != AUTHHOST_REASON_LOGIN && request->previous->size == 0) return AUTHHOST_USAGE;
#include "tame.h"
