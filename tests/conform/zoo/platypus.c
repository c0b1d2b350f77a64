/* Fails: error-status-exists. Has a status of its own. */
#define TAME_ANSWERED if (response.status == 400) return tame_say(call, 4711, "the server said no");
#include "tame.h"
