/* Ends its process as soon as it is loaded. */
#include <stdlib.h>

__attribute__((constructor)) static void die(void) { abort(); }
#include "odd.c"
