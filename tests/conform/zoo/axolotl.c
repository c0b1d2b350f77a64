/* Fails: oldest-host-survived. Calls what a host of 1.0 does not have, and says that one will do. */
#define TAME_REFRESH { authhost_str why; tame_host->last_error(call, &why, NULL); }
#include "tame.h"
