/* Fails: hundred-instances. Shares its territory with few. */
static int alive;
#define TAME_CREATE if (++alive > 50) return tame_say(call, AUTHHOST_INTERNAL, "too many");
#define TAME_DESTROY --alive;
#include "tame.h"
