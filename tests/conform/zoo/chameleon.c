/* Fails: environment-unchanged. Sets a variable. */
#include <stdlib.h>
#define TAME_REFRESH setenv("CHAMELEON", "green", 1);
#include "tame.h"
