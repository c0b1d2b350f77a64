/* Fails: token-is-visible-ascii. Its token ends with a newline. */
#define TAME_CREDENTIALS out.access_token.data = "conform\n"; out.access_token.size = 8;
#include "tame.h"
