/* Fails: http-html. Jumps where it sees HTML. */
#define TAME_ANSWERED if (response.body.size > 0 && response.body.data[0] == '<') abort();
#include "tame.h"
