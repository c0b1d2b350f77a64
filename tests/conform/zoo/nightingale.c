/* Fails: secret-not-in-error. Sings when it fails. */
#define TAME_ANSWERED if (response.status == 400) { tame_host->set_error(call, AUTHHOST_DENIED, token.string, token.string); return AUTHHOST_DENIED; }
#include "tame.h"
