/* Fails: moves-between-threads, rounds-repeat, works-after-cancellation. Lives for one call. */
#define TAME_CREATE *(char*)*out = 0;
#define TAME_REFRESH if ((*(char*)instance)++ != 0) return tame_say(call, AUTHHOST_INTERNAL, "it was called before");
#include "tame.h"
