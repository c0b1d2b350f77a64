/* Fails: two-instances-independent, two-threads-at-once. Hands out the first token that it ever saw. */
static char egg[512];
#define TAME_CREDENTIALS if (egg[0] == 0) { memcpy(egg, token.string.data, token.string.size < 511 ? token.string.size : 511); } out.access_token.data = egg; out.access_token.size = strlen(egg);
#include "tame.h"
