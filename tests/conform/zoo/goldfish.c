/* Fails: gets-credentials, ends-in-one-way. Forgets to emit. */
#define TAME_REFRESH if (call != NULL) return AUTHHOST_OK;
#include "tame.h"
