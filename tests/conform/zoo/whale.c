/* Fails: http-huge. Never comes up again. */
static volatile unsigned depth;
#define TAME_ANSWERED while (response.body.size > 500000) depth++;
#include "tame.h"
