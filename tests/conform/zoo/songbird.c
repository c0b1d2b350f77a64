/* Fails: secret-not-logged. Sings its token. */
#define TAME_CREDENTIALS tame_host->log(call, AUTHHOST_LOG_DEBUG, token.string);
#include "tame.h"
