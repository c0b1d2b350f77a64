/* Fails: working-directory-unchanged. Goes elsewhere. */
#include <unistd.h>
#define TAME_REFRESH if (chdir("/proc") != 0) return AUTHHOST_INTERNAL;
#include "tame.h"
