/* Fails: long-settings-survived. Swallows what is too big. */
#define TAME_CREDENTIALS if (token.string.size > 4096) abort();
#include "tame.h"
