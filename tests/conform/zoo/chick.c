/* Fails: rejected-is-survived, bare-previous-survived. Lost without its refresh token. */
#define TAME_REFRESH \
  if (request->reason == AUTHHOST_REASON_REJECTED && request->previous != NULL && request->previous->refresh_token.size == 0) abort();
#include "tame.h"
