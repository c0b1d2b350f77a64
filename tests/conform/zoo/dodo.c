/* Fails: expiry-sane. Its token is dead already. */
#define TAME_CREDENTIALS out.expires_in_s = 0;
#include "tame.h"
