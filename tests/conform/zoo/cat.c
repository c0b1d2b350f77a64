/* Fails: no-credentials-after-error. Emits, and fails all the same. */
#define TAME_CREDENTIALS if (tame_host->emit_credentials(call, &out) == AUTHHOST_OK) return tame_say(call, AUTHHOST_DENIED, "changed my mind");
#include "tame.h"
