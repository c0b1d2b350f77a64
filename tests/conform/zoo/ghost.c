/* Fails: loads, names-and-version. Has no name. */
#define TAME_NAME ""
#include "tame.h"
