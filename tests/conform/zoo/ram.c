/* Fails: loads, has-its-functions. Cannot refresh. */
#define TAME_FUNCTION NULL
#include "tame.h"
