/* Fails: loading-is-quiet. Glows when it is loaded. */
#include <stdio.h>
__attribute__((constructor)) static void glow(void) { fputs("glow\n", stderr); }
#include "tame.h"
