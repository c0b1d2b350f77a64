/* Fails: stdin-unread. Takes a byte from stdin. */
#include <unistd.h>
#define TAME_REFRESH char byte; if (read(0, &byte, 1) < 0) return AUTHHOST_INTERNAL;
#include "tame.h"
