/* Fails: create-does-no-io. Reads a file in create. */
#include <fcntl.h>
#include <unistd.h>
#define TAME_CREATE { char byte; int file = open("/proc/self/comm", O_RDONLY); if (file >= 0) { if (read(file, &byte, 1) < 0) byte = 0; close(file); } }
#include "tame.h"
