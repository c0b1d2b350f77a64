/* Fails: nothing. As it should be. */
#include "tame.h"
