/* Fails: no-descriptors-leaked. Forgets what it has opened. */
#include <fcntl.h>
static int hoard;
#define TAME_REFRESH if (open("/dev/null", O_RDONLY) < 0) hoard = 0;
#include "tame.h"
