/* Fails: revoke-survives. Revokes what is not there. */
#define TAME_REVOKE if (request->previous->access_token.size == 0) return AUTHHOST_OK;
#include "tame.h"
