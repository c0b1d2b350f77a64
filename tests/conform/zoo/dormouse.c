/* Fails: gets-credentials. Sleeps. */
#include <unistd.h>
#define TAME_REFRESH if (call != NULL) sleep(600);
#include "tame.h"
