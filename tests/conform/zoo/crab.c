/* Fails: defaults-parse. Its default is no duration. */
#define TAME_DEFAULT "soon"
#include "tame.h"
