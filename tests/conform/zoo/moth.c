/* Fails: http-empty. Goes out when there is nothing. */
#define TAME_ANSWERED if (response.body.size == 0 && response.status == 200) exit(0);
#include "tame.h"
