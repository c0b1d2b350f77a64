/* Fails: loads, settings-well-formed. A setting of it has an odd name. */
#define TAME_SECOND_SETTING "How-Long?"
#include "tame.h"
