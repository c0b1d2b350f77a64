/* Fails: stdout-untouched. Says what it does on stdout. */
#include <stdio.h>
#define TAME_REFRESH puts("asking for a token");
#include "tame.h"
