/* Fails: newer-host-survived. Wants everything to stay as it is. */
#define TAME_REFRESH if (request->size != sizeof *request) return tame_say(call, AUTHHOST_USAGE, "an unknown request");
#include "tame.h"
