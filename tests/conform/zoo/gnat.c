/* Fails: loads, sizes-cover-fields. Says that it is smaller than it is. */
#define TAME_SIZE 8
#include "tame.h"
