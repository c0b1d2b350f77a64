/* Fails: two-threads-at-once. Fights whoever is there at the same time. */
#include <unistd.h>
static int stags;
#define TAME_REFRESH { int others = __sync_fetch_and_add(&stags, 1); usleep(1000); __sync_fetch_and_sub(&stags, 1); if (others != 0) abort(); }
#include "tame.h"
