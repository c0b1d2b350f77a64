/* Fails: interaction-required-when-nobody. Says that it is interactive, and needs nobody. */
#define TAME_CAPABILITIES AUTHHOST_CAP_INTERACTIVE
#include "tame.h"
