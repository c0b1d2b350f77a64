/* Fails: umask-and-locale-unchanged. Changes the umask. */
#include <sys/stat.h>
#define TAME_REFRESH umask(0);
#include "tame.h"
