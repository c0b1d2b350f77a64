/* Fails: unicode-settings-survived. Knows ASCII alone. */
#define TAME_CREDENTIALS { size_t i; for (i = 0; i < token.string.size; i++) if ((unsigned char)token.string.data[i] > 127) abort(); }
#include "tame.h"
