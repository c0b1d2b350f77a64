/* Fails: does-not-hammer. Tries again, and again. */
#define TAME_ANSWERED { int i; for (i = 0; i < 50 && response.status == 503; i++) status = tame_ask(call, &response); if (status != AUTHHOST_OK) return status; }
#include "tame.h"
