/* Fails: descriptor-stays. Changes its name. */
static char own_name[] = "Animal";
#define TAME_NAME own_name
#define TAME_REFRESH own_name[0] = 'B';
#include "tame.h"
