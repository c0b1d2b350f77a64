/* Fails: loads, services-known. Needs a service that nobody has. */
#define TAME_SERVICES "authhost.kraken/1"
#include "tame.h"
