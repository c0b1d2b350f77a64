/* Fails: big-previous-survived. Has room for small tokens. */
#define TAME_REFRESH if (request->previous != NULL && request->previous->access_token.size > 4096) abort();
#include "tame.h"
