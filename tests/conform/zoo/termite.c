/* Fails: create-is-quick, create-gives-an-instance, create-does-no-io, destroy-after-create, hundred-instances, revoke-survives. Falls apart when it was never called. */
#define TAME_CREATE *(char*)*out = 0;
#define TAME_REFRESH *(char*)instance = 1;
#define TAME_DESTROY if (*(char*)instance == 0) abort();
#include "tame.h"
